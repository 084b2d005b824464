"""What the page says about the runs of its code."""

import json
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.records.record import digest

SNIPPET = "{{ snippet('flask', 'read') }}\n"


def notes_on(site: Any) -> list[str]:
    nodes = HTMLParser(site.html()).css(".code-note")
    return [" ".join(node.text().split()) for node in nodes]


def test_code_that_ran_as_it_is_shown_is_verified(site: Any) -> None:
    site.page("index.md", SNIPPET)
    result = site.built("--strict")
    assert notes_on(site) == ["verified with Flask 3.1.3 on Python 3.11.7 · 2 vectors passed"]
    assert result.stderr == ""


def test_what_runs_on_itself_is_named_once(site: Any) -> None:
    entry = 'title = "Go"\nlanguage = "Go"\nruntime = "Go"\nsources = ["app.py"]\n'
    site.write("snippets/servers.toml", f"[flask]\n{entry}")
    site.record(versions={"Go": "1.26.8", "sqlite": "1.62.0"})
    site.page("index.md", SNIPPET)
    site.built()
    assert notes_on(site) == ["verified with Go 1.26.8 · 2 vectors passed"]


def test_a_framework_has_its_title_though_its_package_is_called_otherwise(site: Any) -> None:
    entry = 'title = "The Framework"\nlanguage = "Python"\nruntime = "Python"\n'
    entry += 'sources = ["app.py"]\npackage = "framework"\n'
    site.write("snippets/servers.toml", f"[flask]\n{entry}")
    site.record(versions={"framework": "3.18", "Python": "3.11.7"})
    site.page("index.md", SNIPPET)
    site.built()
    note = "verified with The Framework 3.18 on Python 3.11.7 · 2 vectors passed"
    assert notes_on(site) == [note]


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"digest": "sha256:0"}, "not verified since the source changed"),
        ({"vectors": {"a": "pass", "b": "fail: 200"}}, "not verified: 1 of 2 vectors failed"),
        ({"vectors": {"a": "skip: x"}}, "not verified: the run passed no vector"),
        (None, "not verified: no run is recorded"),
    ],
)
def test_a_doubt_stands_under_the_code_and_strict_refuses_it(
    site: Any, changes: dict[str, object] | None, doubt: str
) -> None:
    if changes is None:
        (site.snippets / "results/flask.json").unlink()
    else:
        site.record(**changes)
    site.page("index.md", SNIPPET)
    said = site.refused("--strict")
    assert f"Error: snippets/results/flask.json: {doubt}; run it again" in said
    result = site.built()
    assert notes_on(site) == [doubt]
    assert f"Warning: snippets/results/flask.json: {doubt}" in result.stderr


def test_a_region_that_no_page_shows_is_refused_by_strict(site: Any) -> None:
    site.write(
        "snippets/flask/app.py",
        "# :snippet-start: read\nx\n# :snippet-end:\n\n"
        "# :snippet-start: lost\ny\n# :snippet-end:\n",
    )
    site.record()
    site.page("index.md", SNIPPET)
    said = site.refused("--strict")
    assert "Error: snippets/flask/app.py:5: no page shows region 'lost'" in said
    site.built()


def test_an_exchange_is_shown_as_it_was_captured(site: Any) -> None:
    site.page("index.md", "{{ exchange('lost-update', steps=[2], captions=['So *it* went.']) }}\n")
    site.built()
    page = HTMLParser(site.html())
    request, response = (node.text() for node in page.css(".lane pre"))
    assert request.split("\n") == [
        *["PUT /docs/1 HTTP/1.1", 'If-Match: "one"', "Content-Type: application/json", ""],
        *['{"title": "<b>"}', ""],
    ]
    assert response.split("\n") == ["HTTP/1.1 412 Precondition Failed", 'ETag: "two"', ""]
    assert page.css_first(".exchange-caption em").text() == "it"
    assert notes_on(site)[0].startswith("Captured from Flask 3.1.3 on Python 3.11.7.")


def test_equal_tags_get_an_equal_colour(site: Any) -> None:
    site.page("index.md", "{{ exchange('lost-update') }}\n")
    site.built()
    page = HTMLParser(site.html())
    states = [
        (node.text(), node.attributes["class"])
        for node in page.css(".field")
        if "state-" in (node.attributes["class"] or "")
    ]
    one, two = ('If-Match: "one"', "field state-1"), ('ETag: "two"', "field state-2")
    assert states == [one, two, one, two]


def test_an_exchange_of_a_changed_source_says_so_and_strict_refuses_it(site: Any) -> None:
    site.record(digest="sha256:0")
    site.page("index.md", f"{SNIPPET}\n{{{{ exchange('lost-update') }}}}\n")
    site.built()
    assert "Captured from Flask; not verified since the source changed." in notes_on(site)[1]
    site.page("index.md", "{{ exchange('lost-update') }}\n")
    assert "flask.json: not verified since the source changed" in site.build("--strict").stderr


