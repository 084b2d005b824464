"""What a page of another origin may send and read (Fetch, §3.3)."""

from ..recorded.exchange import CONDITIONAL
from ..recorded.exchange import Recorded
from ..recorded.exchange import joined
from ..rows import Facts

_ALWAYS = ("GET", "HEAD", "POST")


def cors_facts(recorded: Recorded) -> Facts:
    """Tell whether a page elsewhere asked, and what its browser lets it do."""
    sent, got = joined(recorded.sent), joined(recorded.got)
    origin = sent.get("origin")
    is_elsewhere = origin is not None and not _is_same(origin, recorded.url)
    asks = is_elsewhere and recorded.method == "OPTIONS"
    asks = asks and "access-control-request-method" in sent
    allowed = got.get("access-control-allow-origin", "")
    return {
        "is_elsewhere": is_elsewhere,
        "is_preflight": asks,
        "allowed": is_elsewhere and allowed in ("*", origin),
        "exposes": bool({"etag", "*"} & _names(got.get("access-control-expose-headers"))),
        "refused": _refused(recorded, sent, got) if asks else [],
    }


def _is_same(origin: str, url: str) -> bool:
    """Compare with the origin of a URL, whose scheme may not be known."""
    scheme, separator, rest = url.rpartition("//")[0], "//" in url, url.partition("//")[2]
    if not separator:
        return False
    place = f"{scheme}//{rest.partition('/')[0].partition('?')[0]}".lower()
    origin = origin.lower()
    return origin == place if scheme else origin.partition(":")[2] == place


def _refused(recorded: Recorded, sent: dict[str, str], got: dict[str, str]) -> list[str]:
    """Name the method and the conditions that were asked for and are not allowed."""
    allowed = _names(got.get("access-control-allow-headers"))
    asked = _names(sent.get("access-control-request-headers")) & set(CONDITIONAL)
    refused = sorted(asked - allowed) if "*" not in allowed else []
    method = sent["access-control-request-method"].strip(" \t")
    methods = _names(got.get("access-control-allow-methods"))
    if method not in _ALWAYS and not methods & {method.lower(), "*"}:
        refused.append(method)
    if not 200 <= recorded.status < 300:
        refused = [*sorted(asked), method]
    return refused


def _names(value: str | None) -> set[str]:
    return {name.strip(" \t").lower() for name in (value or "").split(",")} - {""}
