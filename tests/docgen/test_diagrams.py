"""The drawings, and the mistakes in the data they are made from."""

import re
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.blocks.drawing import WIDTH
from flask_preconditions.core import PRECEDENCE

HEAD = '[made]\ntitle = "Made"\nparticipants = ["Client", "Server"]\n'
GOOD = """\
events = [
  { from = "Client", to = "Server", text = ["PUT", 'If-Match: "a"'] },
  { from = "Server", to = "Client", text = ["412"], tone = "refused" },
  { note = "Nothing <b> is written." },
]
"""


def draw(site: Any, data: str) -> None:
    site.write("content/data/sequences.toml", data)
    site.page("index.md", "{{ sequence('made') }}\n")


def test_a_sequence_is_drawn_and_told(site: Any) -> None:
    draw(site, HEAD + GOOD)
    site.built()
    page = HTMLParser(site.html())
    words = [item.text() for item in page.css(".diagram-words li")]
    assert words == [
        'Client to Server: PUT, If-Match: "a"',
        "Server to Client: 412",
        "Nothing <b> is written.",
    ]
    assert [node.text() for node in page.css(".diagram svg text")] == [
        *("Client", "Server", "PUT", 'If-Match: "a"', "412", "Nothing <b> is written.")
    ]
    assert page.css_first(".diagram title").text() == "Made"
    assert page.css_first(".diagram desc").text() == f"{words[0]}. {words[1]}. {words[2]}"


def test_arrows_point_from_the_sender_to_the_receiver(site: Any) -> None:
    draw(site, HEAD + GOOD)
    site.built()
    heads = HTMLParser(site.html()).css(".diagram svg path.draw-head")
    tips = [float(re.match(r"M([\d.]+) ", str(head.attributes["d"]))[1]) for head in heads]  # type: ignore[index]
    assert tips[0] > WIDTH / 2 > tips[1]
    assert "is-refused" in str(heads[1].attributes["class"])


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (HEAD + GOOD.replace('to = "Server"', 'to = "Cache"'), None, "no participant 'Cache'"),
        (HEAD + GOOD.replace('"PUT"', f'"{"x" * 40}"'), 5, "too long for its arrow"),
        (HEAD + "events = []\n", 4, "Expected `array` of length >= 1"),
        (HEAD.replace('"Client", ', "") + GOOD, 3, "Expected `array` of length >= 2"),
        (HEAD + 'story = "lost-update"\n' + GOOD.replace("412", "409"), 2, "answered with 412"),
        (HEAD + 'story = "lost-update"\n' + GOOD, 2, "answered with 412"),
    ],
)
def test_a_mistake_in_a_sequence_has_a_place(
    site: Any, data: str, line: int | None, message: str
) -> None:
    draw(site, data)
    said = site.refused()
    assert f"content/data/sequences.toml{f':{line}' if line else ''}: " in said
    assert message in said


def test_a_story_holds_when_all_its_answers_are_drawn(site: Any) -> None:
    answer = '  { from = "Server", to = "Client", text = ["412"] },\n'
    draw(site, HEAD + 'story = "lost-update"\n' + GOOD.replace("]\n", f"{answer}]\n"))
    site.built()
    (site.snippets / "results/flask.json").unlink()
    draw(site, HEAD + 'story = "lost-update"\n' + GOOD)
    site.built()  # nothing is recorded, so there is nothing to compare with


def test_an_unknown_sequence_is_refused(site: Any) -> None:
    draw(site, HEAD + GOOD)
    site.page("index.md", "{{ sequence('other') }}\n")
    assert "no sequence 'other'; data/sequences.toml has: made" in site.refused()


def test_the_order_of_evaluation_is_drawn_from_the_core(site: Any) -> None:
    steps = "".join(f'[steps.{rule.field}]\nquestion = "Is it?"\n' for rule in PRECEDENCE)
    site.write(
        "content/data/evaluation.toml",
        'end = "Perform."\n[before]\ntext = "Other?"\nshort = "Other?"\nclauses = ["9110 13.2.1"]\n'
        f'{steps}short = "without Range"\n',
    )
    site.page("index.md", "{{ evaluation_diagram() }}\n")
    site.built()
    svg = HTMLParser(site.html()).css_first(".diagram svg")
    names = [node.text() for node in svg.css("text.draw-name")]
    for rule in PRECEDENCE:
        assert f"{rule.number}. {rule.field}" in names
    statuses = [
        outcome.status
        for rule in PRECEDENCE
        for outcome in dict.fromkeys([rule.if_false_on_read, rule.if_false])
        if outcome
    ]
    assert [int(name) for name in names if name.isdigit()] == statuses
    description = svg.css_first("desc").text()
    assert "Step 3, If-None-Match: if false, 304 for GET, HEAD, QUERY, 412 for other" in description
    assert "Step 5, If-Range (GET, QUERY only): if false, go on, without Range" in description


def test_every_text_is_within_its_drawing(site: Any) -> None:
    draw(site, HEAD + GOOD)
    site.built()
    for node in HTMLParser(site.html()).css(".diagram svg text"):
        half = len(node.text()) * 6.7 / 2
        x = float(str(node.attributes["x"]))
        assert half <= x <= WIDTH - half, node.text()
