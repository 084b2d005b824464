"""The precedence of preconditions (RFC 9110 §13.2.2), and one function per field."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .clauses import CLAUSES
from .clauses import Clause
from .conditions import Conditions
from .conditions import Field
from .conditions import Malformed
from .decision import Decision
from .decision import Outcome
from .decision import Reason
from .decision import Step
from .decision import Truth
from .decision import Verdict
from .entity_tags import EntityTag
from .entity_tags import TagList
from .validators import ABSENT
from .validators import State

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "TRACE"})
"""The methods that change nothing (§9.2.1), QUERY among them."""

READ_METHODS = frozenset({"GET", "HEAD", "QUERY"})
"""The safe methods that select a representation: a false If-None-Match is 304."""

INDIFFERENT_METHODS = frozenset({"CONNECT", "OPTIONS", "TRACE"})
"""The methods that involve no representation and ignore preconditions (§13.2.1)."""


def evaluate_if_match(condition: TagList, current: State) -> Verdict:
    """Compare strongly; a missing target matches nothing, not even ``*`` (§13.1.1)."""
    if current is ABSENT:
        return Verdict(Truth.FALSE, "the target does not exist", Reason.ABSENT)
    if condition.any:
        return Verdict(Truth.TRUE, "* and the target exists")
    tag = current.etag
    if tag is None:
        return Verdict(Truth.FALSE, "the target has no entity tag", Reason.CHANGED)
    if condition.strongly_contains(tag):
        return Verdict(Truth.TRUE, f"{tag} is listed")
    if condition.weakly_contains(tag):
        note = f"{tag} is listed, but a weak tag never matches strongly"
        return Verdict(Truth.FALSE, note, Reason.WEAK)
    reason = Reason.WEAK if tag.weak else Reason.CHANGED
    return Verdict(Truth.FALSE, f"{tag} is not listed", reason)


def evaluate_if_unmodified_since(condition: datetime | Malformed, current: State) -> Verdict:
    """Hold the target to have not changed after the date (§13.1.4)."""
    if isinstance(condition, Malformed):
        return Verdict(Truth.IGNORED, "not a valid HTTP-date, so it is ignored")
    if current is ABSENT or current.last_modified is None:
        return Verdict(Truth.IGNORED, "the target has no modification date, so it is ignored")
    if current.last_modified <= condition:
        return Verdict(Truth.TRUE, "the target did not change after the date")
    return Verdict(Truth.FALSE, "the target changed after the date", Reason.CHANGED)


def evaluate_if_none_match(condition: TagList, current: State) -> Verdict:
    """Compare weakly; ``*`` asks that the target does not exist (§13.1.2)."""
    if current is ABSENT:
        return Verdict(Truth.TRUE, "the target does not exist")
    if condition.any:
        return Verdict(Truth.FALSE, "* and the target exists", Reason.EXISTS)
    if current.etag is None:
        return Verdict(Truth.TRUE, "the target has no entity tag")
    if condition.weakly_contains(current.etag):
        return Verdict(Truth.FALSE, f"{current.etag} is listed", Reason.EXISTS)
    return Verdict(Truth.TRUE, f"{current.etag} is not listed")


def evaluate_if_modified_since(condition: datetime | Malformed, current: State) -> Verdict:
    """Hold the target to have changed after the date (§13.1.3)."""
    if isinstance(condition, Malformed):
        return Verdict(Truth.IGNORED, "not a valid HTTP-date, so it is ignored")
    if current is ABSENT or current.last_modified is None:
        return Verdict(Truth.IGNORED, "the target has no modification date, so it is ignored")
    if current.last_modified > condition:
        return Verdict(Truth.TRUE, "the target changed after the date")
    return Verdict(Truth.FALSE, "the target did not change after the date", Reason.EXISTS)


def evaluate_if_range(condition: EntityTag | datetime | Malformed, current: State) -> Verdict:
    """Match the one validator exactly and strongly, or the range is off (§13.1.5)."""
    if current is ABSENT or isinstance(condition, Malformed):
        return Verdict(Truth.FALSE, "no validator to match: Range is ignored")
    if isinstance(condition, EntityTag):
        match = current.etag is not None and condition.strongly_equals(current.etag)
    else:
        match = current.strong_date and condition == current.last_modified
    if match:
        return Verdict(Truth.TRUE, "the validator matches: Range applies")
    return Verdict(Truth.FALSE, "the validator does not match strongly: Range is ignored")


@dataclass(frozen=True, slots=True)
class Rule:
    """One numbered step of §13.2.2, as data.

    :param number: its number in the RFC.
    :param field: the field it evaluates.
    :param evaluate: the function that does.
    :param clause: the field's own clause.
    :param if_false: the outcome of a false condition; ``None`` goes on.
    :param if_false_on_read: the same for GET, HEAD and QUERY.
    :param unless: a field whose presence switches the step off.
    :param methods: the methods the step is for; ``None`` stands for all.
    """

    number: int
    field: Field
    evaluate: Callable[..., Verdict]
    clause: Clause
    if_false: Outcome | None
    if_false_on_read: Outcome | None
    unless: Field | None = None
    methods: frozenset[str] | None = None


PRECEDENCE = (
    Rule(
        1,
        Field.IF_MATCH,
        evaluate_if_match,
        CLAUSES["9110 13.1.1"],
        if_false=Outcome.FAILED,
        if_false_on_read=Outcome.FAILED,
    ),
    Rule(
        2,
        Field.IF_UNMODIFIED_SINCE,
        evaluate_if_unmodified_since,
        CLAUSES["9110 13.1.4"],
        if_false=Outcome.FAILED,
        if_false_on_read=Outcome.FAILED,
        unless=Field.IF_MATCH,
    ),
    Rule(
        3,
        Field.IF_NONE_MATCH,
        evaluate_if_none_match,
        CLAUSES["9110 13.1.2"],
        if_false=Outcome.FAILED,
        if_false_on_read=Outcome.NOT_MODIFIED,
    ),
    Rule(
        4,
        Field.IF_MODIFIED_SINCE,
        evaluate_if_modified_since,
        CLAUSES["9110 13.1.3"],
        if_false=None,
        if_false_on_read=Outcome.NOT_MODIFIED,
        unless=Field.IF_NONE_MATCH,
        methods=READ_METHODS,
    ),
    Rule(
        5,
        Field.IF_RANGE,
        evaluate_if_range,
        CLAUSES["9110 13.1.5"],
        if_false=None,
        if_false_on_read=None,
        methods=frozenset({"GET"}),
    ),
)
"""The steps in the RFC's order; step 6 is to perform the method."""


