"""Where the target of a request is, and how its validators are read off it."""

import inspect
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from typing import Any
from typing import Protocol
from typing import runtime_checkable
from uuid import UUID

from flask import current_app

from .core import ABSENT
from .core import EntityTag
from .core import InvalidField
from .core import State
from .core import Validators
from .exceptions import SetupError
from .responses import is_settled

Loader = Callable[..., Any]
ETagSource = str | Callable[[Any], EntityTag | str | int | UUID | None]
DateSource = str | Callable[[Any], datetime | None]


@runtime_checkable
class Source(Protocol):
    """How a guarded view finds its target and reads the target's validators."""

    @property
    def noun(self) -> str | None:
        """What the target is called, and the keyword the view gets it under if it asks."""

    def find(self, args: tuple[object, ...], url_values: Mapping[str, object]) -> Any:
        """Load the target with the arguments the view was called with."""

    def state_of(self, target: Any) -> State:
        """Read the validators off a target; ``None`` is :data:`ABSENT`."""

    def describe(self) -> str:
        """Say in a few words where the validators come from."""


@dataclass(frozen=True, slots=True)
class LoaderSource:
    """A target that a function loads.

    :param load: gives the target or ``None``, from the arguments in the URL that it
        names; the name of a method of the view's class works too.
    :param etag: the attribute or key that holds the tag, or a function of the target.
    :param last_modified: the same for the time of the last change.
    """

    load: Loader | str
    etag: ETagSource | None = None
    last_modified: DateSource | None = None
    noun: str | None = None

    def find(self, args: tuple[object, ...], url_values: Mapping[str, object]) -> Any:
        """Load the target with the arguments the view was called with."""
        load = self.load
        if isinstance(load, str):
            load = _method_of_view(load, args)
        if _is_positional(load):  # such as dict.get, whose parameters have no names
            return load(*url_values.values())
        return current_app.ensure_sync(load)(**pick(load, url_values))

    def state_of(self, target: Any) -> State:
        """Read the validators off a target; ``None`` is :data:`ABSENT`."""
        if target is None:
            return ABSENT
        return read_validators(target, self.etag, self.last_modified)

    def describe(self) -> str:
        """Say in a few words where the validators come from."""
        sources = {"etag": self.etag, "last_modified": self.last_modified}
        return ", ".join(f"{name}={_name(source)}" for name, source in sources.items() if source)


def _name(source: object) -> str:
    return source if isinstance(source, str) else getattr(source, "__name__", repr(source))


def read_validators(
    target: Any, etag: ETagSource | None, last_modified: DateSource | None
) -> Validators:
    """Read the validators off an existing target.

    :raises SetupError: when what is there cannot be a validator.
    """
    date = None if last_modified is None else _read(target, last_modified, "last_modified")
    return validators_from(None if etag is None else _read(target, etag, "etag"), date)


def validators_from(tag: object, date: object) -> Validators:
    """Make validators of plain values.

    :param tag: an :class:`EntityTag`, or the opaque part without quotes, or ``None``.
    :param date: an aware datetime, or ``None``.
    :raises SetupError: when one of them is something else.
    """
    if isinstance(tag, str | int | UUID) and not isinstance(tag, bool):
        try:
            tag = EntityTag(str(tag))
        except InvalidField as error:
            raise SetupError(f"etag: {error}") from None
    if not isinstance(tag, EntityTag | None):
        raise SetupError(
            f"etag gave {tag!r}; give a str, an int or an EntityTag: etag=lambda t: str(…)"
        )
    if not isinstance(date, datetime | None):
        raise SetupError(f"last_modified gave {date!r}; give an aware datetime")
    try:
        validators = Validators(tag, date)
    except ValueError as error:
        raise SetupError(f"last_modified: {error}") from None
    if validators.last_modified is None:
        return validators
    settled = is_settled(validators.last_modified, datetime.now(UTC))
    return Validators(tag, validators.last_modified, strong_date=settled)


def _read(target: Any, source: str | Callable[[Any], object], option: str) -> object:
    if callable(source):
        return source(target)
    try:
        # Rows of sqlite3 and documents of most stores have keys, objects have attributes.
        return target[source] if hasattr(target, "keys") else getattr(target, source)
    except (KeyError, IndexError, AttributeError):
        kind = type(target).__name__
        raise SetupError(
            f"{option}={source!r}, but the loaded {kind} has no {source!r}; name one of its "
            f"keys or attributes, or pass a function: {option}=lambda target: …"
        ) from None


def _method_of_view(name: str, args: tuple[object, ...]) -> Loader:
    load = getattr(args[0], name, None) if args else None
    if not callable(load):
        where = type(args[0]).__name__ if args else "the view, which is a plain function,"
        raise SetupError(
            f"the loader is named {name!r}, but {where} has no such method; "
            "write the method or pass the function itself"
        )
    return load  # type: ignore[no-any-return]


def _is_positional(load: Loader) -> bool:
    parameters = inspect.signature(load).parameters.values()
    return any(p.kind is p.POSITIONAL_ONLY for p in parameters)


def pick(load: Loader, url_values: Mapping[str, object]) -> dict[str, object]:
    """Choose the URL's values that a loader asks for by name."""
    parameters = inspect.signature(load).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return dict(url_values)
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind is not p.VAR_POSITIONAL and p.name not in url_values
    ]
    if missing:
        given = ", ".join(url_values) or "nothing"
        name = getattr(load, "__name__", repr(load))
        raise SetupError(
            f"the loader {name}() asks for {missing[0]!r}, but the URL gives {given}; "
            "call the parameter as the URL does"
        )
    return {p.name: url_values[p.name] for p in parameters if p.name in url_values}
