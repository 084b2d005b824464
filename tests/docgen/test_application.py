"""The site of an API: its routes, its own refusals, and what of the reference comes along."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from html import unescape
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from flask import request
from openapi_spec_validator import validate
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from docgen.cli import docgen
from flask_preconditions import require_match
from tests.needs import need

from .shop import PROBLEMS
from .shop import Built
from .shop import build
from .shop import check
from .shop import make_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(make_shop(), tmp_path_factory.mktemp("shop"))


def test_a_route_is_written_as_openapi_writes_it(shop: Built) -> None:
    rows = shop.page("routes").css_first("article table").css("tbody tr")
    first = {row.css_first("th").text().strip(): row for row in rows}
    assert "PUT /orders/{id} Keep <one> order." in first
    assert "or If-None-Match: * to create" in first["PUT /orders/{id} Keep <one> order."].text()
    assert "PATCH /products/{sku}" in first


def test_the_methods_of_a_route_come_as_a_client_needs_them(shop: Built) -> None:
    heads = [row.css_first("th") for row in shop.page("routes").css("article table tbody tr")]
    methods = [head.css_first(".method").text() for head in heads if "/orders/{id}" in head.text()]
    assert methods == ["GET", "PUT", "DELETE"]


def test_a_policy_is_told_in_sentences(shop: Built) -> None:
    text = shop.text("routes")
    assert "A condition is required: without one, the answer is 428." in text
    assert "a copy may be used for 1 minute without asking" in text
    assert "A condition is optional. Without one, the last write wins." in text
    assert "A 412 does not tell the current tag." in text
    assert "etag=rev" not in text
    assert "problem_base_url" not in text


def test_every_refusal_is_one_that_the_app_gave(shop: Built) -> None:
    page = shop.page("routes")
    steps = [fold.text() for fold in page.css("details:has(.exchange)")]
    put = [step for step in steps if "PUT /orders/1" in step]
    assert [step.split()[0] for step in put] == ["428", "412", "400"]
    assert f'"type": "{PROBLEMS}precondition-failed/"' in put[1]
    assert 'ETag: "7"' in put[1]
    assert any("304 Not Modified" in step and "GET /orders/1" in step for step in steps)
    # Nothing else would be refused: without a condition, this PATCH is performed.
    patch = [step.split()[0] for step in steps if "PATCH /products/a%201" in step]
    assert patch == ["412", "400"]


def test_a_delete_is_sent_without_a_body(shop: Built) -> None:
    before, _, after = shop.text("routes").partition("curl -i -X DELETE")
    sent = after.partition("GET /orders/{id}")[0]
    assert "If-Match" in sent
    assert "Content-Type: application/json" not in sent.partition("HTTP/1.1")[0]
    assert "paid" not in sent
    assert "paid" in before + after


def test_what_may_be_a_secret_is_not_published(shop: Built) -> None:
    text = shop.text("routes")
    assert "Authorization: …" in text
    assert "Accept: application/json" in text
    for path in shop.output.rglob("*"):
        assert path.is_dir() or b"s3cr3t" not in path.read_bytes()


def test_other_routes_are_listed_with_their_reason(shop: Built) -> None:
    table = shop.page("routes").css("article table")[-1]
    rows = {
        row.css_first("th").text().strip(): row.css_first("td").text()
        for row in table.css("tbody tr")
    }
    assert rows == {
        "GET /orders List the orders.": "Reads only",
        "POST /orders": "Makes a new order",
        "PUT /cart/{id}": "Looks at no condition: the last write wins",
    }


def test_one_path_of_two_hosts_is_two_routes(tmp_path: Path) -> None:
    app = Flask("hosts", subdomain_matching=True)
    app.config.update(
        SERVER_NAME="notes.example",
        DOCGEN_SAMPLES={"own": {"path": {"id": 1}}, "team": {"path": {"id": 1, "name": "red"}}},
    )

    @app.route("/notes/<int:id>", endpoint="team", subdomain="<name>", methods=["GET", "PUT"])
    @app.route("/notes/<int:id>", endpoint="own", methods=["GET", "PUT"])
    @require_match(lambda id, name="": {"rev": name or "own"}, etag="rev")
    def note(**_: object) -> str:
        assert request.method == "GET"
        return "a note"

    site = build(app, tmp_path)
    found = [heading.text() for heading in site.page("routes").css("h3")]
    assert [heading for heading in found if heading.startswith("PUT")] == [
        "PUT /notes/{id}",
        "PUT {name}.notes.example/notes/{id}",
    ]
    text = site.text("routes")
    assert "http://notes.example/notes/1" in text
    assert "http://red.notes.example/notes/1" in text
    assert 'ETag: "red"' in text
    operation = site.openapi["paths"]["/notes/{id}"]["put"]
    assert [server["url"] for server in operation["servers"]] == ["/", "//{name}.notes.example"]
    validate(site.openapi)


def test_every_type_opens_a_page_with_a_refusal_of_this_api(shop: Built) -> None:
    for slug in ("precondition-failed", "precondition-required", "malformed-precondition"):
        text = shop.text(f"problems/{slug}")
        assert "Captured from this API" in text
        assert "/orders/1" in text
        assert "/docs/minutes" not in text.partition("Creating")[0]


def test_what_is_left_out_is_not_linked(tmp_path: Path) -> None:
    built = build(make_shop(), tmp_path, "--reference", "problems")
    assert {name for name in built.pages if "problems" not in name} == {".", "routes", "index"}
    page = built.page("problems/precondition-failed")
    assert "the reference on 412" in page.css_first("article").text()
    assert not [a for a in page.css("a") if "left-out" in (a.attributes["href"] or "")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reference", "there"),
    [
        ("none", set()),
        ("problems", {"problems/precondition-failed"}),
        ("statuses", {"problems/precondition-failed", "412", "304", "428"}),
        ("all", {"problems/precondition-failed", "412", "304", "428", "headers/if-match"}),
    ],
)
def test_the_owner_chooses_what_of_the_reference_comes_along(
    tmp_path: Path, reference: str, there: set[str]
) -> None:
    built = build(make_shop(DOCGEN_REFERENCE=reference), tmp_path)
    asked = {"problems/precondition-failed", "412", "304", "428", "headers/if-match"}
    assert built.pages & asked == there
    assert {".", "routes"} <= built.pages
    assert (built.output / "contract.json").exists() == (reference == "all")


def test_the_site_of_an_api_passes_its_own_check() -> None:
    result = check(make_shop())
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("config", "options", "message"),
    [
        (
            {"PRECONDITIONS_PROBLEM_BASE_URL": "https://shop.example/problems/"},
            [],
            "type https://shop.example/problems/precondition-failed/: no page of this site "
            f'answers it; set PRECONDITIONS_PROBLEM_BASE_URL = "{PROBLEMS}"',
        ),
        ({"PRECONDITIONS_PROBLEM_BASE_URL": None}, [], "#section-15.5.13: no page of this site"),
        ({}, ["--reference", "none"], " and --reference problems"),
    ],
)
def test_a_type_that_no_page_answers_is_found(
    config: dict[str, object], options: list[str], message: str
) -> None:
    result = check(make_shop(**config), *options)
    assert result.exit_code == 1
    assert message in result.stderr


def test_a_sample_of_nothing_that_is_there_is_told(tmp_path: Path) -> None:
    samples = {"order": {"path": {"id": 2}, "headers": {"Authorization": "Bearer s3cr3t"}}}
    built = build(make_shop(DOCGEN_SAMPLES=samples), tmp_path)
    assert (
        "DOCGEN_SAMPLES: order: GET /orders/2 was answered with 404, and no validator; name "
        "something that exists"
    ) in built.result.stderr


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (
            {"ordr": {}},
            "no guarded endpoint 'ordr'; there are: order, prices, product",
        ),
        ([], "it must map an endpoint to its path, json and headers"),
        ({"order": {"pth": {}}}, "unknown field `pth`"),
    ],
)
def test_a_sample_that_cannot_be_read_is_refused(
    tmp_path: Path, samples: object, message: str
) -> None:
    arguments = ["build", "-o", str(tmp_path / "site")]
    app = make_shop(DOCGEN_SAMPLES=samples)
    result = app.test_cli_runner().invoke(docgen, arguments)
    assert result.exit_code == 1
    assert message in result.stderr


def test_samples_may_stand_beside_the_pages(tmp_path: Path) -> None:
    data = tmp_path / "content/data"
    data.mkdir(parents=True)
    (data / "samples.toml").write_text(
        "[order]\npath = { id = 1 }\njson = { state = 'kept' }\n"
        "headers = { Authorization = 'Bearer s3cr3t' }\n"
    )
    built = build(make_shop(DOCGEN_SAMPLES={}), tmp_path, "--content", str(tmp_path / "content"))
    assert '{"state": "kept"}' in built.text("routes")


def test_a_build_writes_nothing_into_the_app_and_is_the_same_each_time(tmp_path: Path) -> None:
    app = make_shop()
    first = build(app, tmp_path)
    assert app.extensions["store"] == {1: {"id": 1, "rev": "7", "state": "new"}}
    again = build(make_shop(), tmp_path)
    assert "(0 rendered; 0 files written" in again.result.stdout
    assert first.result.stderr == ""


def test_a_view_renders_its_pages_again_when_it_changes(tmp_path: Path) -> None:
    build(make_shop(), tmp_path)
    app = make_shop()
    app.view_functions["prices"].__doc__ = "Read what it costs."
    assert "Read what it costs." in build(app, tmp_path).text("routes")


def test_functions_in_a_policy_are_told_the_same_each_time(tmp_path: Path) -> None:
    def shows(_: object, __: object) -> dict[str, str]:
        return {}

    first = build(make_shop(PRECONDITIONS_DISCLOSE=partial(shows, 1)), tmp_path)
    assert "A 412 shows the current state in current." in first.text("routes")
    again = build(make_shop(PRECONDITIONS_DISCLOSE=partial(shows, 2)), tmp_path)
    assert "(0 rendered;" in again.result.stdout


def test_what_an_error_handler_of_the_app_writes_is_not_promised(tmp_path: Path) -> None:
    app = make_shop(DOCGEN_SAMPLES={})
    app.register_error_handler(HTTPException, lambda error: ({"error": error.name}, error.code))
    built = build(app, tmp_path)
    assert "precondition-failed/" not in built.text("routes")
    assert "only its status" in built.text("routes")


@pytest.fixture
def live() -> Iterator[tuple[str, Flask]]:
    app = make_shop()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}", app
    server.shutdown()
    thread.join()
    server.server_close()


CALLS = {
    "python": (
        [sys.executable, "-"],
        '\nprint(change(lambda order: {"state": order["state"] + "!"}).status_code)\n',
    ),
    "fetch": (
        ["node", "-"],
        "\nchange((order) => ({ state: order.state + '!' })).then((a) => console.log(a.status));\n",
    ),
}


@pytest.mark.external
@pytest.mark.parametrize("client", list(CALLS))
def test_what_a_client_is_told_to_do_works(
    shop: Built, live: tuple[str, Flask], client: str
) -> None:
    command, call = CALLS[client]
    if client == "fetch":
        need("node")
    code = unescape(shop.page("routes").css_first(f"#change-{client} code").text())
    code = code.replace("https://api.example", live[0]).replace("…", "Bearer s3cr3t")
    done = subprocess.run(command, input=code + call, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "204", done.stderr
    assert live[1].extensions["store"][1] == {"id": 1, "rev": "8", "state": "new!"}
