"""Where the target of a request is, and how its validators are read off it."""

import inspect
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from datetime import UTC
from datetime import datetime
from typing import Any
from typing import Protocol
from typing import runtime_checkable
from uuid import UUID

from flask import current_app
from flask import request
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from ..core import ABSENT
from ..core import EntityTag
from ..core import InvalidField
from ..core import State
from ..core import Validators
from ..core import is_settled
from ..exceptions import SetupError

Loader = Callable[..., Any]
ETagSource = str | tuple[str, ...] | Callable[[Any], EntityTag | str | int | UUID | None]
DateSource = str | Callable[[Any], datetime | None]


class MissingValue(SetupError):
    """A loader asks for a value that neither the URL nor a decorator gives.

    :param name: what it calls the value.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@runtime_checkable
class Source(Protocol):
    """How a guarded view finds its target and reads the target's validators."""

    @property
    def noun(self) -> str | None:
        """What the target is called, and the keyword the view gets it under if it asks."""

    def find(self, args: tuple[object, ...], url_values: Mapping[str, object]) -> Any:
        """Load the target.

        :param args: the view's positional arguments: ``self`` in a class-based view.
        :param url_values: what the URL gives, and what an outer decorator added to it.
        """

    def state_of(self, target: Any) -> State:
        """Read the validators off a target; ``None`` is :data:`ABSENT`."""

    def describe(self) -> str:
        """Say in a few words where the validators come from."""

    def check_route(self, arguments: frozenset[str], constants: frozenset[str]) -> None:
        """See that the values of a URL rule all take part in finding the target.

        :param arguments: their names.
        :param constants: those that are of its ``defaults`` alone, and not of the URL.
        :raises SetupError: when one of them would be ignored.
        """


class LoaderSource:
    """A target that a function loads.

    :param load: gives the target or ``None``, from the arguments in the URL that it
        names; the name of a method of the view's class works too.
    :param etag: the attribute or key that holds the tag, several of them, or a function of
        the target.
    :param last_modified: the attribute, the key or the function for the time of the last change.
    """

    noun: str | None = None

    def __init__(
        self,
        load: Loader | str,
        etag: ETagSource | None = None,
        last_modified: DateSource | None = None,
    ) -> None:
        self.load = load
        self.etag = etag
        self.last_modified = last_modified
        self._call: _Call | None = None

    def find(self, args: tuple[object, ...], url_values: Mapping[str, object]) -> Any:
        """Load the target with those of the values that the loader asks for."""
        call = self._call
        if call is None:
            call = self._prepare(args)
        load = call.load
        if call.takes_named and url_values.keys() == call.names:
            return load(**url_values)
        return call.apply(url_values)

    def _prepare(self, args: tuple[object, ...]) -> "_Call":
        if isinstance(self.load, str):  # the method of a view, which is another one each time
            return _Call(_method_of_view(self.load, args))
        self._call = _Call(self.load)
        return self._call

    def state_of(self, target: Any) -> State:
        """Read the validators off a target; ``None`` is :data:`ABSENT`."""
        if target is None:
            return ABSENT
        if target.__class__ is tuple and (current_app.debug or current_app.testing):
            self._refuse_answer(target)
        try:
            return read_validators(target, self.etag, self.last_modified)
        except (SetupError, TypeError, LookupError, AttributeError) as error:
            self._refuse_answer(target, error)
            raise

    @property
    def tag_name(self) -> str | None:
        """The attribute or key that holds the tag, if it is one."""
        return self.etag if isinstance(self.etag, str) else None

    def _refuse_answer(self, target: object, cause: Exception | None = None) -> None:
        """Refuse a view's answer in place of a target; a row of a store may look alike.

        :param cause: why its validators cannot be read: then it is no row.
        """
        match target:
            case (dict(), int() as status) | (dict(), int() as status, dict() | list()):
                pass
            case (str() | Response(), int() as status) if cause and status >= 400:
                pass
            case Response(status_code=status):
                pass
            case _:
                return
        if 400 <= status < 600:
            instead = f"return None, which is 404 for the client, or abort({status})"
        elif cause is not None and status == 200:
            instead = "return the target itself, and let the view answer with it"
        else:
            return
        raise SetupError(
            f"the loader {_name(self.load)}() gave {target!r}, which is an answer and no target; "
            f"write {instead}"
        ) from cause

    def describe(self) -> str:
        """Say in a few words where the validators come from."""
        sources = {"etag": self.etag, "last_modified": self.last_modified}
        return ", ".join(f"{name}={_name(source)}" for name, source in sources.items() if source)

    def check_route(self, arguments: frozenset[str], constants: frozenset[str]) -> None:
        """Let every route pass: a function says itself which values it asks for."""


