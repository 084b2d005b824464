"""What a report may say: no secret of who asks, no control character of who answers."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import replace

from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from ..conformance.wire import Response
from ..conformance.wire import shorten
from .addresses import mask_parameters
from .addresses import public_of
from .addresses import secrets_of
from .addresses import split as _split
from .masking import LEAST_CHARACTERS
from .masking import MASK as MASK
from .masking import Secrets

KEPT_CHARACTERS = 2_000
"""How much of a field or of a content a report keeps."""

_OPEN = ("accept", "accept-language", "prefer", "user-agent")
"""Fields whose values anybody sends; an echo of them gives nothing away."""

_COOKIE = re.compile(r"(?<==)[^;]+")


BEYOND = 500
"""How much of the rest is looked at, for a secret that lies across the cut."""


def visible(text: str, keep: str = "") -> str:
    """Write every character that does not print as an escape.

    That covers control characters, those that turn the direction of writing, and those that
    XML cannot hold.

    :param keep: characters that are left as they are, such as the newline.
    """
    return "".join(c if c.isprintable() or c in keep else _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Screen:
    """Makes what a check has seen safe to be shown to others.

    :param fields: what every request carries; their values are secrets.
    :param urls: parameters in them that are named or look like secrets are some too.
    """

    def __init__(self, fields: Iterable[tuple[str, str]], *urls: str) -> None:
        given = list(fields)
        self._names = {name.lower() for name, _ in given}
        whole: set[str] = set()
        parts: set[str] = set()
        for name, value in given:
            if name.lower() in _OPEN:
                continue
            found = _parts(value)
            whole |= {value.strip(), *found}
            parts |= set(found) or {value.strip()}
        own = {value for url in urls for value in secrets_of(url)}
        # To mask the server's address would hide nothing but the report.
        places = [place for url in urls if (place := _place(url))]
        whole = {value for value in whole | own if not any(p in value for p in places)}
        public = " ".join(public_of(url) for url in urls)
        self._secrets = Secrets(whole, (parts | own) & whole, public)

    def text(self, text: str, keep: str = "") -> str:
        """Mask secrets and escape what does not print."""
        return visible(self._secrets.mask(mask_parameters(text)), keep)

    def exchange(self, exchange: Exchange) -> Exchange:
        """Give an exchange that can be shown; long fields and contents are cut."""
        response = exchange.response
        safe = Response(
            response.status,
            self.text(response.phrase),
            self._fields(response.fields),
            self._body(response.body),
        )
        sent = self._fields(exchange.fields, self._names)
        target = self.text(exchange.target)
        return Exchange(exchange.method, target, sent, self._body(exchange.body), safe)

    def result(self, result: Result) -> Result:
        """Give a result that can be shown."""
        exchange = result.exchange
        if exchange and result.verdict is Verdict.PASS:  # no report shows its contents
            response = replace(exchange.response, body=b"")
            exchange = replace(exchange, body=b"", response=response)
        exchange = exchange and self.exchange(exchange)
        return replace(result, detail=self.text(result.detail), exchange=exchange)

    def _fields(self, fields: Fields, own: Iterable[str] = ()) -> Fields:
        return tuple(
            (self.text(name), MASK if name.lower() in own else self._field(name, value))
            for name, value in fields
        )

    def _field(self, name: str, value: str) -> str:
        """Show a field of an answer; a cookie may be the session of who asks."""
        if name.lower() == "set-cookie":
            value = _COOKIE.sub(MASK, value, count=1)
        return self._cut(value)

    def _body(self, body: bytes) -> bytes:
        try:
            text = body.decode().replace("\r\n", "\n")
        except UnicodeDecodeError:
            text = f"({len(body)} octets that are no text)"
        return self._cut(text, "\n\t").encode()

    def _cut(self, text: str, keep: str = "") -> str:
        if len(text) <= KEPT_CHARACTERS:
            return shorten(self.text(text, keep), KEPT_CHARACTERS)
        shown = self.text(text[: KEPT_CHARACTERS + BEYOND], keep)
        return f"{shown[:KEPT_CHARACTERS]}… ({len(text)} characters)"


def _parts(value: str) -> list[str]:
    """Give what a field's value is made of: credentials, cookies, the password in Basic."""
    scheme, _, credentials = value.strip().partition(" ")
    found = [credentials.strip()]
    found += [part.partition("=")[2].strip() for part in value.split(";")]
    if scheme.lower() == "basic":
        try:
            user_and_password = base64.b64decode(credentials).decode()
        except (binascii.Error, UnicodeDecodeError):
            pass
        else:
            found += [user_and_password, user_and_password.partition(":")[2]]
    return [part for part in found if len(part) >= LEAST_CHARACTERS]


def _place(url: str) -> str:
    parts = _split(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
