"""The pictures of the site: each says what its data says, and is told in words."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode

from docgen.blocks.conditions import COLUMNS
from docgen.blocks.conditions import find_answers
from docgen.blocks.drawing import WIDTH
from docgen.blocks.monitoring import SHAPE_HEIGHT
from flask_preconditions.conformance import load_vectors
from flask_preconditions.core import Field
from flask_preconditions.core import Reason

ROOT = Path(__file__).parents[2]
DATA = ROOT / "docgen/content/data"
EDITOR = ROOT / "snippets/clients/browser/editor.html"
PICTURES = {
    "conflict": "412",
    "conditions": "headers",
    "decision": "which-status",
    "shapes": "monitoring",
    "sequence-create-gap": "use-cases/create-once",
}


def data(name: str) -> Any:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def picture(output: Path, name: str) -> LexborNode:
    page = HTMLParser((output / PICTURES[name] / "index.html").read_text(encoding="utf-8"))
    [svg] = [svg for svg in page.css("svg.drawing") if svg.css_first(f"title#{name}-title")]
    return svg


def said(svg: LexborNode) -> list[str]:
    return [node.text() for node in svg.css("text")]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_described_and_nothing_leaves_it(output: Path, name: str) -> None:
    svg = picture(output, name)
    assert svg.css_first("title").text()
    assert len(svg.css_first("desc").text()) > 100
    _, _, width, height = map(float, str(svg.attributes["viewBox"]).split())
    assert width == WIDTH
    for node in svg.css("rect"):
        x, y, w, h = (float(str(node.attributes[name])) for name in ("x", "y", "width", "height"))
        assert 0 < x < x + w < width
        assert 0 < y < y + h <= height
    for node in svg.css("text"):
        reach = len(node.text()) * 6
        left = float(str(node.attributes["x"]))
        anchor = node.attributes.get("text-anchor") or "middle"
        left -= {"start": 0, "middle": reach / 2, "end": reach}[anchor]
        assert -1 < left < left + reach < width + 1, node.text()
        assert 0 < float(str(node.attributes["y"])) < height


def test_the_leaves_of_the_tree_are_the_rows_of_the_table(output: Path) -> None:
    tree = picture(output, "decision")
    page = HTMLParser((output / "which-status/index.html").read_text(encoding="utf-8"))
    rows = {
        re.sub(r"\s+", " ", row.css_first("th").text().strip()) for row in page.css(".decision tr")
    }
    leaves = {" ".join(node.text() for node in a.css("text")): a for a in tree.css("a")}
    assert {*leaves} == rows - {"Status"}
    for name, leaf in leaves.items():
        heading = page.css_first(str(leaf.attributes["href"]))
        assert heading is not None, name
        assert heading.text().startswith(name)
    # What an image holds is hidden from who cannot see it, and these are links.
    assert tree.attributes["role"] == "group"


def test_the_tree_asks_what_the_list_below_it_asks(output: Path) -> None:
    tree = picture(output, "decision")
    questions = data("decision")["question"]
    asked = [node.text() for node in tree.css(".draw-step + .draw-name + .draw-note-text")]
    assert asked == [question["short"][1] for question in questions]
    page = HTMLParser((output / "which-status/index.html").read_text(encoding="utf-8"))
    told = page.css(".diagram-words li")
    assert len(told) == len(questions)
    for item, question in zip(told, questions, strict=True):
        words = item.text().strip()
        assert words.startswith(question["text"].replace("`", "")[:60])
        for answer in question["answers"]:
            assert str(answer.get("status") or answer["text"]) in words


CHOICE = '[[choice]]\nstatus = 412\nphrase = "F"\nwhen = "w"\nthen = "t"\nclauses = ["9110 13.1"]\n'


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ("", "data/decision.toml has no [[question]]"),
        ("{ status = 428 }", "no choice 428; there are 412"),
        ('{ text = "404" }', "no question leads to 412"),
    ],
)
def test_a_tree_that_does_not_fit_its_table_is_refused(
    site: Any, questions: str, message: str
) -> None:
    head = '[[question]]\ntext = "t"\nshort = ["a", "b"]\nanswers = [{}, {{ status = 412 }}]\n'
    if questions.startswith("{ text"):
        head = head.replace(", {{ status = 412 }}", "")
    asked = head.format(questions) if questions else ""
    site.write("content/data/decision.toml", asked + CHOICE)
    site.page("index.md", "{{ decision_tree() }}\n\n## 412 F\n")
    assert message in site.refused()


def test_a_leaf_leads_to_a_section_that_is_there(site: Any) -> None:
    asked = '[[question]]\ntext = "t"\nshort = ["a", "b"]\nanswers = [{ status = 412 }]\n'
    site.write("content/data/decision.toml", asked + CHOICE)
    site.page("index.md", "{{ decision_tree() }}\n")
    assert "#412-f" in site.refused()
    site.page("index.md", "{{ decision_tree() }}\n\n## 412 F\n")
    site.built()


def test_the_matrix_of_fields_shows_what_the_core_answers(output: Path) -> None:
    svg = picture(output, "conditions")
    answers = find_answers()
    assert {*answers} > {str(field) for field in Field}
    heads = [line for head in COLUMNS for line in head]
    cells = [cell or "–" for name, row in answers.items() for cell in (name, *row)]
    assert said(svg) == [*heads, *cells]
    told = svg.css_first("desc").text()
    assert "If-None-Match, false, on a read: 304; false, on a write: 412" in told


@pytest.mark.parametrize("field", Field)
def test_the_matrix_agrees_with_the_table_of_vectors(field: Field) -> None:
    drawn = {answer for answer in find_answers()[field] if answer.isdigit()}
    held = {
        str(vector.expect.outcome.status)
        for vector in load_vectors()
        if vector.expect.decided_by == field and vector.expect.outcome.status
    }
    assert drawn == held


def test_the_dialog_has_the_words_of_the_editor(output: Path) -> None:
    dialog = HTMLParser(EDITOR.read_text(encoding="utf-8")).css_first("dialog")
    words = data("conflict")
    assert words["title"] == dialog.css_first("h2").text()
    assert words["buttons"] == [button.text() for button in dialog.css("button")]
    for version in ("theirs", "yours"):
        label = dialog.css_first(f"#{version}").parent
        assert label is not None
        assert label.text().strip().rstrip(":") == words[version]["name"]
    drawn = said(picture(output, "conflict"))
    for version in ("theirs", "yours", "merged"):
        assert {words[version]["name"], words[version]["tag"]} <= {*drawn}
    common = {*words["theirs"]["lines"]} & {*words["yours"]["lines"]}
    lines = [line for version in ("theirs", "yours", "merged") for line in words[version]["lines"]]
    for line in lines:
        assert (line if line in common else f"+ {line}") in drawn


def test_a_merge_that_loses_a_line_is_not_drawn(site: Any) -> None:
    text = (DATA / "conflict.toml").read_text(encoding="utf-8")
    site.write("content/data/conflict.toml", text.replace('"Milk", "Bread", "Tea"', '"Milk"'))
    site.page("index.md", "{{ conflict() }}\n")
    assert "'merged' has other lines than both" in site.refused()


def test_the_gap_is_shaded_from_its_first_event_to_its_last(output: Path) -> None:
    svg = picture(output, "sequence-create-gap")
    events = data("sequences")["create-gap"]["events"]
    [shade] = svg.css("rect.draw-gap")
    top = float(str(shade.attributes["y"]))
    bottom = top + float(str(shade.attributes["height"]))
    groups = svg.css("g")
    assert len(groups) == len(events)
    for group, event in zip(groups, events, strict=True):
        heights = [float(str(text.attributes["y"])) for text in group.css("text")]
        assert all(top < y < bottom for y in heights) is event.get("gap", False)
    assert svg.css("rect")[0] == shade  # it lies behind everything else


def test_each_reason_has_a_shape_as_its_data_has_it(output: Path) -> None:
    svg = picture(output, "shapes")
    shapes = data("monitoring")["shapes"]
    assert {shape["reason"] for shape in shapes} == {*Reason}
    curves = [str(path.attributes["d"]) for path in svg.css("path.is-refused:not(.draw-area)")]
    for shape, curve in zip(shapes, curves, strict=True):
        heights = [float(point.split()[1]) for point in curve[1:].split("L")]
        first = shape["percent"][0]
        scaled = [(heights[0] - height) / SHAPE_HEIGHT * 100 + first for height in heights]
        assert scaled == pytest.approx(shape["percent"])
    drawn = said(svg)
    for shape in shapes:
        assert {shape["reason"], shape["title"]} <= {*drawn}
        assert (shape["alerts"][0] if "alerts" in shape else "no alert") in " ".join(drawn)
        assert shape["says"] in svg.css_first("desc").text()
