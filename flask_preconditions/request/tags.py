"""Tags that are told apart by variant, and tags that were rewritten on their way.

Two representations of one state need two strong tags (RFC 9110 §8.8.3), so a view that
negotiates folds what it negotiates by into its tag. A write, though, is to the state:
every variant's tag of the current state names it. Which variant that is cannot be told
from the write, so a variant's tag carries a check of itself: only a tag that was made
here from the current one is taken for it.

A hop that compresses rewrites tags: ``"v1-gzip"`` (Apache), ``"v1:gzip"``
(Flask-Compress), ``W/"v1"`` (nginx). A client sends back what it got, and If-Match would
be 412 for ever. To recognise such a tag is an opt-in that departs from the strong
comparison, and only for the tag that the target has now.
"""

import re
import sys
from collections.abc import Collection
from hashlib import sha256

from werkzeug.datastructures import Headers
from werkzeug.http import quote_etag

from ..core import EntityTag
from ..core import Sent
from ..core import parse_tag_list
from ..exceptions import SetupError
from .plan import Plan

_MARK = "~"
_DIGITS = 8
_ADDED = len(_MARK) + 2 * _DIGITS
_VARIANT = re.compile(rf"{_MARK}([0-9a-f]{{{_DIGITS}}})([0-9a-f]{{{_DIGITS}}})")


class WireTag(str):
    """A tag in wire form, which says so where Werkzeug is about to quote it once more."""

    __slots__ = ()

    def __contains__(self, text: object) -> bool:
        """Tell whether a text is in it.

        :raises SetupError: when ``set_etag()`` asks, which would only say ``invalid etag``.
        """
        if sys._getframe(1).f_code is quote_etag.__code__:
            raise SetupError(
                f"set_etag() puts quotes around {self}, which has them already; write "
                'response.headers["ETag"] = etag_for(…). A guarded view needs neither: the guard '
                "tells its tag"
            )
        return super().__contains__(text)  # type: ignore[operator]


def tag_of_variant(tag: EntityTag, names: Collection[str], fields: Headers) -> EntityTag:
    """Make the tag of the variant that a request selects.

    :param names: the request fields that the view negotiates by.
    :param fields: the request's fields.
    """
    selected = "\n".join(f"{name.lower()}: {fields.get(name, '')}" for name in sorted(names))
    variant = _digest(selected)
    return EntityTag(f"{tag.opaque}{_MARK}{variant}{_check(tag.opaque, variant)}", tag.weak)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def _check(opaque: str, variant: str) -> str:
    return _digest(f"{opaque}\n{variant}")


def form_of(
    value: str,
    tag: EntityTag,
    *,
    suffixes: Collection[str] = (),
    accepts_weakened: bool = False,
    accepts_variants: bool = False,
) -> str | None:
    """Find the form in which a field value names the current tag.

    :param value: of ``If-Match`` or ``If-None-Match``.
    :param tag: the current tag.
    :param suffixes: what hops append to the opaque part.
    :param accepts_weakened: whether a weak tag names the strong one it was made from.
    :param accepts_variants: whether ``tag`` is that of a variant, and the tag of any other
        variant of the state, or of the state itself, names it too.
    :return: a tag in wire form, as it was sent, or ``None``.
    """
    wire = str(tag)
    if value == wire:
        return value
    listed = parse_tag_list(value)
    if isinstance(listed, str) or listed.any:
        return None
    if listed.lists(wire):
        return wire
    if tag.weak:
        return None
    ends = ("", *suffixes)
    marks = ("", "W/") if accepts_weakened else ("",)
    opaques = [tag.opaque]
    if accepts_variants:
        opaques.append(tag.opaque[:-_ADDED])
    for form in (f'{mark}"{name}{end}"' for mark in marks for name in opaques for end in ends):
        if listed.lists(form):
            return form
    return _variant_in(listed.text, opaques[-1], marks, ends) if accepts_variants else None


def _variant_in(
    text: str, opaque: str, marks: Collection[str], ends: Collection[str]
) -> str | None:
    """Find a tag that was made of the state's for one of its variants."""
    beginning = f'"{opaque}{_MARK}'
    at = text.find(beginning)
    while at >= 0:
        mark = "W/" if text[at - 2 : at] == "W/" else ""
        variant = _VARIANT.match(text, at + len(beginning) - 1)
        if variant and variant[2] == _check(opaque, variant[1]) and mark in marks:
            end = text[variant.end() : text.find('"', variant.end())]
            if end in ends:
                return f'{mark}"{opaque}{variant[0]}{end}"'
        at = text.find(beginning, at + 1)
    return None


def recognise(sent: Sent, tag: EntityTag | None, plan: Plan) -> Sent:
    """Add the current tag to a list that names it in another form."""
    if tag is None:
        return sent
    match, none_match = sent.if_match, sent.if_none_match
    if match is not None:
        form = form_of(
            match,
            tag,
            suffixes=plan.suffixes,
            accepts_weakened=plan.policy.accept_weakened,
            accepts_variants=plan.accepts_variants,
        )
        match = f"{match}, {tag}" if form and form != str(tag) else match
    if none_match is not None:
        form = form_of(
            none_match,
            tag,
            suffixes=plan.suffixes,
            accepts_weakened=True,
            accepts_variants=plan.accepts_variants,
        )
        none_match = f"{none_match}, {tag}" if form and form != str(tag) else none_match
    return sent._replace(if_match=match, if_none_match=none_match)
