"""The five request fields of RFC 9110 §13.1, read once and typed."""

from collections.abc import Iterable
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from typing import Self

from .dates import Clock
from .dates import parse_http_date
from .entity_tags import EntityTag
from .entity_tags import TagList
from .entity_tags import parse_tag_list
from .errors import InvalidField
from .values import value


class Field(StrEnum):
    """A request field that carries a precondition."""

    IF_MATCH = "If-Match"
    IF_UNMODIFIED_SINCE = "If-Unmodified-Since"
    IF_NONE_MATCH = "If-None-Match"
    IF_MODIFIED_SINCE = "If-Modified-Since"
    IF_RANGE = "If-Range"


class Sent(NamedTuple):
    """The values of a request's conditional fields as they came; ``None``: not sent.

    :param has_range: whether the request carries ``Range``, without which
        ``If-Range`` means nothing (§13.1.5).
    """

    if_match: str | None = None
    if_unmodified_since: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None
    if_range: str | None = None
    has_range: bool = False

    @classmethod
    def collect(cls, fields: Mapping[str, str] | Iterable[tuple[str, str]]) -> Self:
        """Pick them out of a request's fields.

        :param fields: names and values; a name may come several times in pairs.
        """
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        lines: dict[str, list[str]] = {}
        for name, text in pairs:
            lines.setdefault(name.lower(), []).append(text)
        # §5.3: the lines of one field are one value, joined with commas. For a date that
        # makes a list, which is no valid date and therefore ignored (§13.1.3, §13.1.4).
        values = {name: ", ".join(parts) for name, parts in lines.items()}
        match, unmodified, none_match, modified, range_ = (
            values.get(field.lower()) for field in Field
        )
        return cls(match, unmodified, none_match, modified, range_, "range" in values)


@value
class Malformed:
    """A field that was sent and cannot be read.

    :param field: which one.
    :param value: what was sent, its lines joined with commas.
    :param problem: what is wrong with it, as a sentence.
    """

    field: Field
    value: str
    problem: str


@value
class Conditions:
    """The preconditions of one request; ``None`` stands for a field that was not sent.

    :param has_range: see :class:`Sent`.
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
        now: datetime | Clock | None = None,
    ) -> Self:
        """Read the conditions out of a request's fields.

        :param fields: names and values; a name may come several times in pairs.
        :param now: the current time, see :func:`.parse_http_date`.
        """
        return cls.read(Sent.collect(fields), now)

    @classmethod
    def read(cls, sent: Sent, now: datetime | Clock | None = None) -> Self:
        """Read the values of the fields that were sent."""
        match, unmodified, none_match, modified, range_, has_range = sent
        return cls(
            None if match is None else _tags(Field.IF_MATCH, match),
            None if unmodified is None else _date(Field.IF_UNMODIFIED_SINCE, unmodified, now),
            None if none_match is None else _tags(Field.IF_NONE_MATCH, none_match),
            None if modified is None else _date(Field.IF_MODIFIED_SINCE, modified, now),
            None if range_ is None else _validator(range_, now),
            has_range,
        )


def _tags(field: Field, text: str) -> TagList | Malformed:
    parsed = parse_tag_list(text)
    return Malformed(field, text, parsed) if isinstance(parsed, str) else parsed


def _date(field: Field, text: str, now: datetime | Clock | None) -> datetime | Malformed:
    parsed = parse_http_date(text, now=now)
    return parsed or Malformed(field, text, "It is not one valid HTTP-date.")


def _validator(sent: str, now: datetime | Clock | None) -> EntityTag | datetime | Malformed:
    text = sent.strip(" \t")
    # §13.1.5: an entity tag shows a DQUOTE among its first three characters.
    if '"' not in text[:3]:
        return parse_http_date(text, now=now) or Malformed(
            Field.IF_RANGE, sent, "It is neither an entity tag nor a valid HTTP-date."
        )
    try:
        return EntityTag.parse(text)
    except InvalidField:
        return Malformed(Field.IF_RANGE, sent, "It is not one entity tag.")
