"""Load the table of vectors and fill in its placeholders.

A vector is one request to a target in a known state, and what must become of both.
The files in ``vectors/`` are the only place where they are written down.
"""

import re
import tomllib
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from functools import lru_cache
from importlib.resources import files
from string import ascii_letters
from string import digits
from typing import Any

from ..core import ABSENT
from ..core import CLAUSES
from ..core import Clause
from ..core import EntityTag
from ..core import Field
from ..core import Outcome
from ..core import PreconditionsError
from ..core import Reason
from ..core import State
from ..core import Validators
from ..core import format_http_date
from ..core import parse_http_date


class VectorError(PreconditionsError):
    """The table holds a vector that cannot be read; the message names file and id."""


class Kind(StrEnum):
    """How much a vector binds a server."""

    REQUIRED = "required"
    """RFC 9110 says MUST, or data is lost otherwise."""
    OPTIONAL = "optional"
    """Allowed, and what this project does: 428, problem details, refusing malformed fields."""
    OBSERVED = "observed"
    """Servers differ and may; reported, never judged."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What becomes of the request.

    :param outcome: what :func:`~flask_preconditions.core.evaluate` decides.
    :param status: the acceptable status codes; ``"2xx"`` stands for all of a class.
    :param unchanged: whether the target stays as it was.
    :param decided_by: the field that settles it, if any.
    :param reason: why that field is false, if it is.
    :param honours_range: whether a ``Range`` field applies.
    :param has: response fields and the values they must have.
    :param lacks: response fields that must not be there.
    """

    outcome: Outcome
    status: tuple[int | str, ...]
    unchanged: bool
    decided_by: Field | None = None
    reason: Reason | None = None
    honours_range: bool = True
    has: tuple[tuple[str, str], ...] = ()
    lacks: tuple[str, ...] = ()

    def accepts_status(self, status: int) -> bool:
        """Tell whether ``status`` is one of the acceptable ones."""
        return status in self.status or f"{status // 100}xx" in self.status


@dataclass(frozen=True, slots=True)
class Vector:
    """One row of the table.

    :param id: unique, lower case with hyphens.
    :param title: a sentence that says what holds.
    :param clause: the clause it follows from.
    :param kind: how much it binds.
    :param group: the file it stands in, named after the field it is about.
    :param state: a key of :data:`STATES`.
    :param method: the request method.
    :param fields: the request fields in order, with placeholders.
    :param expect: what becomes of it.
    :param required: whether a policy asks for a precondition (RFC 6585).
    :param etag: the target's own tag in wire form, instead of the state's.
    """

    id: str
    title: str
    clause: Clause
    kind: Kind
    group: str
    state: str
    method: str
    fields: tuple[tuple[str, str], ...]
    expect: Expectation
    required: bool = False
    etag: str | None = None

    @property
    def current(self) -> State:
        """The state of the target when the vector is played in process."""
        state = STATES[self.state]
        if self.etag is None or state is ABSENT:
            return state
        return Validators(EntityTag.parse(self.etag), state.last_modified, state.strong_date)

    def resolve_fields(
        self, current: State, earlier: EntityTag | None = None
    ) -> tuple[tuple[str, str], ...]:
        """Fill the placeholders in from a state, declared or read from a live server.

        :param earlier: a tag that the server told before it told the current one.
        """
        return tuple((name, resolve(value, current, earlier)) for name, value in self.fields)

    def mentions(self, placeholder: str) -> bool:
        """Tell whether a field, sent or expected, has a placeholder that begins like this."""
        return any(placeholder in value for _, value in (*self.fields, *self.expect.has))


_SAVED_AT = parse_http_date("Tue, 15 Nov 1994 12:45:26 GMT")

STATES: Mapping[str, State] = {
    "document": Validators(EntityTag("v1"), _SAVED_AT, strong_date=True),
    "weak": Validators(EntityTag("v1", weak=True), _SAVED_AT),
    "tagged": Validators(EntityTag("v1")),
    "dated": Validators(None, _SAVED_AT),
    "bare": Validators(),
    "absent": ABSENT,
}
"""The states a vector can start from. A live server offers ``document`` and ``absent``."""

_PLACEHOLDER = re.compile(r"\{(\w+)(?::([\w+-]+))?\}")


_NEXT = str.maketrans(
    ascii_letters + digits, ascii_letters[1:] + ascii_letters[0] + digits[1:] + digits[0]
)
"""Another character of the same kind, for a tag that is like another one and is not it."""