def test_a_recorder_of_exchanges_is_held_to_its_record_as_well(site: Any) -> None:
    site.write(
        "snippets/recorders.toml",
        '[files]\ntitle = "Flask"\nlanguage = "Python"\nruntime = "Python"\nsources = ["app.py"]\n',
    )
    site.write("snippets/files/app.py", "# :snippet-start: send\nsend()\n# :snippet-end:\n")
    site.record("files", vectors={})
    site.page("index.md", "{{ snippet('files', 'send') }}\n")
    site.built("--strict")
    assert notes_on(site) == ["ran with Flask 3.1.3 on Python 3.11.7"]
    site.record("files", vectors={}, digest="sha256:0")
    said = site.build("--strict").stderr
    again = "run it again: python -m snippets.tools.record"
    assert f"results/files.json: not verified since the source changed; {again}" in said


@pytest.mark.parametrize("call", ["client_tabs('update')", "client_code('python', 'update')"])
def test_code_of_a_client_is_held_to_the_session_it_ran_in(site: Any, call: str) -> None:
    site.write("snippets/clients/clients.toml", '[python]\ntitle = "Py"\nsources = ["client.py"]\n')
    client = site.write(
        "snippets/clients/python/client.py",
        "# :snippet-start: update\nupdate()\n# :snippet-end:\n",
    )
    record = {"versions": {"Python": "3.11.7"}, "digest": digest([client]), "session": []}
    path = "snippets/results/sessions/client-python.json"
    site.write(path, json.dumps(record))
    site.page("index.md", f"{{{{ {call} }}}}\n")
    site.built("--strict")
    assert notes_on(site) == ["ran with Python 3.11.7"]
    client.write_text(client.read_text() + "# :snippet-start: lost\nx()\n# :snippet-end:\n")
    site.write(path, json.dumps(record | {"digest": digest([client])}))
    said = site.build("--strict").stderr
    assert "snippets/clients/python/client.py:4: no page shows region 'lost'" in said
    site.write(path, json.dumps(record | {"digest": "sha256:0"}))
    said = site.build("--strict").stderr
    assert f"{path}: not measured since the source changed; run it again: " in said


def test_without_results_the_page_has_a_notice_where_the_exchange_would_be(site: Any) -> None:
    (site.snippets / "results/flask.json").unlink()
    site.page("index.md", "{{ exchange('lost-update') }}\n\n{{ curl('lost-update', 1) }}\n")
    site.built()
    assert site.html().count("No exchange captured") == 2


def test_a_request_becomes_a_command_that_a_shell_reads_back(site: Any) -> None:
    site.page("index.md", "{{ curl('lost-update', 1) }}\n")
    site.built()
    assert HTMLParser(site.html()).css_first("pre").text().split("\n") == [
        "curl -i -X PUT https://api.example/docs/1 \\",
        "  -H 'If-Match: \"one\"' \\",
        "  -H 'Content-Type: application/json' \\",
        '  -d \'{"title": "<b>"}\'',
    ]


def test_tabs_are_complete_sections_without_a_script(site: Any) -> None:
    site.write(
        "snippets/servers.toml",
        '[flask]\ntitle = "Flask"\nlanguage = "Python"\nruntime = "Python"\nsources = ["app.py"]\n'
        '[go]\ntitle = "net/http"\nlanguage = "Go"\nruntime = "Go"\nsources = ["main.go"]\n',
    )
    site.write("snippets/go/main.go", "// :snippet-start: read\nfunc read() {}\n// :snippet-end:\n")
    site.page("index.md", "{{ tabs('read') }}\n")
    site.built()
    panels = HTMLParser(site.html()).css(".tabs .tab")
    assert [panel.id for panel in panels] == ["read-flask", "read-go"]
    assert "func read() {}" in panels[1].text()
    assert not [panel for panel in panels if "hidden" in panel.attributes]
    site.page("index.md", "{{ tabs('read', servers=['go']) }}\n")
    site.built()
    assert len(HTMLParser(site.html()).css(".tabs .tab")) == 1


def test_tabs_need_the_region_in_every_server(site: Any) -> None:
    site.write(
        "snippets/servers.toml",
        '[flask]\ntitle = "Flask"\nlanguage = "Python"\nruntime = "Python"\nsources = ["app.py"]\n'
        '[go]\ntitle = "net/http"\nlanguage = "Go"\nruntime = "Go"\nsources = ["main.go"]\n',
    )
    site.write("snippets/go/main.go", "package main\n")
    site.page("index.md", "One.\n\n{{ tabs('read') }}\n")
    said = site.refused()
    assert "Error: content/index.md:7: snippets/go/main.go has no region 'read'; it has: none" in (
        said
    )
