"""What was given as a secret is masked, in whatever form it is said back."""

import base64
import html
import json
import quopri
from collections.abc import Callable
from urllib.parse import quote
from urllib.parse import quote_plus

import pytest

from flask_preconditions.checker.text import Screen
from flask_preconditions.conformance.wire import Exchange
from flask_preconditions.conformance.wire import Response

SECRET = "aB3+/x-Yz==9q~t.K"
URL = "http://127.0.0.1:5000/docs/welcome"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper": str.upper,
    "lower": str.lower,
    "backwards": lambda s: s[::-1],
    "percent": lambda s: quote(s, safe=""),
    "percent, lower case": lambda s: quote(s, safe="").lower(),
    "percent, each octet": lambda s: "".join(f"%{ord(c):02x}" for c in s),
    "percent, twice": lambda s: quote(quote(s, safe=""), safe=""),
    "a form": quote_plus,
    "JSON of .NET": lambda s: json.dumps(s).replace("+", "\\u002B").strip('"'),
    "JSON of PHP": lambda s: json.dumps(s).replace("/", "\\/").strip('"'),
    "JSON in JSON": lambda s: json.dumps(json.dumps({"a": s})),
    "JSON, each character": lambda s: "".join(f"\\u{ord(c):04X}" for c in s),
    "entities": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "entities of .NET": lambda s: html.escape(s).replace("+", "&#x2B;"),
    "entities with names": lambda s: s.replace("+", "&plus;").replace("/", "&sol;"),
    "escapes of C": lambda s: "".join(f"\\x{ord(c):02x}" for c in s),
    "base64": encoded,
    "base64 for URLs": lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "base64, shifted by one": lambda s: encoded("u" + s + "vw"),
    "base64, shifted by two": lambda s: encoded("u:" + s + "v"),
    "base64 of JSON": lambda s: encoded(json.dumps({"token": s})),
    "base64 of base64": lambda s: encoded(encoded(s)),
    "base64, percent": lambda s: quote(encoded(s), safe=""),
    "base32": lambda s: base64.b32encode(b"abc" + s.encode()).decode(),
    "hex": lambda s: s.encode().hex(),
    "hex with colons": lambda s: s.encode().hex(":").upper(),
    "quoted-printable": lambda s: quopri.encodestring(s.encode(), quotetabs=True).decode(),
    "quoted-printable, each octet": lambda s: "".join(f"={ord(c):02X}" for c in s),
    "UTF-16": lambda s: s.encode("utf-16-le").decode("latin-1"),
    "two lines": lambda s: s[:5] + "\r\n" + s[5:],
    "cut": lambda s: s[:-2],
    "cut at the front": lambda s: s[2:],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "field", [("Authorization", f"Bearer {SECRET}"), ("Cookie", f"a=1; sid={SECRET}")]
)
def test_a_secret_is_masked_in_every_form(form: str, field: tuple[str, str]) -> None:
    shown = Screen([field], URL).text(f"you sent <{FORMS[form](SECRET)}>, at {URL}")
    assert shown.startswith("you sent <")
    assert "[masked]" in shown
    assert shown.endswith(f">, at {URL}")
    left = shown.removeprefix("you sent <").removesuffix(f">, at {URL}").replace("[masked]", "")
    assert len(left) < 22, shown
    assert not any(SECRET[place : place + 4] in left for place in range(len(SECRET) - 4))


@pytest.mark.parametrize(
    "query",
    [
        "code=abcdef",
        "access_token=abcdef",
        "page=2&code=abcdef",
        "X-Amz-Signature=abcdef",
        "ticket=abcdef",
        "q=9f8e7d6c5b4a39281706aZ",
        "pin=98",
    ],
)
def test_what_a_query_says_is_masked_where_it_is_a_secret(query: str) -> None:
    url = f"{URL}?{query}"
    value = query.rpartition("=")[2]
    shown = Screen([], url).text(f"{url} and again {value}" if len(value) > 3 else url)
    assert value not in shown
    assert "page=2" in shown or "page" not in query


@pytest.mark.parametrize(
    "url",
    [
        "http://h/docs;jsessionid=ABCDEF0123/one",
        "http://h/docs;jsessionid=ABCDEF0123?page=2",
        "http://h/docs#access_token=ABCDEF0123",
        "http://h/docs#ABCDEF0123",
        "http://me:ABCDEF0123@h/docs",
        "http://h/docs?ABC=1&session=ABCDEF0123",
    ],
)
def test_a_secret_may_stand_anywhere_in_a_url(url: str) -> None:
    shown = Screen([], url).text(f"{url} {url}")
    assert "ABCDEF0123" not in shown
    assert "http://" in shown
    assert "/docs" in shown


def test_what_anybody_may_see_is_not_masked() -> None:
    fields = [
        ("Accept", "application/json"),
        ("User-Agent", "checker of the team"),
        ("Referer", URL),
        ("Cookie", f"next={URL}; theme=dark"),
    ]
    plain = f"application/json {URL} checker of the team /docs/welcome?page=2&id=17"
    assert Screen(fields, URL).text(plain) == plain
    uuid = "/d?id=550e8400-e29b-11d4-a716-446655440000&since=2026-01-02T03:04:05Z"
    assert Screen([], f"http://h{uuid}").text(uuid) == uuid


def test_a_long_text_is_masked_in_little_time_and_from_end_to_end() -> None:
    screen = Screen([("Authorization", f"Bearer {SECRET}")], URL)
    body = ("lorem ipsum 1234567890abcdef " * 300)[:7990] + SECRET
    told = Response(200, "OK", (), body.encode())
    shown = screen.exchange(Exchange("GET", "/docs", (), b"", told))
    assert SECRET[:8] not in shown.response.body.decode()