@lru_cache(maxsize=1024)  # several pages and checks show one vector
def resolve(template: str, current: State, earlier: EntityTag | None = None) -> str:
    """Fill in the placeholders of one field value.

    ``{etag}``, ``{etag:stale|earlier|weak|strong|lower|opaque|gzip}``, what is nearly it:
    ``{etag:beginning|end|longer|preceded|case|length|percent}``, ``{date}``,
    ``{date:older|newer|before|later|rfc850|asctime}``, ``{tags:N}`` (N other tags) and
    ``{pad:N}`` (N characters). ``{etag:earlier-N}`` is one of N changes ago, as ``earlier`` is
    chosen. A state without the validator lends another state's.

    :raises VectorError: when a placeholder is unknown.
    """
    known = STATES["document"] if current is ABSENT else current
    assert known is not ABSENT
    tag = known.etag or EntityTag("v1")
    date = known.last_modified or _SAVED_AT
    assert date is not None

    def value(match: re.Match[str]) -> str:
        name, form = match[1], match[2]
        if name in ("tags", "pad") and form and form.isdecimal():
            count = int(form)
            return "x" * count if name == "pad" else ", ".join(f'"t{n}"' for n in range(count))
        if name == "etag" and form and form.startswith("earlier-"):
            form = "earlier"
        forms = {
            ("etag", None): str(tag),
            ("etag", "stale"): '"stale"',
            ("etag", "earlier"): str(earlier or EntityTag("earlier")),
            ("etag", "weak"): str(EntityTag(tag.opaque, weak=True)),
            ("etag", "strong"): str(EntityTag(tag.opaque)),
            ("etag", "lower"): f'w/"{tag.opaque}"',
            ("etag", "opaque"): tag.opaque,
            ("etag", "gzip"): f'"{tag.opaque}-gzip"',
            ("etag", "beginning"): f'"{tag.opaque[:-1]}"',
            ("etag", "end"): f'"{tag.opaque[1:]}"',
            ("etag", "longer"): f'"{tag.opaque}x"',
            ("etag", "preceded"): f'"x{tag.opaque}"',
            ("etag", "case"): f'"{tag.opaque.swapcase()}"',
            ("etag", "length"): f'"{tag.opaque.translate(_NEXT)}"',
            ("etag", "percent"): f'"%{ord(tag.opaque[:1] or "x"):02x}{tag.opaque[1:]}"',
            ("date", None): format_http_date(date),
            ("date", "older"): format_http_date(date - timedelta(seconds=1)),
            ("date", "newer"): format_http_date(date + timedelta(seconds=1)),
            ("date", "before"): format_http_date(date - timedelta(days=1)),
            ("date", "later"): format_http_date(date + timedelta(days=1)),
            ("date", "rfc850"): date.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
            ("date", "asctime"): f"{date:%a %b} {date.day:2d} {date:%H:%M:%S %Y}",
        }
        if (name, form) not in forms:
            raise VectorError(f"unknown placeholder {match[0]}")
        return forms[name, form]

    return _PLACEHOLDER.sub(value, template)


@cache
def load_vectors() -> tuple[Vector, ...]:
    """Read the whole table, in the order of its files and rows.

    :raises VectorError: when a row is incomplete, misspelt or has an id twice.
    """
    folder = files(__package__) / "vectors"
    tables = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(
        vector
        for table in tables
        for vector in read_rows(
            table.name.removesuffix(".toml"),
            tomllib.loads(table.read_text(encoding="utf-8"))["vector"],
        )
    )


def read_rows(group: str, rows: Iterable[Mapping[str, Any]]) -> list[Vector]:
    """Turn the rows of one file into vectors.

    :raises VectorError: naming the file, the row and what is wrong with it.
    """
    vectors: dict[str, Vector] = {}
    for row in rows:
        where = f"{group}.toml: {row.get('id', 'a row without an id')}"
        try:
            vector = _parse_vector(group, row)
        except KeyError as error:
            raise VectorError(f"{where}: {error} is missing or unknown") from error
        except (TypeError, ValueError, VectorError) as error:
            raise VectorError(f"{where}: {error}") from error
        if vector.id in vectors:
            raise VectorError(f"{group}.toml: the id {vector.id!r} is taken")
        vectors[vector.id] = vector
    return list(vectors.values())


def _parse_vector(group: str, row: Mapping[str, Any]) -> Vector:
    row = {**row}
    expect = dict(row.pop("expect"))
    status = expect.pop("status")
    expectation = Expectation(
        outcome=Outcome(expect.pop("outcome")),
        status=tuple(status) if isinstance(status, list) else (status,),
        decided_by=Field(name) if (name := expect.pop("decided_by", None)) else None,
        reason=Reason(name) if (name := expect.pop("reason", None)) else None,
        has=tuple((name, value) for name, value in expect.pop("has", ())),
        lacks=tuple(expect.pop("lacks", ())),
        **expect,
    )
    vector = Vector(
        group=group,
        clause=CLAUSES[row.pop("clause")],
        kind=Kind(row.pop("kind")),
        fields=tuple((name, value) for name, value in row.pop("fields")),
        expect=expectation,
        **row,
    )
    vector.resolve_fields(vector.current)
    return vector
