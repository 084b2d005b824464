"""Writes that nothing compares, and writes that are not one step with their check."""

import dis
import re
from collections.abc import Callable
from collections.abc import Iterator

from .findings import Finding
from .findings import count
from .findings import listed
from .functions import Function
from .functions import chain_of
from .functions import code_of
from .functions import is_opaque
from .functions import names_in
from .functions import names_reached
from .functions import reached_from
from .handlers import Handler
from .rules import Severity

# What the names in a view's code tell of it. In doubt it writes.
_WRITES = re.compile(
    r"(add|apply|bulk|clear|commit|create|delete|discard|drop|enqueue|erase|execute|extend|flush|"
    r"hset|incr|insert|merge|publish|put|remove|replace|save|set|unset|update|upsert|write)(_\w+)?|"
    r"append|delay|executemany|executescript|pop|popitem|post|send|setattr|setdefault|setex|"
    r"writelines"
)
_READS = re.compile(
    r"all|count|fetch\w+|filter\w*|find\w*|first|get\w*|one|one_or_404|one_or_none|order_by|"
    r"paginate|query|render\w*|scalars?|search\w*|select|validate\w*"
)
_SIGNS_IN = re.compile(
    r"confirm_login|create_(access|refresh)_token|log(in|out)_user|"
    r"(un)?set_(access|refresh|jwt)_cookies"
)
_STORES = {"STORE_ATTR", "STORE_SUBSCR", "DELETE_ATTR", "DELETE_SUBSCR", "STORE_GLOBAL"}


def find_unguarded(handlers: list[Handler]) -> Iterator[Finding]:
    """Find writes that nothing compares: one finding for a cause, however many views it has."""
    open_handlers = [
        h for h in handlers if h.writes and not (h.guarded or h.reason or h.calls_check)
    ]
    posts: dict[Callable[[list[Handler]], Finding], list[Handler]] = {}
    for same in _by_view(open_handlers):
        handler = same[0]
        if _is_out_of_sight(handler):
            posts.setdefault(_unseen, []).extend(same)
        elif handler.writes == ("POST",):  # it may well make something new: nobody can tell
            posts.setdefault(_cause(same), []).extend(same)
        else:
            message = f"{handler.endpoint} writes and compares nothing"
            yield Finding.of("unguarded-write", message, *(h.place for h in same))
    for cause, found in posts.items():
        yield cause(found)


def _by_view(handlers: list[Handler]) -> list[list[Handler]]:
    """Put the routes together that are alias URLs of one view."""
    found: dict[tuple[object, ...], list[Handler]] = {}
    for handler in handlers:
        key = (handler.endpoint, handler.writes, id(handler.method or handler.view))
        found.setdefault(key, []).append(handler)
    return list(found.values())


def _is_out_of_sight(handler: Handler) -> bool:
    chain = chain_of(handler.method or handler.view)
    return is_opaque(chain[-1])


def _cause(same: list[Handler]) -> Callable[[list[Handler]], Finding]:
    handler = same[0]
    names = names_reached(handler.function, handler.view_class)
    if _any(_SIGNS_IN, names):
        return _signs_in
    if _any(_READS, names) and not _seems_to_write(handler):
        return _only_reads
    # Values in the URL name something that is there already.
    return _changes if any(h.rule.arguments for h in same) else _makes


def _any(pattern: re.Pattern[str], names: set[str]) -> bool:
    return any(pattern.fullmatch(name) for name in names)


def _unseen(found: list[Handler]) -> Finding:
    verb = "is" if len(_endpoints(found)) == 1 else "are"
    message = f"{_views(found)} {verb} out of the audit's sight"
    return Finding.of("unseen-view", message, *(h.place for h in found))


def _signs_in(found: list[Handler]) -> Finding:
    does, do = "signs somebody in or out", "sign somebody in or out"
    return _of_posts(found, does, do, "signs in", Severity.INFO)


def _only_reads(found: list[Handler]) -> Finding:
    return _of_posts(found, "seems to read only", "seem to read only", "reads", Severity.INFO)


def _changes(found: list[Handler]) -> Finding:
    does = "acts on what its URL names and compares nothing"
    do = "act on what their URLs name and compare nothing"
    return _of_posts(found, does, do, None)


def _makes(found: list[Handler]) -> Finding:
    does, do = "writes and compares nothing", "write and compare nothing"
    return _of_posts(found, does, do, "makes a new one")


def _of_posts(
    found: list[Handler],
    does: str,
    do: str,
    reason: str | None,
    severity: Severity = Severity.WARNING,
) -> Finding:
    endpoints = _endpoints(found)
    fix = f'@unguarded("{reason}")  # or guard it' if reason else None
    if reason and len(endpoints) > 1:
        names = ", ".join(f'"{name}"' for name in endpoints)
        fix = f"PRECONDITIONS_AUDIT_ALLOW = [{names}]  # or guard them"
    message = f"{_views(found)} {does if len(endpoints) == 1 else do}"
    places = (handler.place for handler in found)
    return Finding.of("unguarded-write", message, *places, severity=severity, fix=fix)


def _endpoints(found: list[Handler]) -> list[str]:
    return list(dict.fromkeys(handler.endpoint for handler in found))


def _views(found: list[Handler]) -> str:
    endpoints = _endpoints(found)
    if len(endpoints) == 1:
        return endpoints[0]
    return f"{count(len(endpoints), 'view')} ({listed(endpoints)})"


def _seems_to_write(handler: Handler) -> bool:
    return any(map(_writes, reached_from(handler.function, handler.view_class)))


def _writes(function: Function) -> bool:
    names, code = names_in(function), code_of(function)
    if "select" in names:
        names -= {"execute"}
    if any(_WRITES.fullmatch(name) for name in names):
        return True
    return code is not None and any(s.opname in _STORES for s in dis.get_instructions(code))


def find_unconfirmed(handlers: list[Handler]) -> Iterator[Finding]:
    """Find writes that are compared, and not made one step with their check."""
    for handler in handlers:
        if not handler.writes or (handler.guarded and handler.guarded.guard is not None):
            continue
        names = names_reached(handler.function, handler.view_class)
        if not names.isdisjoint({"confirm", "lost"}):
            continue
        message = f"{handler.endpoint} compares, and never confirms what it writes"
        if handler.guarded is None and handler.calls_check:
            yield handler.finding("unconfirmed-write", message)
        elif handler.guarded is not None and _seems_to_write(handler):
            yield handler.finding("unconfirmed-write", message, Severity.WARNING)