def evaluate(
    method: str,
    fields: Mapping[str, str] | Iterable[tuple[str, str]],
    current: State,
    *,
    required: bool = False,
    creates: bool | None = None,
    now: datetime | None = None,
) -> Decision:
    """Decide what the preconditions of a request make of it.

    :param method: the request method.
    :param fields: the request's fields, as a mapping or as pairs.
    :param current: the state of the target now, or ``ABSENT``.
    :param required: whether a write without a usable condition is refused (428).
    :param creates: whether the method would create an absent target; by default
        PUT would and no other method.
    :param now: the current time; tells the century of two-digit years only.
    """
    if method in INDIFFERENT_METHODS:
        return _ignore_all(f"{method} ignores preconditions")
    if current is ABSENT and not (method == "PUT" if creates is None else creates):
        return _ignore_all("the target does not exist, which is the answer with or without them")

    conditions = Conditions.parse(fields, now=now)
    if malformed := _find_malformed(method, conditions):
        return _refuse_malformed(malformed)
    if required and method not in SAFE_METHODS and not is_guarded(conditions, current):
        note = "a write needs If-Match, If-Unmodified-Since or If-None-Match: *"
        step = Step(0, CLAUSES["6585 3"], Verdict(Truth.FALSE, note))
        return Decision(Outcome.REQUIRED, (step,))
    return _evaluate_in_order(method, conditions, current)


