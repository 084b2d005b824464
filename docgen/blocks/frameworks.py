"""A framework: its server, what proves it, how to run it, and what to mind."""

import re
from dataclasses import dataclass
from pathlib import Path

from flask_preconditions.conformance import Kind
from flask_preconditions.conformance import Vector
from flask_preconditions.conformance import load_vectors

from ..records.cases import find_vector
from ..records.defaults import Default
from ..records.defaults import RaceRecord
from ..records.downloads import address_of
from ..records.downloads import archive_of
from ..records.findings import RecordedVerdict
from ..records.server import EVALUATOR
from ..records.server import Server
from ..records.sessions import CLIENT
from ..records.sessions import Session
from ..sources.data import Record
from ..sources.data import Text
from ..sources.data import read_text
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from .highlight import highlight
from .slot import Slot
from .slot import Sources


class Pitfall(Record, frozen=True):
    """Something that goes wrong with a framework.

    :param program: the program of ``defaults.toml`` that shows it.
    :param vector: the vector that this program fails, where it was measured.
    :param source: where it is said, where it was not.
    """

    text: Text
    program: Text | None = None
    vector: Text | None = None
    source: Text | None = None


class FrameworkText(Record, frozen=True):
    """A table of ``data/frameworks.toml``."""

    pitfalls: list[Pitfall]


@dataclass(frozen=True, slots=True)
class Download:
    """A file that the site publishes.

    :param lines: how many of its lines are not blank.
    """

    name: str
    address: str
    lines: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved of a server.

    :param passed: how many of the required vectors it passed.
    :param race: what two writers at once made of it.
    :param minimal: the lines to paste, that are not blank; 0 where there is no such part.
    """

    server: Server
    passed: int
    required: int
    race: RaceRecord | None
    minimal: int
    files: list[Download]

    @property
    def lines(self) -> int:
        """The lines of all of it, that are not blank."""
        return sum(file.lines for file in self.files)


@dataclass(frozen=True, slots=True)
class Measured:
    """A pitfall, with what was seen of it."""

    pitfall: Pitfall
    program: Default | None
    vector: Vector | None
    finding: RecordedVerdict | None


def frameworks(sources: Sources) -> Slot:
    """List the servers: what they run on, their size, and what was proved of them."""
    proofs = [_proof(sources, server) for server in sources.servers.by_name.values()]
    return Slot("frameworks", {"proofs": proofs})


def framework_facts(sources: Sources, server: str) -> Slot:
    """Show what was proved of a server, and how much there is to read."""
    return Slot("framework_facts", {"proof": _proof(sources, sources.servers.get(server))})


def downloads(sources: Sources, server: str) -> Slot:
    """Link the files of a server, as they ran, and the archive that has them all."""
    known = sources.servers.get(server)
    return Slot("downloads", {"files": _files(known), "archive": archive_of(known)})


def run_it(sources: Sources, server: str) -> Slot:
    """Show the command that runs a server where its archive lies unpacked.

    It is the one of ``snippets/README.md``, where the folder is the same.
    """
    name = sources.servers.get(server).name
    path = sources.servers.root / "README.md"
    found = re.search(rf"^\$ cd snippets/({name} .*)$", read_text(path), re.MULTILINE)
    if not found:
        raise BuildError(path, None, f"no line here starts with '$ cd snippets/{name} '")
    return Slot("command", {"command": highlight(f"cd {found[1]}", "sh")})


def prove_it(sources: Sources, server: str) -> Slot:
    """Show the check of a server by its URL, as a terminal showed it."""
    name = sources.servers.get(server).name
    return _session(sources, name)


def client_session(sources: Sources, client: str) -> Slot:
    """Show the commands of a client, as a terminal showed them."""
    return _session(sources, CLIENT + client)


def pitfalls(sources: Sources, server: str) -> Slot:
    """Show what to mind with a framework, each measured or with its source."""
    path = sources.facts.path("frameworks")
    texts = sources.facts.read("frameworks", dict[str, FrameworkText])
    name = sources.servers.get(server).name
    if name not in texts:
        raise BlockError(f"no '{name}'; data/frameworks.toml has: {', '.join(texts)}")
    try:
        rows = [_measured(sources, pitfall) for pitfall in texts[name].pitfalls]
    except BlockError as error:
        raise BuildError(path, None, f"{name}: {error}") from None
    return Slot("pitfalls", {"rows": rows, "source": path})


def _measured(sources: Sources, pitfall: Pitfall) -> Measured:
    if pitfall.source:
        return Measured(pitfall, None, None, None)
    program = sources.servers.defaults.get(pitfall.program or "")
    if program is None or pitfall.vector is None:
        raise BlockError("a pitfall has a program and a vector, or a source")
    vector = find_vector(pitfall.vector)
    finding = program.finding(vector.id)
    if finding.word != "fail":
        raise BlockError(f"{program.title} does not fail '{vector.id}' any more")
    sources.show_record(program)
    return Measured(pitfall, program, vector, finding)


def _session(sources: Sources, name: str) -> Slot:
    known = sources.servers.sessions
    if name not in known:
        raise BlockError(f"no session '{name}'; there are: {', '.join(known)}")
    session = known[name]
    sources.show_record(session)
    return Slot("session", {"session": session, "text": highlight(_transcribe(session), "console")})


def _transcribe(session: Session) -> str:
    lines: list[str] = []
    for shown in session.run.session if session.run else ():
        lines += ["", f"$ {shown.command}"]
        lines += [shown.output] if shown.output else []
        lines += [f"(exit code {shown.exit_code})"] if shown.exit_code else []
    return "\n".join(lines).strip("\n")


def _proof(sources: Sources, server: Server) -> Proof:
    sources.show_results(server)
    session = sources.servers.sessions[server.name]
    sources.show_record(session)
    required = [vector.id for vector in load_vectors() if vector.kind is Kind.REQUIRED]
    evaluator = server.regions.get(EVALUATOR)
    return Proof(
        server,
        sum(server.finding(id).word == "pass" for id in required),
        len(required),
        session.run.race if session.run else None,
        _count(evaluator.text) if evaluator else 0,
        _files(server),
    )


def _files(server: Server) -> list[Download]:
    return [_download(server, source) for source in server.sources]


def _download(server: Server, source: Path) -> Download:
    name = source.relative_to(server.folder).as_posix()
    return Download(name, address_of(server, source), _count(read_text(source)))


def _count(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())
