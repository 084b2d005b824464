"""The policy of an application and of a view, declared once as data."""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from dataclasses import replace
from typing import Any
from typing import Literal
from typing import Self
from typing import TypedDict
from typing import Unpack
from typing import cast
from typing import get_args
from weakref import WeakKeyDictionary

from flask import Blueprint
from flask import Flask
from flask import Request

from .core import SAFE_METHODS
from .exceptions import SetupError
from .options import check_call
from .options import refuse_unknown
from .placement import NOWHERE

Require = Literal["unsafe", "warn", "none"] | Collection[str] | Callable[[Request], bool]
Disclose = Literal["if-readable", "none", "etag"] | Callable[[Any], Mapping[str, object]]
Declared = Mapping[str, str] | Callable[[Any], Mapping[str, str]]
Resource = str | Callable[[Any], str]
PutETag = Literal["never", "verbatim", "always"]

_PREFIX = "PRECONDITIONS_"


def _one_of(*choices: str) -> Callable[[object], str | None]:
    listed = " or ".join(repr(choice) for choice in choices)

    def problem(value: object) -> str | None:
        return None if value in choices else f"it must be {listed}"

    return problem


def _require_problem(value: object) -> str | None:
    if callable(value) or value in ("unsafe", "warn", "none"):
        return None
    if isinstance(value, str) or not isinstance(value, Collection):
        return "it must be 'unsafe', 'warn', 'none', a set of methods or a function of the request"
    strange = [name for name in value if not isinstance(name, str) or name != name.upper()]
    if strange:
        return f"methods are upper-case names such as 'PUT', not {strange[0]!r}"
    safe = [name for name in value if name in SAFE_METHODS]
    return f"{safe[0]} is safe and never needs a condition" if safe else None


def _disclose_problem(value: object) -> str | None:
    if callable(value):
        return None
    problem = _one_of("if-readable", "none", "etag")(value)
    return problem and f"{problem}, or a function of the target"


def _callable_problem(value: object) -> str | None:
    return None if value is None or callable(value) else "it must be a function of the target"


def _resource_problem(value: object) -> str | None:
    if value is None or callable(value) or (isinstance(value, str) and value):
        return None
    return "it must be an endpoint that answers GET, or a function of the target that gives a URL"


def _names_problem(value: object) -> str | None:
    if isinstance(value, str) or not isinstance(value, Collection):
        return "it must be a list of strings"
    strange = [name for name in value if not isinstance(name, str) or not name]
    return f"it must be a list of strings, and {strange[0]!r} is none" if strange else None


_SECRET_WORDS = frozenset(
    {"auth", "authentication", "authorization", "cookie", "cookies", "key", "password", "token"}
)


def vary_problem(value: object) -> str | None:
    """Tell what is wrong with the names of the fields that a view negotiates by."""
    if problem := _names_problem(value):
        return problem
    for name in cast(Collection[str], value):
        if not _SECRET_WORDS.isdisjoint(name.lower().split("-")):
            return (
                f"it names {name}, and the tag would tell a digest of what that field holds. Name "
                'who asks in the tag: etag=lambda note: f"{note.rev}-{g.user.id}"'
            )
    return None


def _bool_problem(value: object) -> str | None:
    return None if isinstance(value, bool) else "it must be True or False"


def _base_url_problem(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value.endswith("/")):
        return None
    return "it must be a URL that ends with a slash, such as 'https://docs.example/problems/'"


def _level_problem(value: object) -> str | None:
    names = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    return _one_of(*names)(value)


def _cache_control_problem(value: object) -> str | None:
    return None if value is None or isinstance(value, str) else "it must be a string"


def _headers_problem(value: object) -> str | None:
    if value is None or callable(value):
        return None
    if not isinstance(value, Mapping):
        return "it must be a mapping, or a function of the target that gives one"
    strange = [name for name in value if str(name).lower() not in _DECLARABLE]
    known = "Cache-Control, Content-Location and Expires"
    return f"a 304 has {known} of the 200, and not {strange[0]!r}" if strange else None


_DECLARABLE = {"cache-control", "content-location", "expires"}