def is_guarded(conditions: Conditions, current: State) -> bool:
    """Tell whether the conditions would stop a write to a state the client did not see.

    ``If-None-Match`` with tags does not: it lets through what has changed. A field
    that is ignored does not either.
    """
    if conditions.if_match is not None:
        return True
    if isinstance(conditions.if_none_match, TagList) and conditions.if_none_match.any:
        return True
    date = conditions.if_unmodified_since
    return date is not None and (
        evaluate_if_unmodified_since(date, current).truth is not Truth.IGNORED
    )


def _evaluate_in_order(method: str, conditions: Conditions, current: State) -> Decision:
    sent = {
        Field.IF_MATCH: conditions.if_match,
        Field.IF_UNMODIFIED_SINCE: conditions.if_unmodified_since,
        Field.IF_NONE_MATCH: conditions.if_none_match,
        Field.IF_MODIFIED_SINCE: conditions.if_modified_since,
        Field.IF_RANGE: conditions.if_range if conditions.has_range else None,
    }
    trace: list[Step] = []
    first_true: Field | None = None
    honours_range = True
    for rule in PRECEDENCE:
        condition = sent[rule.field]
        if condition is None:
            continue
        verdict = _skip(rule, method, sent) or rule.evaluate(condition, current)
        trace.append(Step(rule.number, rule.clause, verdict, rule.field))
        if verdict.truth is Truth.TRUE:
            first_true = first_true or rule.field
        elif verdict.truth is Truth.FALSE:
            outcome = rule.if_false_on_read if method in READ_METHODS else rule.if_false
            if outcome:
                return Decision(outcome, tuple(trace), rule.field, verdict.reason)
            honours_range = False  # only a false If-Range gets here
    note = "all conditions hold" if first_true else "no condition applies"
    trace.append(Step(6, CLAUSES["9110 13.2.2"], Verdict(Truth.TRUE, f"perform: {note}")))
    return Decision(Outcome.PERFORM, tuple(trace), first_true, honours_range=honours_range)


def _skip(rule: Rule, method: str, sent: Mapping[Field, object]) -> Verdict | None:
    if rule.methods is not None and method not in rule.methods:
        return Verdict(Truth.IGNORED, f"ignored on {method}")
    if rule.unless is not None and sent[rule.unless] is not None:
        return Verdict(Truth.IGNORED, f"ignored beside {rule.unless}")
    if isinstance(sent[rule.field], Malformed) and rule.field is Field.IF_NONE_MATCH:
        return Verdict(Truth.IGNORED, "malformed, so the full answer is the safe one")
    return None


def _find_malformed(method: str, conditions: Conditions) -> Malformed | None:
    if isinstance(conditions.if_match, Malformed):
        return conditions.if_match
    if isinstance(conditions.if_none_match, Malformed) and method not in READ_METHODS:
        return conditions.if_none_match
    return None


def _refuse_malformed(malformed: Malformed) -> Decision:
    # The RFC is silent on a field that breaks the grammar of §8.8.3. To take it for no
    # condition would perform a write that the client meant to guard: fail closed.
    verdict = Verdict(Truth.FALSE, malformed.problem, Reason.MALFORMED)
    step = Step(0, CLAUSES["9110 8.8.3"], verdict, malformed.field)
    return Decision(
        Outcome.MALFORMED, (step,), malformed.field, Reason.MALFORMED, malformed=malformed
    )


def _ignore_all(note: str) -> Decision:
    step = Step(0, CLAUSES["9110 13.2.1"], Verdict(Truth.IGNORED, note))
    return Decision(Outcome.PERFORM, (step,))
