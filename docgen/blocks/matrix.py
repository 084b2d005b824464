"""The conformance matrix: every vector, and what became of it at every server."""

from dataclasses import dataclass

from flask_preconditions.conformance import Kind
from flask_preconditions.conformance import Vector
from flask_preconditions.conformance import load_vectors

from ..records.cases import USUAL
from ..records.cases import Case
from ..records.cases import describe_case
from ..records.cases import describe_state
from ..records.cases import find_group
from ..records.defaults import Default
from ..records.findings import Finding
from ..records.server import Server
from ..sources.errors import BlockError
from .slot import Slot
from .slot import Sources


@dataclass(frozen=True, slots=True)
class Tally:
    """How many vectors of a group a server passed, of how many."""

    passed: int
    required: int
    optional_passed: int
    optional: int


@dataclass(frozen=True, slots=True)
class Group:
    """The vectors of a file."""

    name: str
    vectors: list[Vector]

    @property
    def address(self) -> str:
        """The page that shows them."""
        return f"/vectors/{self.name}/"

    def of(self, kind: Kind) -> list[Vector]:
        """Give those of a kind."""
        return [vector for vector in self.vectors if vector.kind is kind]


@dataclass(frozen=True, slots=True)
class ServerRow:
    """A server and its tally for each group."""

    server: Server
    tallies: list[Tally]

    @property
    def total(self) -> Tally:
        """The sum over the groups."""
        return Tally(
            sum(tally.passed for tally in self.tallies),
            sum(tally.required for tally in self.tallies),
            sum(tally.optional_passed for tally in self.tallies),
            sum(tally.optional for tally in self.tallies),
        )


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A vector and what became of it.

    :param case: what it sends and what is right.
    :param passed: how many servers pass it.
    :param left_out: why it was played at none of them.
    :param seen: what the servers answered, where no answer is wrong.
    :param failing: the programs that fail it by themselves, with what they did.
    """

    case: Case
    passed: int
    left_out: str
    seen: list[str]
    failing: list[tuple[Default, Finding]]


def conformance(sources: Sources) -> Slot:
    """Show how many vectors of each group every server passed."""
    groups = _groups()
    rows = [
        ServerRow(server, [_tally(server, group) for group in groups])
        for server in _servers(sources)
    ]
    return Slot("conformance", {"groups": groups, "rows": rows})


def vector_groups(sources: Sources) -> Slot:
    """List the groups of the table."""
    return Slot("vector_groups", {"groups": _groups(), "kinds": list(Kind)})


def vector_table(sources: Sources, group: str) -> Slot:
    """Show every vector of a group, and what became of it everywhere."""
    found = Group(group, list(find_group(group).values()))
    servers = _servers(sources)
    programs = list(sources.servers.defaults.values())
    for program in programs:
        sources.show_record(program)
    rows = [_case(vector, servers, programs) for vector in found.vectors]
    data = {"group": found, "rows": rows, "servers": servers}
    data |= {"usual": describe_state(USUAL)}
    data |= {"has_usual": any(not row.case.resource for row in rows)}
    return Slot("vector_table", data)


def vector_count(sources: Sources, kind: str | None = None) -> Slot:
    """Say how many vectors there are, of a kind or altogether."""
    known = [str(each) for each in Kind]
    if kind is not None and kind not in known:
        raise BlockError(f"no kind '{kind}' of vectors; there are: {', '.join(known)}")
    found = [vector for vector in load_vectors() if kind in (None, vector.kind)]
    return Slot("words", {"words": f"{len(found)}"}, inline=True)


def _groups() -> list[Group]:
    groups: dict[str, list[Vector]] = {}
    for vector in load_vectors():
        groups.setdefault(vector.group, []).append(vector)
    return [Group(name, found) for name, found in groups.items()]


def _servers(sources: Sources) -> list[Server]:
    servers = list(sources.servers.by_name.values())
    for server in servers:
        sources.show_results(server)
    return servers


def _tally(server: Server, group: Group) -> Tally:
    def passed(kind: Kind) -> int:
        return sum(server.finding(vector.id).word == "pass" for vector in group.of(kind))

    return Tally(
        passed(Kind.REQUIRED),
        len(group.of(Kind.REQUIRED)),
        passed(Kind.OPTIONAL),
        len(group.of(Kind.OPTIONAL)),
    )


def _case(vector: Vector, servers: list[Server], programs: list[Default]) -> CaseRow:
    findings = [server.finding(vector.id) for server in servers]
    left_out = {finding.detail for finding in findings if finding.word == "skip"}
    seen = {finding.detail for finding in findings if finding.word == "observed"}
    failing = [(program, program.finding(vector.id)) for program in programs]
    return CaseRow(
        case=describe_case(vector),
        passed=sum(finding.word == "pass" for finding in findings),
        left_out="; ".join(sorted(left_out)),
        seen=sorted(seen),
        failing=[(program, finding) for program, finding in failing if finding.word == "fail"],
    )
