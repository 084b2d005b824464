"""The preview: a host with the strictest headers, and pages that reload by themselves."""

import os
import re
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from werkzeug.test import Client

from docgen.commands.serve import Changes
from docgen.commands.serve import Preview
from docgen.commands.serve import answers_to
from docgen.commands.serve import watch_sources
from docgen.sources.settings import Options

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


@pytest.mark.parametrize(
    ("name", "path"), [("straße", "/stra%C3%9Fe"), ("a%41", "/a%2541"), ("a b", "/a%20b")]
)
def test_an_address_is_decoded_once(client: Client, site: Any, name: str, path: str) -> None:
    site.write(f"out/{name}/index.html", "It is here.")
    assert client.get(f"{path}/").text == "It is here."
    assert client.get(path).headers["Location"] == f"{path}/"


@pytest.mark.parametrize(
    "path",
    [
        *("/gone/", "/../content/index.md", "/%2e%2e/content/index.md", "/%00"),
        f"/{'long' * 99}/",
    ],
)
def test_what_is_not_there_is_404(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "Not here" in response.text


def test_an_address_that_is_no_utf_8_is_404(client: Client) -> None:
    assert client.get("/", environ_overrides={"PATH_INFO": "/\xff"}).status_code == 404


@pytest.mark.parametrize(
    "base", ["https://me.example/docs/", "https://me.example/a/b", "https://me.example"]
)
def test_the_page_of_status_404_finds_its_files(site: Any, base: str) -> None:
    site.page("404.md", "Back [home](/).\n", title="Not here")
    site.built("--base-url", base)
    client = Client(Preview(site.output, base_url=base))
    page = HTMLParser(client.get("/at/any/depth").text)
    targets = [node.attributes["href"] or "" for node in page.css("link[href], article a[href]")]
    assert [target for target in targets if client.get(target).status_code != 200] == []
    assert any(target.endswith("/assets/site.css") for target in targets)


def test_only_the_preview_puts_the_script_in(client: Client, site: Any) -> None:
    assert '<script src="/_docgen/reload.js?0" defer></script>' in client.get("/").text
    assert "EventSource" in client.get("/_docgen/reload.js").text
    assert "_docgen" not in site.html()
    assert "_docgen" not in Client(Preview(site.output)).get("/").text


def test_a_change_is_told_to_an_open_page() -> None:
    changes = Changes()
    stream = changes.stream("0")
    assert next(stream) == b": here\n\n"
    changes.announce()
    assert next(stream) == b"event: change\ndata:\n\n"


def test_a_page_that_listens_after_the_next_build_is_told_at_once(site: Any) -> None:
    site.built()
    changes = Changes()
    client = Client(Preview(site.output, changes))
    script = HTMLParser(client.get("/").text).css("script[src]")[-1].attributes["src"] or ""
    changes.announce()
    events = client.get(script.replace("reload.js", "changes"), buffered=False).iter_encoded()
    assert [next(events), next(events)] == [b": here\n\n", b"event: change\ndata:\n\n"]


@pytest.mark.parametrize(
    ("listens_at", "field", "answers"),
    [
        ("127.0.0.1", "127.0.0.1:8000", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "LOCALHOST:1", True),
        ("127.0.0.1", "[::1]:8000", True),
        ("127.0.0.1", "rebound.example", False),
        ("127.0.0.1", "127.0.0.1.rebound.example", False),
        ("127.0.0.1", "192.0.2.7", False),
        ("127.0.0.1", "", False),
        ("docs.test", "docs.test:8000", True),
        ("192.0.2.7", "192.0.2.7", True),
        ("0.0.0.0", "192.0.2.7", True),
        ("0.0.0.0", "rebound.example", False),
        ("0.0.0.0", socket.gethostname(), True),
    ],
)
def test_only_its_own_hosts_are_answered(
    site: Any, listens_at: str, field: str, answers: bool
) -> None:
    site.built()
    client = Client(Preview(site.output, Changes(), host=listens_at))
    for path in ("/", "/_docgen/changes?1", "/_docgen/reload.js"):
        response = client.get(path, headers={"Host": field}, buffered=False)
        assert response.status_code == (200 if answers else 421)
        response.close()


def test_a_host_that_cannot_be_read_is_nobodys() -> None:
    assert not answers_to("127.0.0.1", "[")


@pytest.fixture
def served(
    site: Any, request: pytest.FixtureRequest
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-u", "-m", "flask", "docgen", "serve", "--port", "0"]
    options = ["--no-reference", "--content", "content", "--snippets", "snippets", "-o", "out"]
    site.write("over/foot.html", "")
    if getattr(request, "param", "") == "broken":
        site.page("other.md", "{{ broken }}\n")
    process = subprocess.Popen(
        [*command, *options, "--templates", "over"],
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
    with urllib.request.urlopen(f"{address}_docgen/changes?0", timeout=60) as events:
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
    assert any(
        "content/other.md:5: `{{ broken }}` calls no block" in line for line in process.stdout
    )
    with urllib.request.urlopen(f"{address}other/", timeout=60) as page:
        assert b"Back to" in page.read()


@pytest.mark.parametrize("served", ["broken"], indirect=True)
def test_a_site_whose_first_build_fails_is_served_once_it_is_mended(
    site: Any, served: tuple[str, subprocess.Popen[str]]
) -> None:
    address, _ = served
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{address}other/", timeout=60)
    page = caught.value.read().decode()
    assert "the terminal says why" in page
    script = HTMLParser(page).css("script[src]")[-1].attributes["src"] or ""
    events_at = address + script.replace("reload.js", "changes").lstrip("/")
    with urllib.request.urlopen(events_at, timeout=60) as events:
        site.page("other.md", "## There\n\nMended.\n", title="Other")
        assert b"event: change\n" in iter(events.readline, b"")
    with urllib.request.urlopen(f"{address}other/", timeout=60) as page:
        assert b"Mended." in page.read()


def test_whatever_a_build_raises_the_next_one_can_heal(
    site: Any, served: tuple[str, subprocess.Popen[str]]
) -> None:
    address, process = served
    assert process.stdout
    for mistake, message in (("{{ nothing }}", "'nothing' is undefined"), ("{% if", "unexpected")):
        site.write("over/foot.html", mistake)
        assert any(message in line for line in process.stdout)
    with urllib.request.urlopen(f"{address}_docgen/changes?0", timeout=60) as events:
        assert events.readline() == b": here\n"
        site.write("over/foot.html", "Healed.")
        assert b"event: change\n" in iter(events.readline, b"")
    with urllib.request.urlopen(f"{address}other/", timeout=60) as page:
        assert b"Healed." in page.read()


@pytest.mark.parametrize("output", ["content/.site", "over/.site"])
def test_what_a_build_writes_starts_no_other(site: Any, output: str) -> None:
    # The folder of the output may go by two names.
    (site.root / "content").rename(site.root / "pages")
    (site.root / "content").symlink_to("pages")
    (site.root / "over").mkdir()
    folders = Options(Path(output), content=(Path("content"),), templates=(Path("over"),))
    news = watch_sources(folders)
    assert next(news) == set()
    site.built("-o", output)
    site.page("other.md", "## There\n")
    changed: set[str] = set()
    while "other.md" not in changed:
        changed |= {Path(path).name for _, path in next(news)}
    assert changed == {"other.md"}
