"""The parts of a URL: what everybody may see of it, and what is a secret."""

import re
from collections.abc import Iterator
from urllib.parse import SplitResult
from urllib.parse import parse_qsl
from urllib.parse import urlsplit

from .masking import MASK

_NAMES = (
    "token|secret|sig|key|passw|pwd|pass$|auth|sess|cred|jwt|hmac|assertion|ticket|nonce|cookie|otp"
    "|bearer|^sid$|^code$|^state$|^pin$"
)
_IS_SECRET = re.compile(_NAMES, re.IGNORECASE)
_PARAMETER = re.compile(r"(?<=[?&;#])([^=&;#?\s'\"<>/]{1,80})=([^&;#\s'\"<>]+)")

# What nobody has thought of: long, of letters and digits, and neither a date nor an identifier.
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.~+/=-]{20,}")
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\dTZ:.+-]+", re.IGNORECASE)


def is_secret(name: str, value: str) -> bool:
    """Tell whether a parameter is named like a secret, or its value looks like one."""
    is_random = _RANDOM.fullmatch(value) and not _IDENTIFIER.fullmatch(value)
    return bool(_IS_SECRET.search(name) or is_random)


def split(url: str) -> SplitResult:
    """Split what may be no URL at all."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", url, "", "")


def secrets_of(url: str) -> Iterator[str]:
    """Give what is a secret in a URL: of its query, its path, its fragment and its user."""
    parts = split(url)
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    yield from filter(None, (password, f"{user}:{password}" if password else user))
    path = re.findall(r";([^;/]+)", parts.path)
    for text in (parts.query, parts.fragment, *path):
        for name, value in parse_qsl(text.replace(";", "&"), keep_blank_values=True):
            if is_secret(name, value):
                yield value
    if parts.fragment and not parse_qsl(parts.fragment):
        yield parts.fragment


def public_of(url: str) -> str:
    """Give what of a URL everybody may see: the server, and the path without parameters."""
    parts = split(url)
    path = re.sub(r";[^/]*", "", parts.path)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"


def mask_parameters(text: str) -> str:
    """Mask the parameters of URLs in a text that are named like secrets, however short."""

    def mask(match: re.Match[str]) -> str:
        return f"{match[1]}={MASK}" if _IS_SECRET.search(match[1]) else match[0]

    return _PARAMETER.sub(mask, text) if "=" in text else text
