"""Tags that are told apart by variant, and tags that were rewritten on their way.

Two representations of one state need two strong tags (RFC 9110 §8.8.3), so a view that
negotiates folds what it negotiates by into its tag. A write, though, is to the state:
every variant's tag of the current state names it.

A hop that compresses rewrites tags: ``"v1-gzip"`` (Apache), ``"v1:gzip"``
(Flask-Compress), ``W/"v1"`` (nginx). A client sends back what it got, and If-Match would
be 412 for ever. To recognise such a tag is an opt-in that departs from the strong
comparison, and only for the tag that the target has now.
"""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from werkzeug.datastructures import Headers

from .core import ABSENT
from .core import EntityTag
from .core import Field
from .core import State
from .core import TagList
from .core import parse_tag_list

_MARK = "~"


def fold_variant(current: State, names: Collection[str], headers: Headers) -> State:
    """Make the tag one of the variant that the request selects.

    :param names: the request fields that the view negotiates by.
    """
    if not names or current is ABSENT or current.etag is None:
        return current
    selected = "\n".join(f"{name.lower()}: {headers.get(name, '')}" for name in sorted(names))
    digest = sha256(selected.encode()).hexdigest()[:8]
    tag = replace(current.etag, opaque=f"{current.etag.opaque}{_MARK}{digest}")
    return replace(current, etag=tag)


def recognise_tags(
    fields: Iterable[tuple[str, str]],
    current: State,
    *,
    suffixes: Collection[str] = (),
    accepts_weakened: bool = False,
    accepts_variants: bool = False,
) -> Iterator[tuple[str, str]]:
    """Add the current tag to a list that names it in another form.

    :param fields: the fields of a request.
    :param suffixes: what hops append to the opaque part.
    :param accepts_weakened: whether a weak tag names the strong one it was made from.
    :param accepts_variants: whether the tag of any variant names the state.
    """
    for name, value in fields:
        if name.title() in (Field.IF_MATCH, Field.IF_NONE_MATCH) and current is not ABSENT:
            listed = parse_tag_list(value)
            tag = current.etag
            if isinstance(listed, TagList) and tag and not listed.strongly_contains(tag):
                sent = listed.strong | (listed.weak if accepts_weakened else frozenset())
                wanted = _base(tag, accepts_variants)
                forms = {form for opaque in sent for form in _without(opaque, suffixes)}
                if wanted in {_base(EntityTag(form), accepts_variants) for form in forms}:
                    value = f"{value}, {tag}"
        yield name, value


def _without(opaque: str, suffixes: Collection[str]) -> list[str]:
    return [opaque, *(opaque.removesuffix(suffix) for suffix in suffixes)]


def _base(tag: EntityTag, accepts_variants: bool) -> str:
    return tag.opaque.rpartition(_MARK)[0] or tag.opaque if accepts_variants else tag.opaque