@dataclass(frozen=True, slots=True)
class Policy:
    """How guarded views treat requests.

    The fields down to ``log_level`` have application-wide defaults, under ``PRECONDITIONS_``
    and their own names in capitals. :func:`set_defaults` lays those of a blueprint over them,
    and a view overrides by keyword.

    :param require: the requests that must carry a condition, 428 otherwise: ``"unsafe"``
        (all but GET, HEAD, OPTIONS, QUERY, TRACE), ``"warn"`` (the same, but only logged
        and signalled), ``"none"``, a set of methods, or a function of the request.
    :param disclose: whether a 412 tells the current tag: ``"if-readable"`` (when the
        same URL answers GET), ``"etag"`` (always), ``"none"``, or a function of the target
        whose mapping the 412 shows as ``current``, beside the tag.
    :param put_etag: whether a success of PUT tells the new tag: ``"never"``,
        ``"verbatim"`` (you store the bytes as they were sent, RFC 9110 §9.3.4) or
        ``"always"`` (against §9.3.4).
    :param problem_base_url: where the problem pages are published, with a slash at the
        end. Without it, ``type`` is the section of the RFC.
    :param etag_suffixes: what hops between append to tags, such as ``"-gzip"`` or
        ``":gzip"``; a tag that is the current one but for such an end is recognised.
    :param accept_weakened: whether ``W/"v1"`` is recognised as the current ``"v1"``, for
        clients behind a hop that weakens tags. This departs from the strong comparison
        (§8.8.3.2), and only where the tag tells a version and not bytes is it harmless.
    :param log_level: the level at which a refused write is logged.
    :param cache_control: ``Cache-Control`` of the 200 and of the 304 that is answered
        before the view runs (§15.4.5).
    :param headers: more fields of that 200 and 304: ``Content-Location``, ``Expires``, or a
        function of the target that gives a mapping of them.
    :param vary: the request fields that the view negotiates by: folded into the tag, and
        sent as ``Vary``. None that holds a credential, such as ``Authorization`` or ``Cookie``:
        a short digest of it would stand in every tag.
    :param already_applied: tells whether the target is already as the request wants it;
        then a stale If-Match is answered 204 and not 412 (§13.1.1).
    :param resource: where the target can be read, if not at the URL of the write, as for an
        action such as ``POST /lists/1/clear-done``: an endpoint that takes values of this URL,
        or a function of the target that gives the URL. A refusal sends the client there, and
        tells the tag as if it could be read here.
    """

    require: Require = field(default="unsafe", metadata={"problem": _require_problem})
    disclose: Disclose = field(default="if-readable", metadata={"problem": _disclose_problem})
    put_etag: PutETag = field(default="never", metadata={"problem": _one_of(*get_args(PutETag))})
    problem_base_url: str | None = field(default=None, metadata={"problem": _base_url_problem})
    etag_suffixes: Collection[str] = field(default=(), metadata={"problem": _names_problem})
    accept_weakened: bool = field(default=False, metadata={"problem": _bool_problem})
    log_level: str = field(default="WARNING", metadata={"problem": _level_problem})
    cache_control: str | None = field(
        default=None, metadata={"problem": _cache_control_problem, "per_view_only": True}
    )
    headers: Declared | None = field(
        default=None, metadata={"problem": _headers_problem, "per_view_only": True}
    )
    vary: Collection[str] = field(
        default=(), metadata={"problem": vary_problem, "per_view_only": True}
    )
    already_applied: Callable[[Any], bool] | None = field(
        default=None, metadata={"problem": _callable_problem, "per_view_only": True}
    )
    resource: Resource | None = field(
        default=None, metadata={"problem": _resource_problem, "per_view_only": True}
    )

    def __post_init__(self) -> None:
        for option in fields(self):
            value = getattr(self, option.name)
            if problem := option.metadata["problem"](value):
                raise SetupError(f"{option.name} is {value!r}; {problem}.")
            if callable(value):
                given = "the request" if option.name == "require" else "the target"
                check_call(option.name, value, given)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], base: Self | None = None) -> Self:
        """Read the application's policy.

        :param config: the application's configuration.
        :param base: what holds where the configuration is silent.
        :raises SetupError: when a ``PRECONDITIONS_`` key is unknown or its value is off.
        """
        known = {
            _PREFIX + option.name.upper(): option.name
            for option in fields(cls)
            if not option.metadata.get("per_view_only")
        }
        given = {key: value for key, value in config.items() if key.startswith(_PREFIX)}
        for key in given.keys() - known.keys() - {AUDIT_ALLOW}:
            import difflib

            close = difflib.get_close_matches(key, [*known, AUDIT_ALLOW], n=1, cutoff=0.0)
            raise SetupError(f"{key} is no setting; did you mean {close[0]}?", NOWHERE)
        given.pop(AUDIT_ALLOW, None)
        audit_allow_in(config)
        try:
            return replace(base or cls(), **{known[key]: value for key, value in given.items()})
        except SetupError as error:
            raise SetupError(
                f"In the app's config, PRECONDITIONS_* is off: {error.message}", NOWHERE
            ) from None

    def override(self, options: Mapping[str, object]) -> Self:
        """Lay a view's own options over these."""
        return replace(self, **options) if options else self  # type: ignore[arg-type]

    def at(self, app: Flask, endpoint: str) -> Self:
        """Lay the defaults of a view's blueprints over these, the outermost first."""
        policy = self
        for _, options in defaults_at(app, endpoint):
            policy = policy.override(options)
        return policy

    def requires(self, method: str) -> bool | Callable[[Request], bool]:
        """Tell whether requests of a method must carry a condition, or what tells it."""
        if callable(self.require):
            return self.require
        if isinstance(self.require, str):
            return self.require != "none" and method not in SAFE_METHODS
        return method in self.require

    @property
    def only_warns(self) -> bool:
        """Whether a missing condition is logged and signalled instead of refused."""
        return self.require == "warn"


