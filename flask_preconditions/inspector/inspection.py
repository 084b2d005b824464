"""Judges exchanges by the rules."""

import re
from collections import Counter
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult
from urllib.parse import urlsplit
from urllib.parse import urlunsplit

from ..checker.text import MASK
from ..checker.text import Screen
from ..conformance.wire import Fields
from ..conformance.wire import shorten
from ..recorded.exchange import Recorded
from ..rows import Facts
from ..rows import Row
from ..rows import follow
from ..rows import satisfies
from .facts import request_facts
from .facts import response_facts
from .history import history_facts
from .origins import cors_facts
from .report import InspectReport
from .report import Remark
from .table import Rule
from .table import Severity
from .table import load_rules

SHOWN_CHARACTERS = 300
"""How much of a line is evidence."""

_LEAST_CHARACTERS = 4
_SECRET = re.compile(r"auth|cookie|key|pass|secret|session|token", re.IGNORECASE)
_LINE = re.compile(r"(?P<at>[a-z_]*)(?P<side>[<>]) (?P<name>[^?]+)(?P<may>\??)")


@dataclass(frozen=True, slots=True)
class Capture:
    """What is to be judged.

    :param name: the URL, or the name of the file.
    :param is_of_resource: whether it was recorded for its resource; what a browser saved of a
        page was not.
    :param left_out: why parts of the record were not looked at.
    :param secrets: fields of every request whose values no report may have.
    """

    name: str
    exchanges: Sequence[Recorded]
    is_of_resource: bool = True
    left_out: Sequence[str] = ()
    secrets: Fields = ()


def facts_of(capture: Capture) -> list[Facts]:
    """Tell what the exchanges are."""
    histories = history_facts(capture.exchanges, capture.is_of_resource)
    return [
        {
            "request": request_facts(one),
            "response": response_facts(one),
            "cors": cors_facts(one),
            "history": history,
        }
        for one, history in zip(capture.exchanges, histories, strict=True)
    ]


def holds(rows: Iterable[Row], facts: Facts) -> bool:
    """Tell whether all rows hold."""
    return all(satisfies(follow(row[0].split("."), facts), *row[1:]) for row in rows)


def judge(capture: Capture) -> list[tuple[int, Rule]]:
    """Give the rules that are broken, each with the exchange that breaks it."""
    return [
        (place, rule)
        for place, facts in enumerate(facts_of(capture))
        for rule in load_rules()
        if holds(rule.topic.when, facts) and holds(rule.when, facts)
    ]


def inspect(capture: Capture, notes: Iterable[tuple[int, str, str]] = ()) -> InspectReport:
    """Judge a capture.

    :param notes: what another linter says: the exchange, the id and a sentence.
    """
    facts = facts_of(capture)
    screen = _screen(capture)
    own = {name.lower() for name, _ in capture.secrets}
    remarks: dict[tuple[str, str, str], Remark] = {}

    def add(place: int, rule: Rule | None, **note: str) -> None:
        one = capture.exchanges[place]
        key = (rule.id if rule else note["id"], one.method, one.url)
        if first := remarks.get(key):
            remarks[key] = replace(first, count=first.count + 1)
            return
        shown = screen.exchange(_safe(one, own).as_exchange())
        if rule is None:
            says = shorten(screen.text(note["says"]), SHOWN_CHARACTERS)
            made = Remark(note["id"], Severity.NOTE, None, says, "", (), place + 1, shown)
        else:
            lines = evidence(rule, place, capture.exchanges, facts[place])
            told = tuple(screen.text(line) for line in lines)
            about = (rule.id, rule.severity, rule.source, rule.says, rule.fix)
            made = Remark(*about, told, place + 1, shown)
        remarks[key] = made

    topics = {rule.topic.id: rule.topic for rule in load_rules()}
    seen: set[str] = set()
    for place, each in enumerate(facts):
        here = {id for id, topic in topics.items() if holds(topic.when, each)}
        seen |= here
        for rule in load_rules():
            if rule.topic.id in here and holds(rule.when, each):
                add(place, rule)
    for place, id, says in notes:
        add(place, None, id=id, says=says)
    order = list(Severity)
    found = sorted(remarks.values(), key=lambda one: order.index(one.severity))
    unseen = tuple(
        (topic.unseen, tuple(rule.id for rule in load_rules() if rule.topic is topic))
        for topic in topics.values()
        if topic.id not in seen
    )
    left_out = Counter(capture.left_out)
    lacking = sum(one.content is None for one in capture.exchanges)
    if lacking:
        left_out["the record does not have the content of the response"] += lacking
    unasked = sum(not one.method for one in capture.exchanges)
    if unasked:
        left_out["the record does not have the request"] += unasked
    name = screen.text(_without_user(capture.name))
    return InspectReport(name, len(capture.exchanges), tuple(found), unseen, left_out)