def constants_of(rule: Rule) -> frozenset[str]:
    """Name the values that a rule has of its ``defaults`` alone, and not of the URL."""
    return frozenset(rule.defaults or ()) - rule._converters.keys()


def _name(source: object) -> str:
    if isinstance(source, tuple):
        return " + ".join(map(str, source))
    return source if isinstance(source, str) else getattr(source, "__name__", repr(source))


class _Call:
    """How a loader takes its arguments, read off its signature once."""

    def __init__(self, load: Loader) -> None:
        self.load = load
        try:
            self.parameters = inspect.signature(load).parameters.values()
        except ValueError:
            raise SetupError(
                f"the parameters of the loader {_name(load)} cannot be seen; put a function "
                "around it that names them: lambda id: …"
            ) from None
        kinds = {p.kind for p in self.parameters}
        # Such as dict.get, whose parameters have no names.
        self.is_positional = inspect.Parameter.POSITIONAL_ONLY in kinds
        self.takes_all = inspect.Parameter.VAR_KEYWORD in kinds
        self.is_async = inspect.iscoroutinefunction(load)
        self.names = {p.name for p in self.parameters if p.kind is not p.VAR_POSITIONAL}
        self.takes_named = not (self.is_positional or self.takes_all or self.is_async)

    def apply(self, values: Mapping[str, object]) -> Any:
        """Call the loader with those of the values that it asks for."""
        load = self.load
        if self.is_positional:
            return load(*self._in_order(values))
        if not self.takes_all and values.keys() != self.names:
            values = pick(load, values, self.parameters)
        if self.is_async:
            load = current_app.ensure_sync(load)
        return load(**values)

    def _in_order(self, known: Mapping[str, object]) -> list[object]:
        """Give the URL's values as the view gets them, and nothing that a decorator added."""
        values = [known[name] for name in request.view_args or ()]
        # The default that a built-in function takes is no place for a second value.
        is_built_in = not hasattr(self.load, "__code__")
        places = [p for p in self.parameters if not (is_built_in and p.default is not p.empty)]
        if len(values) > len(places) and not any(p.kind is p.VAR_POSITIONAL for p in places):
            given = ", ".join(request.view_args or ())
            raise SetupError(
                f"the loader {_name(self.load)}() takes {len(places)} of the URL's values, and the "
                f"URL gives {given}; write a function that names them"
            )
        return values


def read_validators(
    target: Any, etag: ETagSource | None, last_modified: DateSource | None
) -> Validators:
    """Read the validators off an existing target.

    :raises SetupError: when what is there cannot be a validator.
    """
    tag: object = None
    if isinstance(etag, tuple):
        tag = _join([_read(target, part, "etag") for part in etag])
    elif etag is not None:
        tag = _read(target, etag, "etag")
    if last_modified is None:
        return validators_from(tag, None)
    return validators_from(tag, _read(target, last_modified, "last_modified"))


def _join(parts: list[object]) -> str | None:
    """Make one tag of several parts, so that no two lists of parts make the same one.

    :return: ``None`` where a part is ``None``.
    :raises SetupError: when a part is no text, number or UUID.
    """
    for part in parts:
        if isinstance(part, bool) or not isinstance(part, str | int | UUID | None):
            raise SetupError(f"etag has the part {part!r}; name parts that are a str or an int")
    if None in parts:
        return None
    return "-".join(str(part).replace("%", "%25").replace("-", "%2D") for part in parts)


