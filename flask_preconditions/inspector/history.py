"""What the exchanges before say of one: the tags that were told, and the writes meanwhile."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Self

from ..core import EntityTag
from ..core import TagList
from ..core import Validators
from ..core import parse_tag_list
from ..recorded.exchange import Recorded
from ..recorded.exchange import joined
from ..rows import Facts
from .facts import SUFFIX
from .facts import decide
from .facts import state_of
from .facts import tag_of
from .facts import wire

OF_200 = ("Cache-Control", "Content-Location", "Expires", "Vary")
"""What a 304 has where the 200 has it (RFC 9110 §15.4.5), beside ETag and Date."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "CONNECT"})


_KEPT = 100
"""How many exchanges with a resource are looked back at."""


@dataclass(frozen=True, slots=True)
class _Step:
    """An exchange with what is asked of it again and again.

    :param state: the validators that its response tells.
    :param variant: the media type and the language of what they are of.
    :param tag: the strong tag among them, or an empty text.
    :param match: the one strong tag of a write that succeeded under it, or an empty text.
    :param coding: of the content; empty where it has none.
    """

    one: Recorded
    state: Validators | None
    variant: tuple[str, str]
    tag: str
    match: str
    coding: str

    @classmethod
    def of(cls, one: Recorded) -> Self:
        """Look at an exchange."""
        state, got = state_of(one), joined(one.got)
        coding = got.get("content-encoding", "").strip(" \t").lower()
        is_performed = one.method in ("PUT", "PATCH") and 200 <= one.status < 300
        return cls(
            one,
            state,
            _variant(one),
            _strong(state.etag if state else None),
            _strong(tag_of(joined(one.sent).get("if-match"))) if is_performed else "",
            "" if coding == "identity" else coding,
        )


def _strong(tag: EntityTag | None) -> str:
    return tag.opaque if tag and not tag.weak else ""


def history_facts(exchanges: Sequence[Recorded], target: bool) -> list[Facts]:
    """Tell of each exchange what those before it show.

    :param target: whether the exchanges were recorded for their resource; otherwise, as in
        what a browser saved of a page, only what is written to is looked at as a document.
    """
    resources: defaultdict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(exchanges):
        # Responses without a request have nothing to do with each other.
        resources[one.url or f"#{place}"].append(place)
    steps = [_Step.of(one) for one in exchanges]
    found: list[Facts] = [{} for _ in exchanges]
    for places in resources.values():
        is_written = any(_is_replaced(exchanges[place]) for place in places)
        for place in places:
            past = _past(exchanges, places, place)[-_KEPT:]
            found[place] = _facts(steps, past, place)
            found[place]["is_edited"] = is_written or target
    for place, allowed in enumerate(_allowed_before(exchanges)):
        found[place]["was_allowed"] = allowed
    return found


def _is_replaced(one: Recorded) -> bool:
    return one.method in ("PUT", "PATCH", "DELETE")


def _past(exchanges: Sequence[Recorded], places: list[int], place: int) -> list[int]:
    """Give what was over before a request was sent, in the order in which it was over."""
    one = exchanges[place]
    if one.began is None:
        return [earlier for earlier in places if earlier < place]
    over = [
        (ended, earlier)
        for earlier in places
        if earlier != place
        and (ended := exchanges[earlier].ended) is not None
        and (ended < one.began or (ended == one.began and earlier < place))
    ]
    return [earlier for _, earlier in sorted(over)]


@dataclass
class _Known:
    """What is known of a resource at some time.

    :param at: the exchange that told the state.
    :param tags: every strong tag that was told, with the media type and language of what it is of.
    """

    state: Validators | None = None
    at: int | None = None
    variant: tuple[str, str] = ("", "")
    tags: dict[str, tuple[str, str]] = field(default_factory=dict)

    def learn(self, step: _Step, place: int) -> None:
        """Take an exchange in."""
        one, told, status = step.one, step.state, step.one.status
        tag = told.etag if told else None
        if tag and not tag.weak:
            self.tags[_bare(tag.opaque)] = step.variant
        if one.method not in _SAFE:
            if status in (412, 428) and tag and not tag.weak:
                self._keep(told, place, self.variant)
            elif not 400 <= status < 500:
                is_told = one.method in ("PUT", "PATCH") and 200 <= status < 300 and tag
                self._keep(told if is_told else None, place, step.variant)
        elif one.method in ("GET", "HEAD") and status in (200, 304) and tag:
            self._keep(told, place, step.variant if status == 200 else self.variant)

    def _keep(self, state: Validators | None, place: int, variant: tuple[str, str]) -> None:
        self.state, self.at, self.variant = state, place, variant


