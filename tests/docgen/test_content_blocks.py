"""The blocks of the reference: statuses, cases, grammar, ways to other pages."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.blocks.registry import MODULES
from docgen.blocks.registry import find_functions
from flask_preconditions.conformance import load_vectors
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate
from flask_preconditions.inspector import load_rules
from flask_preconditions.lab import load_lessons
from flask_preconditions.pages import rule_page
from flask_preconditions.pages import vector_page
from flask_preconditions.problems import PROBLEM_TYPES

CHOICE = """\
[[choice]]
status = 412
phrase = "Precondition Failed"
when = "a condition is false."
then = "reads again."
wrong = "For *anything* else."
clauses = ["9110 15.5.13"]

[[choice]]
status = 409
phrase = "Conflict"
when = "the state is in the way."
then = "resolves it."
clauses = ["9110 15.5.1"]
"""


def test_a_public_function_of_a_module_is_a_block(site: Any) -> None:
    functions = find_functions()
    assert {function.__module__ for function in functions.values()} == {
        module.__name__ for module in MODULES
    }
    assert not [name for name in functions if name.startswith("_")]
    site.page("index.md", "{{ nothing() }}\n")
    assert "there is no block 'nothing'; did you mean" in site.refused()


def test_two_blocks_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docgen.blocks.registry.MODULES", (*MODULES, MODULES[0]))
    with pytest.raises(TypeError, match="both have"):
        find_functions()


def test_a_table_shows_the_statuses_it_is_asked_for_in_their_order(site: Any) -> None:
    site.write("content/data/decision.toml", CHOICE)
    site.page("index.md", "{{ decision_table(409, 412) }}\n\n{{ decision_table() }}\n")
    site.built()
    tables = HTMLParser(site.html()).css(".decision")
    shown = [[node.text() for node in table.css(".status")] for table in tables]
    assert shown == [["409", "412"], ["412", "409"]]


def test_a_status_without_a_wrong_use_shows_none(site: Any) -> None:
    site.write("content/data/decision.toml", CHOICE)
    site.page("index.md", "{{ choice(412) }}\n\n{{ choice(409) }}\n")
    site.built()
    choices = HTMLParser(site.html()).css(".choice")
    assert [len(choice.css(".choice-wrong")) for choice in choices] == [1, 0]
    assert choices[0].css_first(".choice-wrong em").text() == "anything"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("choice(500)", "no choice 500; data/decision.toml has: 412, 409"),
        ("decision_table(500)", "no choice 500"),
        ("vectors('nothing')", "no group 'nothing' of vectors; there are: if-match, "),
        ("vectors('if-match', 'nothing')", "no vector 'nothing' in if-match.toml"),
        ("promises('nothing')", "the contract has no part 'nothing'; it has: retry, "),
        ("related('nothing')", "no 'nothing'; data/related.toml has: here"),
        ("cards('nothing')", "no cards 'nothing'; data/cards.toml has: start"),
        ("grammar('nothing')", "no 'nothing'; data/grammar.toml has: if-match"),
        ("client_tabs('nothing')", "snippets/clients/python has no region 'nothing'"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(site: Any, call: str, message: str) -> None:
    write_data(site)
    site.page("index.md", f"One.\n\n{{{{ {call} }}}}\n")
    assert f"Error: content/index.md:7: {message}" in site.refused()


def write_data(site: Any) -> None:
    site.write("content/data/decision.toml", CHOICE)
    site.write("content/data/contract.toml", "holds = []\ndoes_not_hold = []\n")
    site.write(
        "content/data/related.toml",
        '[titles]\n"/other/" = "Other"\n"/gone/" = "Gone"\n[pages]\nhere = ["/gone/", "/other/"]\n',
    )
    site.write(
        "content/data/cards.toml",
        '[[start]]\ntitle = "One"\ntext = "Do *it*."\n'
        'links = [{ text = "Gone", href = "/gone/" }, { text = "Other", href = "/other/" }]\n',
    )
    site.write(
        "content/data/grammar.toml",
        '[if-match]\nrules = \'If-Match = "*" / #entity-tag\'\nclauses = ["9110 13.1.1"]\n',
    )
    site.write("snippets/clients/clients.toml", '[python]\ntitle = "Py"\nsources = ["client.py"]\n')
    site.write(
        "snippets/clients/python/client.py",
        "# :snippet-start: update\ndef update(): pass\n# :snippet-end:\n",
    )


def test_ways_lead_to_the_pages_that_a_site_has(site: Any) -> None:
    write_data(site)
    site.page("index.md", "{{ related('here') }}\n\n{{ cards('start') }}\n")
    site.built()
    page = HTMLParser(site.html())
    for links in (page.css(".related a"), page.css(".card a")):
        assert [(a.text(), a.attributes["href"]) for a in links] == [("Other", "other/index.html")]


def test_a_related_page_needs_a_title(site: Any) -> None:
    write_data(site)
    site.write("content/data/related.toml", '[titles]\n[pages]\nhere = ["/other/"]\n')
    site.page("index.md", "{{ related('here') }}\n")
    assert "content/data/related.toml:3: /other/ has no title in [titles]" in site.refused()


def test_grammar_is_quoted_with_its_clause(site: Any) -> None:
    write_data(site)
    site.page("index.md", "{{ grammar('if-match') }}\n")
    site.built()
    block = HTMLParser(site.html()).css_first(".grammar")
    assert block.css_first("code").text() == 'If-Match = "*" / #entity-tag'
    assert block.css_first("a.clause").text() == "RFC 9110 §13.1.1"


@pytest.mark.parametrize(
    "problem", ["precondition-failed", "precondition-required", "malformed-precondition"]
)
def test_a_problem_leads_to_its_request_in_the_playground(output: Path, problem: str) -> None:
    page = HTMLParser((output / f"problems/{problem}/index.html").read_text())
    link = next(node for node in page.css("article a") if "playground" in node.text())
    address, _, query = (link.attributes["href"] or "").partition("?")
    assert address == "../../try/playground/index.html"
    sent = dict(parse_qsl(query))
    fields = [(name, value) for name, value in sent.items() if name.startswith("If-")]
    state = Validators(EntityTag.parse(sent["etag"]))
    decision = evaluate(sent["method"], fields, state, required=True)
    assert PROBLEM_TYPES[decision.outcome].slug == problem


def test_clients_show_a_region_in_tabs(site: Any) -> None:
    write_data(site)
    site.page("index.md", "{{ client_tabs('update') }}\n")
    site.built()
    tab = HTMLParser(site.html()).css_first(".tabs .tab")
    assert tab.id == "update-python"
    assert tab.css_first("code").text() == "def update(): pass"
    assert tab.css_first(".code-file").text() == "client.py"


def test_clients_that_are_not_listed_are_no_silent_gap(site: Any) -> None:
    site.write("snippets/clients/clients.toml", "")
    site.page("index.md", "{{ client_tabs('update') }}\n")
    assert "snippets/clients/clients.toml: this file lists no client" in site.refused()


def test_cases_of_a_group_can_be_linked_and_a_choice_of_them_says_how_many(site: Any) -> None:
    call = "vectors('if-range', 'if-range-star', 'if-range-current-tag')"
    site.page("index.md", f"{{{{ {call} }}}}\n\n{{{{ vectors('if-range') }}}}\n")
    site.built()
    page = HTMLParser(site.html())
    some, whole = page.css(".vectors")
    ids = [row.attributes["data-vector"] for row in some.css("tbody tr")]
    assert ids == ["if-range-star", "if-range-current-tag"]
    assert some.css("[id]") == []
    assert whole.css("tr#if-range-star")
    total = len(whole.css("tbody tr"))
    assert page.css_first(".vectors-note").text() == (
        'The resource has ETag: "v1" and Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT, unless the '
        f"row says otherwise. 2 of {total} cases that are run against every server."
    )


def test_a_long_value_is_cut_and_a_missing_resource_is_named(site: Any) -> None:
    site.page("index.md", "{{ vectors('if-none-match') }}\n")
    site.built()
    page = HTMLParser(site.html())
    long = page.css_first("tr#if-none-match-10000-tags").text()
    assert "characters)" in long
    assert len(long) < 400
    assert "no such resource" in page.css_first("tr#if-none-match-star-put-absent").text()
    assert "no validator" in page.css_first("tr#if-none-match-no-validators").text()


def test_control_characters_of_a_case_are_spelled(site: Any) -> None:
    site.page("index.md", "{{ vectors('if-match') }}\n")
    site.built()
    text = HTMLParser(site.html()).css_first(".vectors").text()
    assert 'If-Match: "a\\x01b"' in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


def test_the_pages_that_findings_link_to_are_there(output: Path) -> None:
    site = "https://docs.example/"
    pages = [rule_page(site, rule.id) for rule in load_rules()]
    pages += [vector_page(site, vector.id) for vector in load_vectors()]
    texts = {}
    for page in pages:
        path, _, anchor = str(page).removeprefix(site).partition("#")
        if path not in texts:
            texts[path] = (output / path / "index.html").read_text(encoding="utf-8")
        assert f'id="{anchor}"' in texts[path], page


def test_the_lessons_are_on_their_page_with_every_step(output: Path) -> None:
    page = HTMLParser((output / "try/lab/index.html").read_text(encoding="utf-8"))
    words = " ".join(page.css_first(".lab-lessons").text().split())
    for lesson in load_lessons():
        for step in lesson.steps:
            for told in (step.say, step.learnt):
                assert " ".join(told.split()) in words, told
    markdown = (output / "try/lab/index.md").read_text(encoding="utf-8")
    assert 'If-Match: {etag}\n\n   {"title": "Welcome"' in markdown