AUDIT_ALLOW = _PREFIX + "AUDIT_ALLOW"


def audit_allow_in(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Read which endpoints ``flask preconditions audit`` passes over.

    They are names such as ``"auth.login"``, or patterns of them, such as ``"admin.*"``.

    :raises SetupError: when it is no list of strings.
    """
    names = config.get(AUDIT_ALLOW, ())
    if problem := _names_problem(names):
        raise SetupError(f"{AUDIT_ALLOW} is {names!r}; {problem}.", NOWHERE)
    return tuple(names)


class Defaults(TypedDict, total=False):
    """What a blueprint may have defaults of; see :class:`Policy`."""

    require: Require
    disclose: Disclose
    put_etag: PutETag
    problem_base_url: str | None
    etag_suffixes: Collection[str]
    accept_weakened: bool
    log_level: str


_OF_BLUEPRINTS: WeakKeyDictionary[Blueprint, dict[str, object]] = WeakKeyDictionary()


def set_defaults(blueprint: Blueprint, **options: Unpack[Defaults]) -> None:
    """Give the guarded views of a blueprint defaults of their own.

    They are laid over those of the application, and those of a blueprint within another
    over the outer one's. Call it before the first request::

        set_defaults(api_v1, require="warn")

    :param options: see :class:`Policy`; down to ``log_level``.
    :raises SetupError: when an option is off, or belongs to one view.
    """
    for name in options.keys() - Defaults.__annotations__.keys():
        if name in Policy.__dataclass_fields__:
            raise SetupError(f"{name}= is an option of one view, and no default")
    refuse_unknown("set_defaults", options, Defaults.__annotations__)
    given = cast(dict[str, object], options)
    Policy().override(given)
    _OF_BLUEPRINTS[blueprint] = {**_OF_BLUEPRINTS.get(blueprint, {}), **given}


def defaults_at(app: Flask, endpoint: str) -> list[tuple[str, dict[str, object]]]:
    """List the defaults of the blueprints that a view is in, the outermost first.

    :return: the names of the blueprints with their options.
    """
    found = []
    name = endpoint
    while name := name.rpartition(".")[0]:
        blueprint = app.blueprints.get(name)
        if isinstance(blueprint, Blueprint) and blueprint in _OF_BLUEPRINTS:
            found.append((name, _OF_BLUEPRINTS[blueprint]))
    return found[::-1]