def _variant(one: Recorded) -> tuple[str, str]:
    got = joined(one.got)
    media = got.get("content-type", "").partition(";")[0].strip(" \t").lower()
    return media, got.get("content-language", "").strip(" \t").lower()


def _bare(opaque: str) -> str:
    return SUFFIX.sub("", opaque)


def _facts(steps: Sequence[_Step], past: list[int], place: int) -> Facts:
    step = steps[place]
    one = step.one
    known = _Known()
    for earlier in past:
        known.learn(steps[earlier], earlier)
    sent = joined(one.sent)
    facts: Facts = {
        "told": bool(known.tags) or known.state is not None,
        "decision": decide(one, known.state) if known.state and one.method else "unknown",
        "if_match": _standing(sent.get("if-match"), known),
        "earlier": {"told": known.at},
        "dropped": [],
    }
    looks = {
        "repeated": _repeated,
        "two_contents": _two_contents,
        "two_codings": _two_codings,
        "not_stored": _not_stored,
    }
    for name, look in looks.items():
        at = next((e for e in reversed(past) if look(steps[e], step)), None)
        facts[name] = at is not None
        facts["earlier"][name] = at
    if one.status == 304:
        read = next((e for e in reversed(past) if _is_full(steps[e].one)), None)
        facts["earlier"]["read"] = read
        if read is not None:
            had, has = joined(steps[read].one.got), joined(one.got)
            lost = [n for n in OF_200 if n.lower() in had and n.lower() not in has]
            facts["dropped"] = lost
    return facts


def _standing(value: str | None, known: _Known) -> str:
    """Tell how the tags of If-Match stand to what was told."""
    listed = parse_tag_list(wire(value or ""))
    tag = known.state.etag if known.state else None
    if not isinstance(listed, TagList) or not listed.strong or tag is None or tag.weak:
        return "unknown"
    named = {_bare(opaque) for opaque in listed.strong}
    if _bare(tag.opaque) in named:
        return "current"
    told = [variant for opaque, variant in known.tags.items() if opaque in named]
    if not told:
        return "never"
    # The tag of another representation, such as one in another language, is no older one.
    return "superseded" if known.variant in told else "unknown"


def _is_full(one: Recorded) -> bool:
    return one.method == "GET" and one.status == 200


def _repeated(old: _Step, new: _Step) -> bool:
    """Tell whether one tag let two different writes through."""
    is_same = bool(new.match) and new.match == old.match
    return is_same and _differ(old.one.body, new.one.body)


def _two_contents(old: _Step, new: _Step) -> bool:
    is_alike = _have_one_tag(old, new) and (old.coding, old.variant) == (new.coding, new.variant)
    return is_alike and _differ(old.one.content, new.one.content)


def _two_codings(old: _Step, new: _Step) -> bool:
    return _have_one_tag(old, new) and old.coding != new.coding


def _not_stored(old: _Step, new: _Step) -> bool:
    """Tell whether a PUT told the tag of what is not what it sent (RFC 9110 §9.3.4)."""
    is_told = old.one.method == "PUT" and 200 <= old.one.status < 300 and _is_full(new.one)
    if not is_told or not new.tag or new.tag != old.tag:
        return False
    is_readable = new.one.is_decoded or not new.coding
    return is_readable and _differ(old.one.body, new.one.content)


def _have_one_tag(old: _Step, new: _Step) -> bool:
    return _is_full(old.one) and _is_full(new.one) and bool(new.tag) and new.tag == old.tag


def _differ(old: bytes | None, new: bytes | None) -> bool:
    return None not in (old, new) and old != new


def _allowed_before(exchanges: Sequence[Recorded]) -> list[bool]:
    """Tell whether the same page could read an earlier answer of the same server."""
    from .origins import cors_facts

    seen: set[tuple[str, str]] = set()
    allowed = []
    for one in exchanges:
        place = one.url.partition("//")[2].partition("/")[0]
        key = (joined(one.sent).get("origin", ""), place)
        allowed.append(key in seen)
        if one.status < 400 and cors_facts(one)["allowed"]:
            seen.add(key)
    return allowed
