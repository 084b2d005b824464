"""The precedence of preconditions (RFC 9110 §13.2.2), and one function per field."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from datetime import datetime

from .clauses import CLAUSES
from .clauses import Clause
from .conditions import Conditions
from .conditions import Field
from .conditions import Malformed
from .conditions import Sent
from .dates import Clock
from .decision import Decision
from .decision import Evaluation
from .decision import Gate
from .decision import Outcome
from .decision import Place
from .decision import Reason
from .decision import Truth
from .entity_tags import EntityTag
from .entity_tags import TagList
from .entity_tags import is_strong_tag
from .methods import INDIFFERENT_METHODS
from .methods import RANGE_METHODS
from .methods import READ_METHODS
from .methods import SAFE_METHODS
from .validators import ABSENT
from .validators import State
from .validators import is_untold
from .values import value

# Python 3.11 looks a member of an Enum up in a slow way.
_TRUE, _FALSE, _IGNORED = Truth.TRUE, Truth.FALSE, Truth.IGNORED
_PERFORMED, _FAILED, _NOT_MODIFIED = Outcome.PERFORM, Outcome.FAILED, Outcome.NOT_MODIFIED
_IF_MATCH, _IF_NONE_MATCH = Field.IF_MATCH, Field.IF_NONE_MATCH
_HAS_CHANGED, _EXISTS = Reason.CHANGED, Reason.EXISTS

# Each evaluation is made once. Where the note is about the current tag, the trace names it.
_NOT_THERE = Evaluation(_FALSE, "the target does not exist", Reason.ABSENT)
_ANY = Evaluation(_TRUE, "* and the target exists")
_TAGLESS = Evaluation(_FALSE, "the target has no entity tag", Reason.CHANGED)
_LISTED = Evaluation(_TRUE, "is listed", names_tag=True)
_LISTED_WEAKLY = Evaluation(
    _FALSE, "is listed, but a weak tag never matches strongly", Reason.WEAK, names_tag=True
)
_IS_WEAK = Evaluation(_FALSE, "is not listed", Reason.WEAK, names_tag=True)
_NOT_LISTED = Evaluation(_FALSE, "is not listed", Reason.CHANGED, names_tag=True)
_FREE = Evaluation(_TRUE, "the target does not exist")
_TAKEN = Evaluation(_FALSE, "* and the target exists", Reason.EXISTS)
_NOTHING_TO_MATCH = Evaluation(_TRUE, "the target has no entity tag")
_HELD = Evaluation(_FALSE, "is listed", Reason.EXISTS, names_tag=True)
_NEW = Evaluation(_TRUE, "is not listed", names_tag=True)
_NO_DATE_SENT = Evaluation(_IGNORED, "not a valid HTTP-date, so it is ignored")
_NO_DATE_KNOWN = Evaluation(_IGNORED, "the target has no modification date, so it is ignored")
_UNCHANGED = Evaluation(_TRUE, "the target did not change after the date")
_CHANGED = Evaluation(_FALSE, "the target changed after the date", Reason.CHANGED)
_CHANGED_SINCE = Evaluation(_TRUE, "the target changed after the date")
_UNTOLD = Evaluation(_FALSE, "its second lasts, and the date was not told yet", Reason.CHANGED)
_NOT_CHANGED_SINCE = Evaluation(_FALSE, "the target did not change after the date", Reason.EXISTS)
_NO_VALIDATOR = Evaluation(_FALSE, "no validator to match: Range is ignored")
_IN_RANGE = Evaluation(_TRUE, "the validator matches: Range applies")
_OUT_OF_RANGE = Evaluation(_FALSE, "the validator does not match strongly: Range is ignored")
_UNREADABLE = Evaluation(_IGNORED, "malformed, so the full answer is the safe one")


def evaluate_if_match(condition: TagList, current: State) -> Evaluation:
    """Compare strongly; a missing target matches nothing, not even ``*`` (§13.1.1)."""
    if current is ABSENT:
        return _NOT_THERE
    if condition.any:
        return _ANY
    tag = current.etag
    if tag is None:
        return _TAGLESS
    strong, weak = condition.find(tag.opaque)
    if strong and not tag.weak:
        return _LISTED
    if strong or weak:
        return _LISTED_WEAKLY
    return _IS_WEAK if tag.weak else _NOT_LISTED


def evaluate_if_unmodified_since(condition: datetime | Malformed, current: State) -> Evaluation:
    """Hold the target to have not changed after the date (§13.1.4)."""
    if isinstance(condition, Malformed):
        return _NO_DATE_SENT
    if current is ABSENT or current.last_modified is None:
        return _NO_DATE_KNOWN
    return _UNCHANGED if current.last_modified <= condition else _CHANGED


def evaluate_if_none_match(condition: TagList, current: State) -> Evaluation:
    """Compare weakly; ``*`` asks that the target does not exist (§13.1.2)."""
    if current is ABSENT:
        return _FREE
    if condition.any:
        return _TAKEN
    if current.etag is None:
        return _NOTHING_TO_MATCH
    return _HELD if condition.weakly_contains(current.etag) else _NEW


def evaluate_if_modified_since(condition: datetime | Malformed, current: State) -> Evaluation:
    """Hold the target to have changed after the date (§13.1.3)."""
    if isinstance(condition, Malformed):
        return _NO_DATE_SENT
    if current is ABSENT or current.last_modified is None:
        return _NO_DATE_KNOWN
    return _CHANGED_SINCE if current.last_modified > condition else _NOT_CHANGED_SINCE


def evaluate_if_range(condition: EntityTag | datetime | Malformed, current: State) -> Evaluation:
    """Match the one validator exactly and strongly, or the range is off (§13.1.5)."""
    if current is ABSENT or isinstance(condition, Malformed):
        return _NO_VALIDATOR
    if isinstance(condition, EntityTag):
        match = current.etag is not None and condition.strongly_equals(current.etag)
    else:
        match = current.strong_date and condition == current.last_modified
    return _IN_RANGE if match else _OUT_OF_RANGE


@value
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
    evaluate: Callable[..., Evaluation]
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
        methods=RANGE_METHODS,
    ),
)
"""The steps in the RFC's order; step 6 is to perform the method."""


