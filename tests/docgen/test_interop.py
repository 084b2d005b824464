"""The matrix and the pages of vectors show what was recorded, and nothing else."""

import gzip
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode

from docgen.records.record import digest
from docgen.sources.settings import find_snippets
from flask_preconditions.conformance import Kind
from flask_preconditions.conformance import load_vectors

SNIPPETS = find_snippets()
PROGRAMS = tomllib.loads((SNIPPETS / "defaults/defaults.toml").read_text(encoding="utf-8"))
SERVERS = tomllib.loads((SNIPPETS / "servers.toml").read_text(encoding="utf-8"))
VECTORS = {vector.id: vector for vector in load_vectors()}
GROUPS = list(dict.fromkeys(vector.group for vector in VECTORS.values()))


def recorded(name: str) -> Any:
    return json.loads((SNIPPETS / "results" / f"{name}.json").read_text(encoding="utf-8"))


WRITERS = {name: entry for name, entry in PROGRAMS.items() if entry["writes"]}
READERS = {name: entry for name, entry in PROGRAMS.items() if not entry["writes"]}


@pytest.fixture(scope="module")
def page(output: Path) -> HTMLParser:
    return HTMLParser((output / "interop/index.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=["writers", "readers"])
def matrix(page: HTMLParser, request: pytest.FixtureRequest) -> tuple[LexborNode, dict[str, Any]]:
    writers, readers = page.css(".interop table")
    return (writers, WRITERS) if request.param == "writers" else (readers, READERS)


def words_of(cell: LexborNode) -> str:
    """Give what a screen reader says of a cell."""
    marks = [mark.attributes.get("aria-label") or "" for mark in cell.css("[role=img]")]
    return " ".join([*marks, cell.text().strip(" ✔✘–\n")]).strip()


Matrix = tuple[LexborNode, dict[str, Any]]


def test_thirty_programs_and_more_are_shown() -> None:
    assert len(PROGRAMS) >= 30
    assert len(WRITERS) >= 15
    assert len(READERS) >= 15


def test_the_columns_are_the_programs(matrix: Matrix) -> None:
    table, programs = matrix
    titles = [head.text() for head in table.css("thead th")]
    assert titles[1:] == [entry["title"] for entry in programs.values()]


def test_a_cell_is_what_was_recorded(matrix: Matrix) -> None:
    table, programs = matrix
    rows = table.css("tr[data-vector]")
    assert len(rows) >= (25 if programs is WRITERS else 10)
    for row in rows:
        id = str(row.attributes["data-vector"])
        for cell, program in zip(row.css("td"), programs, strict=True):
            word, _, detail = recorded(f"defaults/{program}")["vectors"][id].partition(": ")
            said, title = words_of(cell), cell.attributes.get("title")
            if word == "pass":
                assert said == "yes"
            elif word == "fail":
                assert title == detail
                status = detail.removeprefix("status ")[:3]
                expected = f"no, with status {status}" if status.isdigit() else f"no: {detail}"
                assert said == expected
            else:
                assert said == f"not applicable: {title}"
                assert title


def test_every_cell_says_what_it_means(matrix: Matrix) -> None:
    table, _ = matrix
    assert all(words_of(cell) for cell in table.css("td"))
    assert all(head.text().strip() for head in table.css("th"))


def test_fewer_cells_are_dashes_than_are_not(matrix: Matrix) -> None:
    cells = matrix[0].css("[data-vector] td")
    left_out = [cell for cell in cells if "is-left-out" in (cell.attributes["class"] or "")]
    assert 2 * len(left_out) < len(cells)


def test_a_program_is_listed_with_its_findings(output: Path) -> None:
    page = HTMLParser((output / "programs/index.html").read_text(encoding="utf-8"))
    rows = page.css(".causes tbody tr")
    shown = {**WRITERS, **READERS}
    for row, (program, entry) in zip(rows, shown.items(), strict=True):
        found = recorded(f"defaults/{program}")
        text = row.text()
        assert entry["title"] in text
        assert all(finding["title"] in text for finding in found["findings"])
        assert all(version in text for version in found["versions"].values())


def test_the_races_are_those_of_the_records(page: HTMLParser) -> None:
    for cell, program in zip(page.css(".is-race td"), WRITERS, strict=True):
        race = recorded(f"defaults/{program}")["race"]
        said = words_of(cell)
        if race:
            assert said == f"{race['lost']} of {race['rounds']}"
        else:
            assert said.startswith("not applicable: ")


def test_the_counts_are_those_of_the_records(matrix: Matrix) -> None:
    table, programs = matrix
    for count, program in zip(table.css(".is-count td"), programs, strict=True):
        found = recorded(f"defaults/{program}")
        words = [word.partition(":")[0] for word in found["vectors"].values()]
        failed = words.count("fail")
        assert words_of(count) == f"{failed} of {failed + words.count('pass')}"


def test_the_numbers_in_the_text_are_counted(output: Path) -> None:
    page = HTMLParser((output / "interop/index.html").read_text(encoding="utf-8"))
    first, second = page.css("article .heading ~ ul li")[:2]
    found = [recorded(f"defaults/{name}") for name in PROGRAMS]
    words = [f["vectors"]["if-match-malformed-unquoted"].partition(":")[0] for f in found]
    failed, passed = words.count("fail"), words.count("pass")
    assert f"{failed} of {failed + passed} programs" in " ".join(first.text().split())
    races = [f["race"] for f in found if f["race"]]
    lost = sum(race["lost"] > 0 for race in races)
    assert f"{lost} of {len(races)} programs acknowledged both" in " ".join(second.text().split())


def test_the_chart_has_each_program_that_lost_an_update(output: Path) -> None:
    page = HTMLParser((output / "interop/index.html").read_text(encoding="utf-8"))
    titles = {
        entry["title"]: recorded(f"defaults/{name}")["race"] for name, entry in WRITERS.items()
    }
    lost = {
        f"{title}: {race['lost']} of {race['rounds']}"
        for title, race in titles.items()
        if race and race["lost"]
    }
    bars = page.css_first(".bars")
    assert {bar.text() for bar in bars.css("text")} == lost
    widths = [int(bar.attributes["width"] or 0) for bar in bars.css("rect")]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == 400


def test_the_servers_are_counted_by_group(output: Path) -> None:
    page = HTMLParser((output / "interop/index.html").read_text(encoding="utf-8"))
    heads = [head.text() for head in page.css(".conformance thead th")]
    assert heads == ["Server", *GROUPS, "required", "optional"]
    for row, name in zip(page.css(".conformance tbody tr"), SERVERS, strict=True):
        passed = {id for id, word in recorded(name)["vectors"].items() if word == "pass"}
        cells = [cell.text() for cell in row.css("td")]
        for cell, group in zip(cells, GROUPS, strict=False):
            required = {
                v.id for v in VECTORS.values() if v.group == group and v.kind is Kind.REQUIRED
            }
            assert cell == f"{len(required & passed)}/{len(required)}"


def test_every_vector_has_its_place(output: Path) -> None:
    for group in GROUPS:
        page = HTMLParser((output / f"vectors/{group}/index.html").read_text(encoding="utf-8"))
        ids = [row.id for row in page.css("tr.vector")]
        assert ids == [vector.id for vector in VECTORS.values() if vector.group == group]


def test_a_vector_tells_who_passes_and_who_fails_it(output: Path) -> None:
    servers = [recorded(name)["vectors"] for name in SERVERS]
    programs = {e["title"]: recorded(f"defaults/{n}")["vectors"] for n, e in PROGRAMS.items()}
    for group in GROUPS:
        page = HTMLParser((output / f"vectors/{group}/index.html").read_text(encoding="utf-8"))
        for row in page.css("tr.vector"):
            id = str(row.id)
            passing = row.css_first(".vector-servers").text()
            passed = sum(vectors[id] == "pass" for vectors in servers)
            seen = {v[id].removeprefix("observed: ") for v in servers if v[id][:8] == "observed"}
            if seen:
                assert VECTORS[id].kind is Kind.OBSERVED
                assert passing == f"seen: {', '.join(sorted(seen))}"
            elif passed:
                assert passing == f"{passed} of {len(SERVERS)} servers"
            else:
                assert passing.startswith("not played: ")
            failing = row.css_first(".vector-fails")
            said, _, more = failing.text().partition(" and ") if failing else ("", "", "")
            named = said.removeprefix("fails: ").split(", ") if said else []
            wrong = [
                title
                for title, vectors in programs.items()
                if vectors.get(id, "").startswith("fail")
            ]
            assert len(named) + int(more.removesuffix(" more") or 0) == len(wrong)
            assert all(name.startswith(title) for name, title in zip(named, wrong, strict=False))


@pytest.mark.parametrize("folder", ["frameworks", "vectors", "interop"])
def test_a_page_is_light_with_all_that_it_loads(output: Path, folder: str) -> None:
    assets = [output / "assets" / name for name in ("site.css", "site.js", "favicon.svg")]
    weight = sum(len(gzip.compress(asset.read_bytes())) for asset in assets)
    for page in (output / folder).rglob("*.html"):
        assert weight + len(gzip.compress(page.read_bytes())) <= 30_000, page


DEFAULTS = """\
[alpha]
title = "Alpha"
server = "flask"
sources = ["app.py"]
"""

QUESTIONS = """\
no_writes = "it has no writes"
reasons = { "PUT is sent with --write" = "it only reads" }
[[group]]
title = "Writes"
questions = [
    { text = "A stale tag stops a PUT", vector = "if-match-stale-tag" },
    { text = "`*` lets a GET through", vector = "if-match-star-get" },
]
"""


@pytest.fixture
def measured(site: Any) -> Any:
    """A site with one program and its record."""
    site.write("content/data/interop.toml", QUESTIONS)
    site.write("snippets/defaults/defaults.toml", DEFAULTS)
    source = site.write("snippets/defaults/alpha/app.py", "1\n")
    record = {
        "versions": {"Alpha": "1.0"},
        "digest": digest([source]),
        "refuses_without_condition": None,
        "race": None,
        "vectors": {"if-match-stale-tag": "skip: PUT is sent with --write"},
    }
    site.write("snippets/results/defaults/alpha.json", json.dumps(record))
    site.page("index.md", "{{ interop() }}\n\n{{ snippet('flask', 'read') }}\n")
    return site


def test_a_record_that_fits_its_source_is_no_doubt(measured: Any) -> None:
    assert measured.built("--strict").stderr == ""
    page = HTMLParser(measured.html())
    assert [cell.attributes.get("title") for cell in page.css(".interop [data-vector] td")] == [
        "it only reads",
        "not played in the recorded run",
    ]


def test_strict_refuses_what_a_program_did_before_it_changed(measured: Any) -> None:
    measured.write("snippets/defaults/alpha/app.py", "2\n")
    said = measured.refused("--strict")
    assert said.startswith(
        "Error: snippets/results/defaults/alpha.json: not measured since the source changed; "
        "run it again: make defaults ID=alpha"
    )
    assert "Warning: snippets/results/defaults/alpha.json" in measured.built().stderr


def test_strict_refuses_a_program_without_a_record(measured: Any) -> None:
    (measured.snippets / "results/defaults/alpha.json").unlink()
    assert "not measured: no run is recorded" in measured.refused("--strict")
    measured.built()


def test_a_program_that_no_page_shows_may_be_out_of_date(measured: Any) -> None:
    measured.write("snippets/defaults/alpha/app.py", "2\n")
    measured.page("index.md", "{{ snippet('flask', 'read') }}\n")
    assert measured.built("--strict").stderr == ""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("by_itself('go')", "there is no server 'go'"),
        ("failures('beta')", "no program 'beta'; defaults.toml has: alpha"),
        ("answer('alpha', 'if-match-stale-tag')", "Alpha did not fail"),
        ("failing('if-match-stale-tag')", "nothing fails 'if-match-stale-tag'"),
        ("fails('nothing')", "the table has no vector 'nothing'"),
        ("vector_table('nothing')", "no group 'nothing' of vectors"),
    ],
)
def test_what_was_not_measured_cannot_be_said(measured: Any, call: str, said: str) -> None:
    measured.page("index.md", f"It is {{{{ {call} }}}}.\n")
    assert f"Error: content/index.md:5: {said}" in measured.refused()


def test_a_question_about_no_vector_is_refused(measured: Any) -> None:
    measured.write("content/data/interop.toml", QUESTIONS.replace("if-match-star-get", "x"))
    said = measured.refused()
    assert "content/data/interop.toml: the table has no vector 'x'" in said


def test_a_word_that_no_run_says_is_refused(measured: Any) -> None:
    path = measured.snippets / "results/defaults/alpha.json"
    path.write_text(path.read_text().replace("skip:", "maybe:"))
    assert "Error: snippets/results/defaults/alpha.json: " in measured.refused()
