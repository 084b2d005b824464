"""The practice pages: what their data promises is there."""

import ast
import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.blocks.hazards import WORDS
from flask_preconditions.audit import RULES
from flask_preconditions.conformance import load_vectors

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "docgen/content/data"
VECTORS = {vector.id for vector in load_vectors()}


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


HAZARDS = read("hazards")["hazard"]
PROOFS = [(hazard["id"], proof) for hazard in HAZARDS for proof in hazard.get("proof", ())]


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def exists(proof: str) -> bool:
    """Tell whether a vector, a test or a rule of the audit of that name is there."""
    kind, _, name = proof.partition(" ")
    if kind == "vector":
        return name in VECTORS
    if kind == "audit":
        return name in RULES
    file, _, test = name.partition("::")
    return kind == "test" and (ROOT / file).is_file() and test in names_in(file)


@pytest.mark.parametrize(("hazard", "proof"), PROOFS, ids=lambda value: value.split("::")[-1])
def test_what_shows_that_a_hazard_is_handled_exists(hazard: str, proof: str) -> None:
    assert exists(proof), f"{hazard}: {proof}"


@pytest.mark.parametrize(
    "proof",
    ["vector no-such-vector", "test tests/flask/test_cli.py::test_nothing", "audit nothing", "x"],
)
def test_a_proof_that_is_not_there_is_found(proof: str) -> None:
    assert not exists(proof)


def test_hazards_are_numbered_without_a_gap_and_twenty_or_more() -> None:
    assert [hazard["id"] for hazard in HAZARDS] == [f"H{n}" for n in range(1, len(HAZARDS) + 1)]
    assert len(HAZARDS) >= 20


def test_the_page_counts_them_right() -> None:
    words = {30: "Thirty", 31: "Thirty-one", 32: "Thirty-two", 33: "Thirty-three"}
    page = (ROOT / "docgen/content/hazards.md").read_text(encoding="utf-8")
    assert page.count(f"{words[len(HAZARDS)]} ") == 2


def test_all_clients_but_one_give_a_412_as_a_response() -> None:
    clients = json.loads((DATA / "measured.json").read_text(encoding="utf-8"))["clients"]
    raising = [name for name, seen in clients.items() if seen["412"]["gives"] == "exception"]
    assert raising == ["urllib"]
    assert {seen["requests"] for seen in clients.values()} == {1}


def test_proofs_lead_to_their_vectors_and_rules(output: Path) -> None:
    page = HTMLParser((output / "hazards/index.html").read_text(encoding="utf-8"))
    links = {link.attributes["href"] for link in page.css(".proof a")}
    assert "../vectors/if-match/index.html#if-match-malformed-unquoted" in links
    assert "../extension/operation/index.html#unguarded-write" in links
    tests = [node.text() for node in page.css(".proof span[title^=tests]")]
    assert "“a write that was overtaken is 412 with the winners tag”" in tests


def test_a_proof_of_another_kind_is_refused(site: Any) -> None:
    site.write(
        "content/data/hazards.toml",
        '[[hazard]]\nid = "H1"\ntitle = "x"\nshows = "x"\ntodo = "x"\nclauses = ["9110 13.1.1"]\n'
        'extension = "prevents"\nhow = "x"\nproof = ["a talk"]\n',
    )
    site.page("index.md", "{{ hazards() }}\n")
    assert "hazards.toml: 'a talk' proves nothing; write 'vector <id>'" in site.refused()


def test_every_rule_of_the_audit_is_explained_with_the_line_that_mends_it(output: Path) -> None:
    page = HTMLParser((output / "extension/operation/index.html").read_text(encoding="utf-8"))
    assert [row.id for row in page.css(".rules tr[id]")] == list(RULES)
    fixes = [node.text() for node in page.css(".rules .note code")]
    assert fixes == [rule.fix for rule in RULES.values()]


def test_what_is_said_to_be_handled_is_shown() -> None:
    for hazard in HAZARDS:
        assert hazard["extension"] in WORDS
        assert hazard.get("proof") or hazard["extension"] == "leaves", hazard["id"]


def test_every_observed_claim_is_told_on_the_page_and_every_told_one_was_observed() -> None:
    page = (ROOT / "docgen/content/tools.md").read_text(encoding="utf-8")
    told = set(re.findall(r'"([\w-]+)"', " ".join(re.findall(r"{{ claims\((.*?)\)", page))))
    observed = set(json.loads((DATA / "measured.json").read_text())["claims"])
    assert told == observed == set(read("tools")["claims"])


def test_every_question_is_one_that_somebody_asked() -> None:
    questions = read("faq")["question"]
    assert len({question["asked"] for question in questions}) == len(questions) >= 10
    assert all(question["asked"].startswith("https://") for question in questions)


def test_the_apis_that_readers_look_for_are_compared() -> None:
    names = " ".join(api["name"] for api in read("clouds")["api"])
    for name in ("S3", "Google Cloud Storage", "Azure Blob", "Cosmos", "CouchDB", "Kubernetes"):
        assert name in names


def test_twelve_languages_or_more_have_their_constants() -> None:
    assert len({row["language"].partition(",")[0] for row in read("constants")["constant"]}) >= 12