_PERFORM = Gate(6, CLAUSES["9110 13.2.2"])
_POLICY = Gate(0, CLAUSES["6585 3"])
_ALL_HOLD = (_PERFORM, Evaluation(_TRUE, "perform: all conditions hold"))
_NONE_APPLIES = (_PERFORM, Evaluation(_TRUE, "perform: no condition applies"))
_NONE_SENT = Evaluation(_FALSE, "a write needs If-Match, If-Unmodified-Since or If-None-Match: *")
_LOST_RACE = Evaluation(
    _FALSE, "true when it was checked, but another write came first", Reason.LOST_RACE
)

_PLAIN = Decision(Outcome.PERFORM, (_NONE_APPLIES,))
_REQUIRED = Decision(Outcome.REQUIRED, ((_POLICY, _NONE_SENT),))
_IS_LISTED = ((PRECEDENCE[0], _LISTED), _ALL_HOLD)
_IS_STALE = ((PRECEDENCE[0], _NOT_LISTED),)
_IS_HELD = ((PRECEDENCE[2], _HELD),)
_IS_NEW = ((PRECEDENCE[2], _NEW), _ALL_HOLD)

NOTHING_SENT = Sent()
"""A request without any of the fields."""


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
    :param now: the current time; tells the century of two-digit years, and whether the second
        of the target's date lasts: before it is over no write passes by that date.
    """
    if creates is None:
        creates = method == "PUT"
    return decide(method, Sent.collect(fields), current, required, creates, now)


def decide(
    method: str,
    sent: Sent,
    current: State,
    required: bool,
    creates: bool,
    now: datetime | Clock | None,
) -> Decision:
    """Decide as :func:`evaluate` does, of fields that were picked out already."""
    if method in INDIFFERENT_METHODS:
        return _ignore_all(f"{method} ignores preconditions")
    if current is ABSENT and not creates:
        return _ignore_all("the target does not exist, which is the answer with or without them")
    at_once = decide_at_once(method, sent, current, required)
    return at_once or decide_in_full(method, sent, current, required, now)


def decide_at_once(method: str, sent: Sent, current: State, required: bool) -> Decision | None:
    """Decide the requests that nearly all are: nothing sent, or one strong tag alone.

    It gives what :func:`decide_in_full` would give, or ``None``.
    """
    match, unmodified, none_match, modified, range_, _ = sent
    if unmodified is not None or modified is not None or range_ is not None:
        return None
    if match is None and none_match is None:
        return _REQUIRED if required and method not in SAFE_METHODS else _PLAIN
    if current is ABSENT or (tag := current.etag) is None or tag.weak:
        return None
    wire = f'"{tag.opaque}"'  # as str() writes a strong tag, in a third of the time
    if match is not None and none_match is None:
        if match == wire:
            return Decision(_PERFORMED, _IS_LISTED, _IF_MATCH, None, None, True, tag)
        if is_strong_tag(match):
            return Decision(_FAILED, _IS_STALE, _IF_MATCH, _HAS_CHANGED, None, True, tag)
    elif none_match is not None and match is None and method in READ_METHODS:
        if none_match == wire:
            return Decision(_NOT_MODIFIED, _IS_HELD, _IF_NONE_MATCH, _EXISTS, None, True, tag)
        if is_strong_tag(none_match):
            return Decision(_PERFORMED, _IS_NEW, _IF_NONE_MATCH, None, None, True, tag)
    return None


def decide_in_full(
    method: str, sent: Sent, current: State, required: bool, now: datetime | Clock | None
) -> Decision:
    """Decide any request, step by step."""
    conditions = Conditions.read(sent, now)
    if malformed := _find_malformed(method, conditions):
        return _refuse_malformed(malformed)
    if required and method not in SAFE_METHODS and not is_guarded(conditions, current):
        return _REQUIRED
    return _evaluate_in_order(method, conditions, current, now)


def lose_race(decision: Decision) -> Decision:
    """Turn a decision to perform into the one of a request that was overtaken meanwhile."""
    return Decision(
        Outcome.FAILED,
        (*decision.found, (_PERFORM, _LOST_RACE)),
        decision.decided_by,
        Reason.LOST_RACE,
        tag=decision.tag,
    )


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


def _evaluate_in_order(
    method: str, conditions: Conditions, current: State, now: datetime | Clock | None
) -> Decision:
    is_read = method in READ_METHODS
    tag = None if current is ABSENT else current.etag
    sent = (
        conditions.if_match,
        conditions.if_unmodified_since,
        conditions.if_none_match,
        conditions.if_modified_since,
        conditions.if_range if conditions.has_range else None,
    )
    found: list[tuple[Place, Evaluation]] = []
    first_true: Field | None = None
    honours_range = True
    for rule, condition in zip(PRECEDENCE, sent, strict=True):
        if condition is None:
            continue
        evaluation = _skip(rule, method, conditions) or rule.evaluate(condition, current)
        if evaluation is _UNCHANGED and not is_read and is_untold(condition, current, now):
            evaluation = _UNTOLD  # of what such a write would replace, nobody has the date
        found.append((rule, evaluation))
        if evaluation.truth is _TRUE:
            first_true = first_true or rule.field
        elif evaluation.truth is _FALSE:
            outcome = rule.if_false_on_read if is_read else rule.if_false
            if outcome:
                return Decision(outcome, tuple(found), rule.field, evaluation.reason, tag=tag)
            honours_range = False  # only a false If-Range gets here
    if not found:
        return _PLAIN
    found.append(_ALL_HOLD if first_true else _NONE_APPLIES)
    return Decision(Outcome.PERFORM, tuple(found), first_true, honours_range=honours_range, tag=tag)


def _skip(rule: Rule, method: str, conditions: Conditions) -> Evaluation | None:
    if rule.methods is not None and method not in rule.methods:
        return Evaluation(_IGNORED, f"ignored on {method}")
    if rule.unless is Field.IF_MATCH and conditions.if_match is not None:
        return Evaluation(_IGNORED, f"ignored beside {rule.unless}")
    if rule.unless is Field.IF_NONE_MATCH and conditions.if_none_match is not None:
        return Evaluation(_IGNORED, f"ignored beside {rule.unless}")
    if rule.field is Field.IF_NONE_MATCH and isinstance(conditions.if_none_match, Malformed):
        return _UNREADABLE
    return None


def _find_malformed(method: str, conditions: Conditions) -> Malformed | None:
    match, none_match = conditions.if_match, conditions.if_none_match
    if type(match) is Malformed:
        return match
    if type(none_match) is Malformed and method not in READ_METHODS:
        return none_match
    return None


def _refuse_malformed(malformed: Malformed) -> Decision:
    # The RFC is silent on a field that breaks the grammar of §8.8.3. To take it for no
    # condition would perform a write that the client meant to guard: fail closed.
    evaluation = Evaluation(_FALSE, malformed.problem, Reason.MALFORMED)
    gate = Gate(0, CLAUSES["9110 8.8.3"], malformed.field)
    return Decision(
        Outcome.MALFORMED,
        ((gate, evaluation),),
        malformed.field,
        Reason.MALFORMED,
        malformed=malformed,
    )


def _ignore_all(note: str) -> Decision:
    gate = Gate(0, CLAUSES["9110 13.2.1"])
    return Decision(Outcome.PERFORM, ((gate, Evaluation(_IGNORED, note)),))