def evidence(rule: Rule, place: int, exchanges: Sequence[Recorded], facts: Facts) -> list[str]:
    """Give the lines that show a finding, nothing of them masked."""
    lines = []
    for text in rule.evidence:
        found = _LINE.fullmatch(text)
        assert found is not None, text
        at: Any = facts["history"]["earlier"].get(found["at"]) if found["at"] else place
        if at is None:
            continue
        one, side, name = exchanges[at], found["side"], found["name"]
        before = f"exchange {at + 1}: " if at != place else ""
        fields = one.sent if side == ">" else one.got
        if name == "content":
            content = (one.body if side == ">" else one.content) or b""
            text = content.decode(errors="replace").strip()
            lines += [f"{before}{side} {shorten(text, SHOWN_CHARACTERS)}"] if text else []
            continue
        values = [value for key, value in fields if key.lower() == name.lower()]
        said = [f"{name}: {shorten(value, SHOWN_CHARACTERS)}" for value in values]
        absent = [] if found["may"] else [f"(no {name})"]
        lines += [f"{before}{side} {line}" for line in said or absent]
    return lines


def _screen(capture: Capture) -> Screen:
    """Make a screen of every secret in a capture."""
    secrets: dict[tuple[str, str], None] = dict.fromkeys(capture.secrets)
    urls = [capture.name, *(one.url for one in capture.exchanges)]
    for one in capture.exchanges:
        for name, value in one.sent:
            if _SECRET.search(name):
                secrets[name, value] = None
        for name, value in one.got:
            if name.lower() == "set-cookie":  # its attributes, such as the path, are none
                secrets[name, value.partition(";")[0]] = None
    for url in dict.fromkeys(urls):
        user = _place(url).rpartition("@")[0]
        secrets["authorization", user] = secrets["authorization", user.partition(":")[2]] = None
    query = "&".join(dict.fromkeys(q for url in urls if (q := _split(url).query)))
    # What is shorter is a word of any text; in its own place it is masked all the same.
    long = [(name, value) for name, value in secrets if len(value.strip()) >= _LEAST_CHARACTERS]
    return Screen(long, f"//any/?{query}")


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _place(url: str) -> str:
    return _split(url).netloc


def _without_user(url: str) -> str:
    parts, place = _split(url), _place(url)
    if "@" not in place:
        return url
    return urlunsplit(parts._replace(netloc=f"{MASK}@{place.rpartition('@')[2]}"))


def _safe(one: Recorded, own: Collection[str]) -> Recorded:
    """Mask what is a secret by its name or its place.

    What was written, and what was read, is nobody's business but theirs; a refusal explains.
    """

    def mask(fields: Fields) -> Fields:
        return tuple(
            (name, MASK if _SECRET.search(name) or name.lower() in own else value)
            for name, value in fields
        )

    content = one.content if one.status >= 400 else b""
    url = _without_user(one.url)
    return replace(one, url=url, sent=mask(one.sent), got=mask(one.got), body=b"", content=content)