def validators_from(tag: object, date: object) -> Validators:
    """Make validators of plain values.

    :param tag: an :class:`EntityTag`, or the opaque part without quotes, or ``None``.
    :param date: an aware datetime, or ``None``.
    :raises SetupError: when one of them is something else.
    """
    if type(tag) is str:
        try:
            tag = EntityTag(tag)
        except InvalidField as error:
            raise SetupError(f"etag: {error}") from None
    elif tag is not None and not isinstance(tag, EntityTag):
        if isinstance(tag, bool) or not isinstance(tag, str | int | UUID):
            raise SetupError(
                f"etag gave {tag!r}; give a str, an int or an EntityTag: etag=lambda t: str(…)"
            )
        return validators_from(str(tag), date)
    if date is None:
        return Validators(tag)
    if not isinstance(date, datetime):
        raise SetupError(f"last_modified gave {date!r}; give an aware datetime")
    try:
        validators = Validators(tag, date)
    except ValueError as error:
        raise SetupError(f"last_modified: {error}") from None
    assert validators.last_modified is not None
    settled = is_settled(validators.last_modified, datetime.now(UTC))
    return Validators(tag, validators.last_modified, strong_date=settled)


def _read(target: Any, source: str | Callable[[Any], object], option: str) -> object:
    if not isinstance(source, str):
        return source(target)
    try:
        # Rows of sqlite3 and documents of most stores have keys, objects have attributes.
        has_keys = hasattr(target, "keys") and hasattr(target.__class__, "__getitem__")
        return target[source] if has_keys else attribute_of(target, source)
    except (KeyError, IndexError, AttributeError):
        kind = type(target).__name__
        instead = (
            "give rows names, as with db.row_factory = sqlite3.Row"
            if type(target) is tuple
            else "name one of its keys or attributes"
        )
        raise SetupError(
            f"{option}={source!r}, but the loaded {kind} has no {source!r}; {instead}, or pass a "
            f"function: {option}=lambda target: …"
        ) from None


def attribute_of(target: Any, name: str) -> Any:
    """Give an attribute of a target, as it was when the target was loaded.

    :raises SetupError: when it is a column that SQLAlchemy would load only now.
    """
    state: Any = getattr(target, "_sa_instance_state", None)
    is_missing = state is not None and state.key and name not in vars(target)
    # What has expired is loaded again with all the rest.
    if is_missing and name in state.unloaded and name not in state.expired_attributes:
        raise SetupError(
            f"the row was loaded without its {name}, and one that is read later may tell of "
            f"another write than the content; load it too: load_only(…, "
            f"{type(target).__name__}.{name})"
        )
    return getattr(target, name)


def _method_of_view(name: str, args: tuple[object, ...]) -> Loader:
    load = getattr(args[0], name, None) if args else None
    if not callable(load):
        where = type(args[0]).__name__ if args else "the view, which is a plain function,"
        remedy = "write the method or pass the function itself"
        if not args:
            remedy += "; of a class, guard its methods and not its `decorators`"
        raise SetupError(f"the loader is named {name!r}, but {where} has no such method; {remedy}")
    return load  # type: ignore[no-any-return]


def pick(
    load: Loader,
    url_values: Mapping[str, object],
    parameters: Collection[inspect.Parameter] | None = None,
) -> dict[str, object]:
    """Choose the values that a loader asks for by name.

    :param parameters: the loader's own, where they have been read already.
    :raises SetupError: when it asks for one that is not there.
    """
    parameters = parameters or inspect.signature(load).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return dict(url_values)
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind is not p.VAR_POSITIONAL and p.name not in url_values
    ]
    if missing[:1] == ["self"]:
        name = _name(load)
        raise MissingValue(
            "self",
            f"the loader {name}() is a method, and of no object here; name it, and it is called on "
            f'the view: @require_match("{name}", …)',
        )
    if missing:
        given = ", ".join(url_values) or "nothing"
        raise MissingValue(
            missing[0],
            f"the loader {_name(load)}() asks for {missing[0]!r}, but the URL gives {given}; "
            "call the parameter as the URL does, or let a decorator above the guard add it",
        )
    return {p.name: url_values[p.name] for p in parameters if p.name in url_values}
