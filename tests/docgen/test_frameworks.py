"""A page about a framework shows its files, its record and its sessions."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.records.record import digest
from docgen.records.regions import extract_regions
from docgen.sources.settings import find_snippets
from flask_preconditions.conformance import Kind
from flask_preconditions.conformance import load_vectors

SNIPPETS = find_snippets()
SERVERS = tomllib.loads((SNIPPETS / "servers.toml").read_text(encoding="utf-8"))
REGIONS = ("preconditions", "store", "read", "write")


@pytest.fixture(params=SERVERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(output: Path, name: str) -> HTMLParser:
    return HTMLParser((output / f"frameworks/{name}/index.html").read_text(encoding="utf-8"))


def recorded(name: str) -> Any:
    return json.loads((SNIPPETS / "results" / f"{name}.json").read_text(encoding="utf-8"))


def sources_of(name: str) -> dict[str, Path]:
    return {source: SNIPPETS / name / source for source in SERVERS[name]["sources"]}


def count(text: str) -> int:
    return len([line for line in text.splitlines() if line.strip()])


def test_every_region_is_shown_as_it_is(page: HTMLParser, name: str) -> None:
    shown = [code.text() for code in page.css("figure.code pre")]
    regions = {}
    for path in sources_of(name).values():
        regions |= extract_regions(path)
    for region in REGIONS:
        if region in SERVERS[name].get("not_applicable", {}):
            assert region not in regions
        else:
            assert regions[region].text in shown


def test_the_part_to_paste_comes_before_all_tables(page: HTMLParser) -> None:
    headings = [str(node.id) for node in page.css("main h2[id]")]
    assert headings[0] == "the-part-to-paste"
    html = page.css_first("main").html or ""
    assert html.index('id="the-part-to-paste"') < html.index("<table")


def test_what_is_proved_is_counted(page: HTMLParser, name: str) -> None:
    facts = " ".join(page.css_first(".framework-facts").text().split())
    vectors = recorded(name)["vectors"]
    required = [vector.id for vector in load_vectors() if vector.kind is Kind.REQUIRED]
    passed = sum(vectors.get(id) == "pass" for id in required)  # a new one waits to be played
    assert f"{passed} of {len(required)} passed" in facts
    race = recorded(f"sessions/{name}")["race"]
    assert f"{race['lost']}, with two writers at once in {race['rounds']} rounds" in facts
    whole = sum(count(path.read_text(encoding="utf-8")) for path in sources_of(name).values())
    assert f"{whole} lines in " in facts


def test_what_is_to_paste_is_counted(output: Path) -> None:
    page = HTMLParser((output / "frameworks/index.html").read_text(encoding="utf-8"))
    for row, name in zip(page.css(".frameworks tbody tr"), SERVERS, strict=True):
        cell = row.css("td")[2].text()
        reason = SERVERS[name].get("not_applicable", {}).get("preconditions")
        if reason:
            assert cell == f"none: {reason}"
            continue
        file = next(path for path in sources_of(name).values() if path.stem.lower() == REGIONS[0])
        assert cell == str(count(extract_regions(file)[REGIONS[0]].text))


def test_every_file_can_be_had(page: HTMLParser, output: Path, name: str) -> None:
    links = {link.text(): link for link in page.css(".downloads a")}
    sources = sources_of(name)
    archive, *files = links
    assert archive == f"{name}.zip"
    assert files == list(sources)
    for text, link in links.items():
        assert "download" in link.attributes
        if text == archive:
            continue
        file = output / f"frameworks/{name}" / str(link.attributes["href"])
        assert file.read_bytes() == sources[text].read_bytes()


def test_the_command_to_run_it_is_the_one_of_the_readme(page: HTMLParser, name: str) -> None:
    readme = (SNIPPETS / "README.md").read_text(encoding="utf-8")
    command = re.search(rf"^\$ cd snippets/({name} && .+)$", readme, re.MULTILINE)
    assert command
    assert f"cd {command[1]}" in [code.text() for code in page.css("figure.code pre")]


def test_the_check_is_shown_as_the_terminal_showed_it(page: HTMLParser, name: str) -> None:
    check = recorded(f"sessions/{name}")["session"][0]
    first = page.css_first(".session pre").text()
    assert first == f"$ {check['command']}\n{check['output']}"
    assert check["exit_code"] == 0


def test_a_pitfall_is_measured_or_has_a_source(page: HTMLParser) -> None:
    rows = page.css(".pitfalls li")
    assert len(rows) >= 4
    for row in rows:
        assert row.css_first(".pitfall-seen") or row.css_first(".pitfall-source")


def test_the_client_shows_what_it_answers(page: HTMLParser) -> None:
    session = page.css(".session pre")[1].text()
    for code in (3, 4, 6):
        assert f"(exit code {code})" in session


SESSION = {"command": "check x", "output": "conforms", "exit_code": 0}


@pytest.fixture
def framed(site: Any) -> Any:
    """A site whose server has a session, a command to run it and a program of its own."""
    source = [site.snippets / "flask/app.py"]
    record = {"versions": {"Flask": "3.1.3"}, "digest": digest(source), "session": [SESSION]}
    site.write("snippets/results/sessions/flask.json", json.dumps(record))
    site.write("snippets/README.md", "```console\n$ cd snippets/flask && flask run\n```\n")
    program = site.write("snippets/defaults/alpha/app.py", "1\n")
    site.write(
        "snippets/defaults/defaults.toml",
        '[alpha]\ntitle = "Alpha"\nserver = "flask"\nsources = ["app.py"]\n',
    )
    found = {
        "versions": {"Alpha": "1.0"},
        "digest": digest([program]),
        "vectors": {"if-match-stale-tag": "fail: status 200, expected 412"},
    }
    site.write("snippets/results/defaults/alpha.json", json.dumps(found))
    return site


def pitfall(site: Any, **entry: str) -> None:
    lines = [f"{key} = '{value}'" for key, value in entry.items()]
    site.write("content/data/frameworks.toml", "\n".join(["[[flask.pitfalls]]", *lines]))
    site.page("index.md", "{{ pitfalls('flask') }}\n")


def test_strict_refuses_a_session_of_another_source(framed: Any) -> None:
    framed.page("index.md", "{{ prove_it('flask') }}\n\n{{ snippet('flask', 'read') }}\n")
    framed.built("--strict")
    page = HTMLParser(framed.html())
    assert page.css_first(".session pre").text() == "$ check x\nconforms"
    app = framed.snippets / "flask/app.py"
    app.write_text(app.read_text().replace("environ", "environb"))
    framed.record()
    said = framed.build("--strict").stderr
    assert said.startswith(
        "Error: snippets/results/sessions/flask.json: not measured since the source changed; "
        "run it again: python -m snippets.tools.capture flask"
    )


def test_a_command_that_the_readme_does_not_have_is_refused(framed: Any) -> None:
    framed.page("index.md", "{{ run_it('flask') }}\n")
    framed.built()
    assert HTMLParser(framed.html()).css_first("pre").text() == "cd flask && flask run"
    framed.write("snippets/README.md", "Nothing.\n")
    assert "no line here starts with '$ cd snippets/flask '" in framed.build().stderr


def test_a_pitfall_tells_what_was_seen(framed: Any) -> None:
    pitfall(framed, text="It writes.", program="alpha", vector="if-match-stale-tag")
    framed.built()
    seen = " ".join(HTMLParser(framed.html()).css_first(".pitfalls li").text().split())
    assert seen == (
        "It writes. Measured with Alpha, Alpha 1.0: if-match-stale-tag, status 200, expected 412."
    )


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"program": "alpha", "vector": "if-match-star"}, "Alpha does not fail 'if-match-star'"),
        ({"program": "alpha"}, "a pitfall has a program and a vector, or a source"),
        ({"program": "beta", "vector": "if-match-star"}, "a pitfall has a program"),
        ({"program": "alpha", "vector": "nothing"}, "the table has no vector 'nothing'"),
    ],
)
def test_a_pitfall_that_was_not_seen_is_refused(framed: Any, entry: Any, said: str) -> None:
    pitfall(framed, text="It writes.", **entry)
    assert f"Error: content/data/frameworks.toml: flask: {said}" in framed.refused()


def test_tabs_leave_a_server_out_that_has_a_reason(site: Any) -> None:
    tables = (
        '[flask]\ntitle = "Flask"\nlanguage = "Python"\nruntime = "Python"\nsources = ["app.py"]\n'
        '{}[go]\ntitle = "Go"\nlanguage = "Go"\nruntime = "Go"\nsources = ["main.go"]\n'
    )
    source = "// :snippet-start: preconditions\nfunc check() {}\n// :snippet-end:\n"
    site.write("snippets/go/main.go", source)
    site.page("index.md", "{{ tabs('preconditions') }}\n")
    site.write("snippets/servers.toml", tables.format(""))
    assert "app.py has no region 'preconditions'" in site.refused()
    reason = 'not_applicable = { preconditions = "the extension evaluates" }\n'
    site.write("snippets/servers.toml", tables.format(reason))
    site.built()
    page = HTMLParser(site.html())
    assert [panel.id for panel in page.css(".tab")] == ["preconditions-go"]
    assert page.css_first(".tabs-note").text() == "Flask: the extension evaluates."


def test_a_client_needs_the_region_that_is_shown(framed: Any) -> None:
    framed.write(
        "snippets/clients/clients.toml", '[shell]\ntitle = "Shell"\nsources = ["client.sh"]\n'
    )
    framed.write("snippets/clients/shell/client.sh", "# :snippet-start: update\nx\n# :snippet-end:")
    framed.page("index.md", "{{ client_code('shell', 'update') }}\n")
    framed.built()
    framed.page("index.md", "{{ client_code('shell', 'save') }}\n")
    assert "snippets/clients/shell has no region 'save'" in framed.build().stderr
    framed.page("index.md", "{{ client_code('perl', 'save') }}\n")
    assert "no client 'perl'; clients.toml has: shell" in framed.build().stderr
