"""The clients for browsers, in Chromium, at the Flask server and behind a cache that is fresh."""

import importlib.util
import json
import shutil
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Response
from flask import send_from_directory
from playwright.sync_api import Page
from playwright.sync_api import expect
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from flask_preconditions.conformance.wire import Client
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from tests.needs import need

from .conftest import need_for

FOLDER = HERE / "clients"
TARGET = "/docs/minutes"
MODULE = "await import('/client/documents.js')"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """The server, whose answers a browser may use for a minute without asking."""
    spec = importlib.util.spec_from_file_location("documents_server", HERE / "flask/app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    app = module.create_app(str(tmp_path / "docs.sqlite3"))

    @app.get("/client/<path:name>")
    def file(name: str) -> Response:
        return send_from_directory(FOLDER / "browser", name)

    @app.get("/react/<path:name>")
    def react_file(name: str) -> Response:
        return send_from_directory(FOLDER / "react", name)

    @app.after_request
    def let_it_be_stored(response: Response) -> Response:
        if response.status_code == 200:
            response.cache_control.max_age = 60
        return response

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Client(f"http://127.0.0.1:{server.port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def page(client: Client) -> Iterator[Page]:
    need("chromium")
    path, arguments = shutil.which("chromium"), ["--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        page = browser.new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{client.base_url}/client/editor.js")
        yield page
        browser.close()


def write(client: Client, text: str) -> str:
    """Save as somebody else, and give the tag."""
    seen = client.send("GET", TARGET).response
    condition = (
        ("If-Match", seen.get("ETag") or "") if seen.status == 200 else ("If-None-Match", "*")
    )
    body = json.dumps({"title": "Minutes", "body": text}).encode()
    saved = client.send("PUT", TARGET, [condition], body).response
    assert saved.status in (201, 204)
    return client.send("GET", TARGET).response.get("ETag") or ""


def text_of(client: Client) -> Any:
    return json.loads(client.send("GET", TARGET).response.body)["body"]


def test_a_read_is_never_what_the_cache_has_kept(client: Client, page: Page) -> None:
    old = write(client, "We met.")
    read = f"async () => (await ({MODULE}).read('{TARGET}')).etag"
    plain = f"async () => (await fetch('{TARGET}')).headers.get('ETag')"
    assert page.evaluate(plain) == old
    new = write(client, "We met twice.")
    assert page.evaluate(plain) == old  # the trap
    assert page.evaluate(read) == new


def test_an_update_is_saved_over_what_the_cache_has_kept(client: Client, page: Page) -> None:
    write(client, "We met.")
    page.evaluate(f"async () => {{ await fetch('{TARGET}'); }}")
    write(client, "We met twice.")
    append = "({ title, body }) => ({ title, body: `${body} Mine.` })"
    page.evaluate(f"async () => ({MODULE}).update('{TARGET}', {append})")
    assert text_of(client) == "We met twice. Mine."


def test_a_document_is_created_once(client: Client, page: Page) -> None:
    create = f"async (body) => ({MODULE}).create('{TARGET}', {{ title: 'Minutes', body }})"
    assert page.evaluate(create, "First.") is True
    assert page.evaluate(create, "Second.") is False
    assert text_of(client) == "First."


def test_who_saves_second_sees_both_versions_and_decides(client: Client, page: Page) -> None:
    write(client, "We met.")
    page.goto(f"{client.base_url}/client/editor.html?document={TARGET}")
    text = page.get_by_label("Text")
    expect(text).to_have_value("We met.")
    theirs = write(client, "We met on Monday.")
    text.fill("We met at noon.")
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Somebody saved while you were editing")
    expect(dialog).to_contain_text("We met on Monday.")
    expect(dialog).to_contain_text("We met at noon.")
    dialog.get_by_role("button", name="Go on editing").click()
    expect(dialog).to_be_hidden()
    expect(text).to_have_value("We met at noon.")
    assert client.send("GET", TARGET).response.get("ETag") == theirs

    page.get_by_role("button", name="Save").click()
    dialog.get_by_role("button", name="Replace theirs by yours").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert text_of(client) == "We met at noon."

    write(client, "We met on Tuesday.")
    text.fill("Nobody met.")
    page.get_by_role("button", name="Save").click()
    dialog.get_by_role("button", name="Take theirs").click()
    expect(text).to_have_value("We met on Tuesday.")
    assert text_of(client) == "We met on Tuesday."


def test_who_saves_what_was_deleted_is_told(client: Client, page: Page) -> None:
    tag = write(client, "We met.")
    page.goto(f"{client.base_url}/client/editor.html?document={TARGET}")
    expect(page.get_by_label("Text")).to_have_value("We met.")
    client.send("DELETE", TARGET, [("If-Match", tag)])
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Not saved: the document was deleted.")


@pytest.fixture(scope="module")
def _react() -> None:
    entry = tomllib.loads((FOLDER / "clients.toml").read_text(encoding="utf-8"))["react"]
    program = Program("react", FOLDER / "react", entry)
    need_for(program)
    program.build()


@pytest.fixture
def editor(client: Client, page: Page, _react: None) -> Page:
    write(client, "We met.")
    page.goto(f"{client.base_url}/react/index.html?document={TARGET}")
    expect(page.get_by_label("Text")).to_have_value("We met.")
    return page


def test_an_editor_of_react_saves_with_the_new_tag_each_time(client: Client, editor: Page) -> None:
    for text in ("We met at noon.", "We met at one."):
        editor.get_by_label("Text").fill(text)
        editor.get_by_role("button", name="Save").click()
        expect(editor.get_by_role("status")).to_have_text("Saved.")
        assert text_of(client) == text


def test_a_draft_keeps_its_tag_when_the_query_reads_again(client: Client, editor: Page) -> None:
    editor.get_by_label("Title").fill("Minutes of Monday")
    write(client, "We met on Monday.")
    with editor.expect_response(lambda seen: seen.request.method == "GET" and TARGET in seen.url):
        editor.evaluate("window.dispatchEvent(new Event('visibilitychange'))")  # as a focus does
    editor.get_by_role("button", name="Save").click()
    conflict = editor.get_by_role("region", name="Somebody saved while you were editing")
    expect(conflict).to_contain_text("Theirs: Minutes We met on Monday.")
    expect(conflict).to_contain_text("Yours: Minutes of Monday We met.")
    assert text_of(client) == "We met on Monday."

    theirs = write(client, "We met on Tuesday.")
    editor.get_by_role("button", name="Replace theirs by yours").click()
    expect(conflict).to_contain_text("We met on Tuesday.")
    assert client.send("GET", TARGET).response.get("ETag") == theirs
    editor.get_by_role("button", name="Replace theirs by yours").click()
    expect(editor.get_by_role("status")).to_have_text("Saved.")
    assert text_of(client) == "We met."

    editor.get_by_label("Text").fill("Nobody met.")
    write(client, "We met on Friday.")
    editor.get_by_role("button", name="Save").click()
    editor.get_by_role("button", name="Take theirs").click()
    expect(editor.get_by_label("Text")).to_have_value("We met on Friday.")


def test_an_editor_of_react_is_told_of_what_was_deleted(client: Client, editor: Page) -> None:
    tag = client.send("GET", TARGET).response.get("ETag") or ""
    client.send("DELETE", TARGET, [("If-Match", tag)])
    editor.get_by_role("button", name="Save").click()
    expect(editor.get_by_role("status")).to_have_text("Not saved: the document was deleted.")
