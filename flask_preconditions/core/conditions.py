"""The five request fields of RFC 9110 §13.1, read once and typed."""

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from .dates import parse_http_date
from .entity_tags import EntityTag
from .entity_tags import TagList
from .entity_tags import parse_tag_list
from .errors import InvalidField


class Field(StrEnum):
    """A request field that carries a precondition."""

    IF_MATCH = "If-Match"
    IF_UNMODIFIED_SINCE = "If-Unmodified-Since"
    IF_NONE_MATCH = "If-None-Match"
    IF_MODIFIED_SINCE = "If-Modified-Since"
    IF_RANGE = "If-Range"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A field that was sent and cannot be read.

    :param field: which one.
    :param value: what was sent, its lines joined with commas.
    :param problem: what is wrong with it, as a sentence.
    """

    field: Field
    value: str
    problem: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """The preconditions of one request; ``None`` stands for a field that was not sent.

    :param has_range: whether the request carries ``Range``, without which
        ``If-Range`` means nothing (§13.1.5).
    """

    if_match: TagList | Malformed | None = None
    if_unmodified_since: datetime | Malformed | None = None
    if_none_match: TagList | Malformed | None = None
    if_modified_since: datetime | Malformed | None = None
    if_range: EntityTag | datetime | Malformed | None = None
    has_range: bool = False

    @classmethod
    def parse(
        cls,
        fields: Mapping[str, str] | Iterable[tuple[str, str]],
        *,
        now: datetime | None = None,
    ) -> Self:
        """Read the conditions out of a request's fields.

        :param fields: names and values; a name may come several times in pairs.
        :param now: the current time, see :func:`.parse_http_date`.
        """
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        lines: dict[str, list[str]] = {}
        for name, value in pairs:
            lines.setdefault(name.lower(), []).append(value)
        # §5.3: the lines of one field are one value, joined with commas. For a date that
        # makes a list, which is no valid date and therefore ignored (§13.1.3, §13.1.4).
        values = {name: ", ".join(parts) for name, parts in lines.items()}

        def tags(field: Field) -> TagList | Malformed | None:
            value = values.get(field.lower())
            if value is None:
                return None
            parsed = parse_tag_list(value)
            return Malformed(field, value, parsed) if isinstance(parsed, str) else parsed

        def date(field: Field) -> datetime | Malformed | None:
            value = values.get(field.lower())
            if value is None:
                return None
            return parse_http_date(value, now=now) or Malformed(
                field, value, "It is not one valid HTTP-date."
            )

        return cls(
            if_match=tags(Field.IF_MATCH),
            if_unmodified_since=date(Field.IF_UNMODIFIED_SINCE),
            if_none_match=tags(Field.IF_NONE_MATCH),
            if_modified_since=date(Field.IF_MODIFIED_SINCE),
            if_range=_parse_if_range(values.get(Field.IF_RANGE.lower()), now),
            has_range="range" in values,
        )


def _parse_if_range(
    value: str | None, now: datetime | None
) -> EntityTag | datetime | Malformed | None:
    if value is None:
        return None
    text = value.strip(" \t")
    # §13.1.5: an entity tag shows a DQUOTE among its first three characters.
    if '"' not in text[:3]:
        return parse_http_date(text, now=now) or Malformed(
            Field.IF_RANGE, value, "It is neither an entity tag nor a valid HTTP-date."
        )
    try:
        return EntityTag.parse(text)
    except InvalidField:
        return Malformed(Field.IF_RANGE, value, "It is not one entity tag.")
