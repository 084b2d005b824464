"""What a report may say: no secret of who asks, no control character of who answers."""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl
from urllib.parse import quote
from urllib.parse import urlsplit

from ..conformance.verdicts import Result
from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from ..conformance.wire import Response
from ..conformance.wire import shorten

MASK = "[masked]"
KEPT_CHARACTERS = 2_000
"""How much of a field or of a content a report keeps."""

_LEAST_CHARACTERS = 4
"""Parts of a secret that are shorter are words of any text."""

_SECRET_PARAMETER = re.compile(
    r"token|secret|sig|key|passw|pwd|auth|sess|credential|jwt|^sid$", re.IGNORECASE
)
_COOKIE = re.compile(r"(?<==)[^;]+")


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
    :param url: parameters of its query that are named like secrets are some too.
    """

    def __init__(self, fields: Iterable[tuple[str, str]], url: str = "") -> None:
        self._names = {name.lower() for name, _ in fields}
        secrets: set[str] = set()
        for _, value in fields:
            secrets |= {value.strip(), *_parts(value)}
        for name, value in parse_qsl(urlsplit(url).query):
            if _SECRET_PARAMETER.search(name):
                secrets.add(value)
        # To mask a word of any text, or the server's address, would hide nothing but the report.
        place = "{}://{}".format(*urlsplit(url))
        masked = {s for s in secrets if len(s) >= _LEAST_CHARACTERS and not _is_place(s, place)}
        forms = {form for secret in masked for form in _forms(secret)}
        # The longest first, or a part of it would hide it.
        self._secrets = sorted(forms, key=len, reverse=True)

    def text(self, text: str, keep: str = "") -> str:
        """Mask secrets and escape what does not print."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return visible(text, keep)

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
        exchange = result.exchange and self.exchange(result.exchange)
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
        return shorten(self.text(text, keep), KEPT_CHARACTERS)


def _parts(value: str) -> Iterable[str]:
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
    return [part for part in found if len(part) >= _LEAST_CHARACTERS]


def _forms(secret: str) -> set[str]:
    """Give how a server may write a secret that it echoes."""
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),  # as PHP does
    }


def _is_place(secret: str, place: str) -> bool:
    """Tell whether a value names the server: a part of its address, or a URL there."""
    return secret in place or (place in secret and place != "://")
