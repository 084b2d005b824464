"""What a guard promises the clients of an API, in sentences of Markdown."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Flask

from flask_preconditions import Policy
from flask_preconditions.core import SAFE_METHODS
from flask_preconditions.openapi.operations import source_of

if TYPE_CHECKING:
    from flask_preconditions.audit import UnguardedRoute

_MAX_AGE = re.compile(r"max-age=(\d+)")


def of_read(*, has_tag: bool) -> str:
    """Say what a client sends with a read to save the transfer."""
    if has_tag:
        return "`If-None-Match` with the tag you have, to save the transfer"
    return "`If-Modified-Since` with the `Last-Modified` you have, to save the transfer"


def of_write(*, has_tag: bool, has_date: bool, creates: bool) -> str:
    """Say what a client sends with a write."""
    condition = "`If-Match` with the tag you read"
    if not has_tag:
        condition = "`If-Unmodified-Since` with the `Last-Modified` you read"
    elif has_date:
        condition += " (or `If-Unmodified-Since` with its date)"
    return f"{condition}, or `If-None-Match: *` to create" if creates else condition


def of_caching(policy: Policy) -> Iterator[str]:
    """Say how long a copy may be used, and when to ask."""
    control = policy.cache_control or ""
    found = _MAX_AGE.search(control)
    if "no-store" in control:
        yield f"The answer has `Cache-Control: {control}`: keep no copy beyond what you work on."
    elif found and int(found[1]) and "no-cache" not in control:
        yield (
            f"The answer has `Cache-Control: {control}`: a copy may be used for "
            f"{_seconds(int(found[1]))} without asking. Then send its tag, and a 304 makes it "
            "fresh again. Before a change, and after a 412, read past every cache: "
            "`Cache-Control: no-cache`."
        )
    elif control:
        yield (
            f"The answer has `Cache-Control: {control}`: keep a copy, and send its tag each time "
            "before you use it. A 304 says that it is still good."
        )
    else:
        yield (
            "How long a copy stays good is not told: send its tag before you use it again. A 304 "
            "says that it is still good."
        )
    yield from _of_vary(policy)


def of_policy(
    app: Flask, endpoint: str, method: str, policy: Policy, *, has_tag: bool
) -> Iterator[str]:
    """Say what else a client may rely on when it writes."""
    asks = policy.require
    if callable(asks):
        yield "Some requests need a condition: without one, these are refused with 428."
    elif asks == "unsafe" if isinstance(asks, str) else method in asks:
        yield "A condition is required: without one, the answer is 428."
    else:
        yield "A condition is optional. Without one, the last write wins."
    if has_tag and method != "DELETE":
        if method == "PUT" and policy.put_etag == "never":
            yield "A success does not tell the new tag: read again before the next change."
        else:
            yield "A success tells the new tag in `ETag`: send that one with the next change."
    if source := source_of(app, endpoint, policy):
        yield source.replace("A validator of what this changes, as", "The tag is the one that")
    if policy.disclose == "none":
        yield "A 412 does not tell the current tag."
    elif callable(policy.disclose):
        yield "A 412 shows the current state in `current`."
    if policy.already_applied is not None:
        yield "What is as you want it already is answered with 204, whatever the tag."
    if policy.accept_weakened or policy.etag_suffixes:
        yield "A tag that compression changed on its way to you is recognised."
    yield from _of_vary(policy)


def _of_vary(policy: Policy) -> Iterator[str]:
    if policy.vary:
        names = " and ".join(f"`{name}`" for name in sorted(policy.vary))
        yield f"The tag depends on {names}: send the same value with the read and with the change."


def of_unguarded(route: "UnguardedRoute") -> str:
    """Say why a route looks at no condition."""
    if route.reason:
        return f"{route.reason[:1].upper()}{route.reason[1:]}"
    if route.compares:
        return "Compares conditions by itself"
    if all(method in SAFE_METHODS for method in route.methods):
        return "Reads only"
    if route.allowed:
        return "Needs no condition"
    if route.methods == ("POST",):  # it may well make something new
        return "Looks at no condition"
    return "Looks at no condition: the last write wins"


def _seconds(number: int) -> str:
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if number >= size and number % size == 0:
            count = number // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{number} second{'' if number == 1 else 's'}"
