"""What is asked besides the table, where the table has shown that the plain case is right.

Each is told where it shows a fault, and left out where it does not: what the table says of a
server is not changed by it.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

from ..conformance import Expectation
from ..conformance import Kind
from ..conformance import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..core import CLAUSES
from ..core import Field
from ..core import Outcome
from ..core import Reason
from .symptoms import CONNECTION

REVISIONS = (2, 3, 5)
"""How many changes ago the tags were told that are sent, besides the last one."""

_STOPS = Expectation(
    Outcome.FAILED, (412,), unchanged=True, decided_by=Field.IF_MATCH, reason=Reason.CHANGED
)
_REFUSED = replace(_STOPS, status=(412, 400, 413, 414, 431))
_WEAK = replace(_STOPS, reason=Reason.WEAK)
_WRITES = Expectation(Outcome.PERFORM, ("2xx",), unchanged=False, decided_by=Field.IF_MATCH)
_READS = replace(_WRITES, unchanged=True)
_NOT_MODIFIED = Expectation(
    Outcome.NOT_MODIFIED,
    (304,),
    unchanged=True,
    decided_by=Field.IF_NONE_MATCH,
    reason=Reason.EXISTS,
)
_WHOLE = Expectation(Outcome.PERFORM, (200,), unchanged=True, honours_range=False)

_LISTS = {
    "twenty": ("{tags:20}", "twenty tags"),
    "kilobyte": ('"{pad:1000}"', "a tag of a kilobyte"),
}


@dataclass(frozen=True, slots=True)
class Probe:
    """A vector, and those of the table that must have passed.

    :param told: those that must not have failed, for they tell of the same fault.
    :param faults: the statuses that show a fault; all of success, where there are none.
    """

    vector: Vector
    needs: tuple[str, ...]
    faults: tuple[int, ...] = ()
    told: tuple[str, ...] = ()

    def is_due(self, results: Mapping[str, Result]) -> bool:
        """Tell whether the plain case was judged, and is right."""
        is_right = all(results[id].verdict is Verdict.PASS for id in self.needs)
        return is_right and all(results[id].verdict is not Verdict.FAIL for id in self.told)

    def is_shown(self, result: Result) -> bool:
        """Tell whether a result shows the fault that it is about."""
        if result.verdict is not Verdict.FAIL or result.exchange is None:
            return False
        status = result.exchange.response.status
        return status in self.faults if self.faults else 200 <= status < 300


def probes_for(method: str | None) -> Iterator[Probe]:
    """Give what is asked.

    :param method: of writes; ``None`` where only reads are sent.
    """
    yield from _of_dates()
    yield from _of_lists(method)
    yield from _of_connections(method)
    if method is None:
        return
    yield from _of_methods({"PATCH", "DELETE"} - {method})
    vector = _vector(
        "if-none-match-earlier-tag",
        "a tag that was told earlier is no reason for a 304",
        "9110 13.1.2",
        (("If-None-Match", "{etag:earlier}"),),
        Expectation(Outcome.PERFORM, (200,), unchanged=True, decided_by=Field.IF_NONE_MATCH),
    )
    yield Probe(vector, ("if-none-match-other-tag", "if-none-match-current-tag"), (304,))
    for revisions in REVISIONS:
        vector = _vector(
            f"if-match-earlier-tag-{revisions}",
            f"a tag that was told {revisions} changes ago does not match",
            "9110 13.1.1",
            (("If-Match", f"{{etag:earlier-{revisions}}}"),),
            _STOPS,
            method,
        )
        yield Probe(vector, ("if-match-earlier-tag",))


def _of_dates() -> Iterator[Probe]:
    for kind, title in (("later", "later than Last-Modified"), ("before", "before Last-Modified")):
        vector = _vector(
            f"if-range-date-{kind}",
            f"a date a day {title} turns the range off",
            "9110 13.1.5",
            (("Range", "bytes=0-3"), ("If-Range", f"{{date:{kind}}}")),
            _WHOLE,
        )
        yield Probe(vector, (), (206,), ("if-range-other-tag", "if-range-invalid-date"))


def _of_lists(method: str | None) -> Iterator[Probe]:
    sent = method or "GET"
    plain = ("if-match-list-last",) if method else ("if-match-current-tag-get",)
    for name, (others, title) in _LISTS.items():
        true, false = (("If-Match", f"{others}, {{etag}}"),), (("If-Match", others),)
        found = f"the current tag is found behind {title}"
        expect = _WRITES if method else _READS
        vector = _vector(f"if-match-{name}", found, "9110 13.1.1", true, expect, sent)
        yield Probe(vector, plain, (412,))
        title = f"{title} of other contents stop{'' if 'tags' in title else 's'} the request"
        vector = _vector(f"if-match-{name}-other", title, "9110 13.1.1", false, _REFUSED, sent)
        yield Probe(vector, ("if-match-stale-tag" if method else "if-match-stale-tag-get",))
        fields = (("If-None-Match", f"{others}, {{etag}}"),)
        vector = _vector(
            f"if-none-match-{name}", found, "9110 13.1.2", fields, _NOT_MODIFIED, "GET"
        )
        yield Probe(vector, ("if-none-match-list",))
    vector = _vector(
        "if-match-list-weak",
        "the weak form of the current tag does not match in a list either",
        "9110 8.8.3.2",
        (("If-Match", "{etag:stale}, {etag:weak}"),),
        _WEAK,
        sent,
    )
    yield Probe(vector, ("if-match-weak-form", *plain) if method else ("if-match-weak-form-get",))


def _of_connections(method: str | None) -> Iterator[Probe]:
    for plain, field, tag, sent, expect in (
        ("if-match-stale-tag", Field.IF_MATCH, "{etag:stale}", method, _STOPS),
        ("if-match-stale-tag-get", Field.IF_MATCH, "{etag:stale}", "GET", _STOPS),
        ("if-none-match-current-tag", Field.IF_NONE_MATCH, "{etag}", "GET", _NOT_MODIFIED),
    ):
        if sent is not None:
            title = f"a false {field} counts in the second request of a connection, too"
            clause = "9110 13.1.2" if field is Field.IF_NONE_MATCH else "9110 13.1.1"
            fields = ((str(field), tag),)
            vector = _vector(f"{plain}-second", title, clause, fields, expect, sent, CONNECTION)
            yield Probe(vector, (plain,))


def _of_methods(methods: Iterable[str]) -> Iterator[Probe]:
    """Ask methods beside that of the writes what those are asked by the table."""
    for method in sorted(methods):
        plain = f"if-match-stale-tag-{method.lower()}"
        for kind, title, clause, value, expect in (
            (
                "weak-form",
                "the weak form of the tag does not match",
                "8.8.3.2",
                "{etag:weak}",
                _WEAK,
            ),
            ("list-last", "the tag may stand last in a list", "13.1.1", _LIST_LAST, _WRITES),
            ("list-none", "a list without the tag stops it", "13.1.1", _LIST_NONE, _STOPS),
        ):
            sent = (("If-Match", value),)
            id = f"if-match-{kind}-{method.lower()}"
            vector = _vector(id, title, f"9110 {clause}", sent, expect, method)
            faults = (412,) if expect is _WRITES else ()
            yield Probe(vector, (plain,), faults, told=(f"if-match-{kind}",))


_LIST_NONE = '{etag:stale}, "another"'
_LIST_LAST = f"{_LIST_NONE}, {{etag}}"


def of_equal_date(results: Mapping[str, Result]) -> Sequence[Result]:
    """Give what shows that the very date of the last change is taken for an older one.

    A server need not look at If-Modified-Since. One that answers 304 to a newer date does.
    """
    equal, newer = (results[f"if-modified-since-{name}"] for name in ("equal", "newer"))
    if equal.verdict is not Verdict.FAIL or newer.verdict is not Verdict.PASS:
        return ()
    if equal.exchange is None or equal.exchange.response.status != 200:
        return ()
    vector = replace(equal.vector, id="if-modified-since-very-date", kind=Kind.REQUIRED)
    return (replace(equal, vector=vector),)


def _vector(
    id: str,
    title: str,
    clause: str,
    fields: tuple[tuple[str, str], ...],
    expect: Expectation,
    method: str = "GET",
    group: str = "",
) -> Vector:
    group = group or fields[-1][0].lower()
    return Vector(
        id, title, CLAUSES[clause], Kind.REQUIRED, group, "document", method, fields, expect
    )
