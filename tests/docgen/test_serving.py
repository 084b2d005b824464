"""The preview: a host with the strictest headers, and pages that reload by themselves."""

import os
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from docgen.commands.serve import Changes
from docgen.commands.serve import Preview

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def client(site: Any) -> Client:
    site.page("404.md", "Gone.\n", title="Not here")
    site.built()
    return Client(Preview(site.output, Changes()))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/other/", "text/html; charset=utf-8"),
        ("/other/index.md", "text/markdown; charset=utf-8"),
        ("/other/index.json", "application/json"),
        ("/assets/site.js", "text/javascript; charset=utf-8"),
    ],
)
def test_files_are_served_under_a_strict_policy(client: Client, path: str, kind: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == kind
    assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_directory_needs_its_slash(client: Client) -> None:
    response = client.get("/other")
    assert (response.status_code, response.headers["Location"]) == (308, "/other/")


@pytest.mark.parametrize("path", ["/gone/", "/../content/index.md", "/%2e%2e/content/index.md"])
def test_what_is_not_there_is_404(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "Not here" in response.text


def test_only_the_preview_puts_the_script_in(client: Client, site: Any) -> None:
    assert '<script src="/_docgen/reload.js" defer></script>' in client.get("/").text
    assert "EventSource" in client.get("/_docgen/reload.js").text
    assert "_docgen" not in site.html()
    assert "_docgen" not in Client(Preview(site.output)).get("/").text


def test_a_change_is_told_to_an_open_page() -> None:
    changes = Changes()
    stream = changes.stream()
    assert next(stream) == b": here\n\n"
    changes.announce()
    assert next(stream) == b"event: change\ndata:\n\n"


@pytest.fixture
def served(site: Any) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-u", "-m", "flask", "docgen", "serve", "--port", "0"]
    options = ["--no-reference", "--content", "content", "--snippets", "snippets", "-o", "out"]
    process = subprocess.Popen(
        [*command, *options],
        cwd=site.root,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    guard = threading.Timer(60, process.kill)
    guard.start()
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"http://\S+/", line):
            yield found[0], process
            break
    else:
        pytest.fail(said)
    guard.cancel()
    process.terminate()
    process.communicate()


def test_a_saved_page_is_built_and_announced(
    site: Any, served: tuple[str, subprocess.Popen[str]]
) -> None:
    address, _ = served
    with urllib.request.urlopen(f"{address}_docgen/changes", timeout=60) as events:
        assert events.readline() == b": here\n"
        site.page("other.md", "## There\n\nSaved just now.\n", title="Other")
        lines = iter(events.readline, b"")
        assert b"event: change\n" in lines
    with urllib.request.urlopen(f"{address}other/", timeout=60) as page:
        assert b"Saved just now." in page.read()


def test_a_mistake_is_shown_and_the_site_stays(
    site: Any, served: tuple[str, subprocess.Popen[str]]
) -> None:
    address, process = served
    site.page("other.md", "{{ broken }}\n")
    assert process.stdout
    assert any("content/other.md:5: 'broken' is undefined" in line for line in process.stdout)
    with urllib.request.urlopen(f"{address}other/", timeout=60) as page:
        assert b"Back to" in page.read()
