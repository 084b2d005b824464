"""The rules, read from ``rules.toml`` and seen to fit together.

A rule is about the exchanges of its topic, and finds a fault where all its rows hold, too. Each
carries an exchange that passes it and one that fails; the tests play both, and the site shows them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from ..core import CLAUSES
from ..core import Clause
from ..rows import Row
from ..rows import is_row


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """It breaks what an RFC requires, or loses updates."""
    WARNING = "warning"
    """It breaks what is recommended, or a client is led astray."""
    NOTE = "note"
    """It is good to know."""


class TableError(Exception):
    """The table of the rules does not fit together; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a rule follows from: a clause of an RFC or of the Fetch standard."""

    name: str
    url: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of exchanges.

    :param unseen: what is said where there was none of them.
    """

    id: str
    when: tuple[Row, ...]
    unseen: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    :param says: what is wrong, in a sentence that needs no more.
    :param when: the rows that hold where it is wrong, beside those of the topic.
    :param evidence: the lines that show it: ``> If-Match`` of the request, ``< ETag`` of the
        response, ``told< ETag`` of an earlier exchange, ``< content``. That a field is not there
        is shown, too, unless its name ends with a question mark.
    :param passes: a transcript in which nothing is wrong.
    :param fails: a transcript that breaks this rule.
    """

    id: str
    topic: Topic
    severity: Severity
    source: Source
    says: str
    fix: str
    when: tuple[Row, ...]
    evidence: tuple[str, ...]
    passes: str
    fails: str


_MEMBERS = {"id", "topic", "severity", "source", "says", "fix", "when", "evidence"}


@cache
def read_table() -> Mapping[str, Any]:
    """Give the table as it is written."""
    text = files(__package__).joinpath("rules.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def load_rules() -> tuple[Rule, ...]:
    """Give the rules in the order of the table.

    :raises TableError: when they do not fit together.
    """
    table = read_table()
    topics = {
        name: Topic(name, tuple(given["when"]), given["unseen"])
        for name, given in table["topics"].items()
    }
    rules = tuple(_rule(given, topics, table["sources"]) for given in table["rules"])
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise TableError(f"two rules have one id: {', '.join(ids)}")
    return rules


def find_rule(id: str) -> Rule | None:
    """Give the rule of an id."""
    return next((rule for rule in load_rules() if rule.id == id), None)


def _rule(
    given: Mapping[str, Any], topics: Mapping[str, Topic], sources: Mapping[str, Any]
) -> Rule:
    where = f"rule {given.get('id')}"
    if missing := {*_MEMBERS, "passes", "fails"} - given.keys():
        raise TableError(f"{where} lacks {', '.join(sorted(missing))}")
    if given["topic"] not in topics:
        raise TableError(f"{where}: there is no topic {given['topic']}")
    topic = topics[given["topic"]]
    for row in (*topic.when, *given["when"]):
        if not is_row(row):
            raise TableError(f"{where}: {row} is no row; one is [path, op, value]")
    return Rule(
        given["id"],
        topic,
        Severity(given["severity"]),
        _source(where, given["source"], sources),
        given["says"],
        given["fix"],
        tuple(given["when"]),
        tuple(given["evidence"]),
        given["passes"],
        given["fails"],
    )


def _source(where: str, named: str, sources: Mapping[str, Any]) -> Source:
    if named in sources:
        return Source(sources[named]["name"], sources[named]["url"])
    rfc, _, section = named.partition(" ")
    if not rfc.isdigit() or not section:
        raise TableError(f"{where}: there is no source {named}")
    clause = CLAUSES.get(named) or Clause(int(rfc), section, "")
    return Source(str(clause), clause.url)


def as_data() -> dict[str, Any]:
    """Give what another engine needs to judge by the same rules, as JSON can have it."""
    rules = load_rules()
    topics = {rule.topic.id: rule.topic for rule in rules}
    return {
        "topics": {t.id: {"when": t.when, "unseen": t.unseen} for t in topics.values()},
        "rules": [
            {
                "id": rule.id,
                "topic": rule.topic.id,
                "severity": rule.severity,
                "source": [rule.source.name, rule.source.url],
                "says": rule.says,
                "fix": rule.fix,
                "when": rule.when,
                "evidence": rule.evidence,
            }
            for rule in rules
        ],
    }
