"""The checks of the debugging page, run as a reader would."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from flask_preconditions.conformance.wire import Client
from snippets.tools.serve import serve
from snippets.tools.toolchain import lacks
from tests.live.tools.proxies import open_nginx
from tests.needs import need

CONTENT = Path(__file__).parents[2] / "docgen/content/data/debugging.toml"
SYMPTOMS = tomllib.loads(CONTENT.read_text(encoding="utf-8"))["symptom"]
CAUSES = [(symptom["id"], cause) for symptom in SYMPTOMS for cause in symptom["causes"]]
CHECKS = [(symptom, cause) for symptom, cause in CAUSES if "check" in cause]
BODY = b'{"title": "t", "body": "long enough to be worth compressing, or so one would think"}'


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Client]]:
    """Run what the checks ask: a documents server, alone and behind a proxy that compresses."""
    with ExitStack() as running:
        folder = tmp_path_factory.mktemp("debugging")
        found = {"documents": running.enter_context(serve("flask", folder))}
        if not lacks(["nginx"]):
            found["nginx"] = running.enter_context(open_nginx()).proxy
        for client in found.values():
            made = client.send("PUT", "/docs/1", [("If-None-Match", "*")], BODY)
            assert made.response.status == 201
        yield found


@pytest.mark.parametrize(
    ("symptom", "cause"), CHECKS, ids=[f"{symptom}-{n}" for n, (symptom, _) in enumerate(CHECKS)]
)
def test_a_check_tells_what_the_page_says(
    symptom: str, cause: dict[str, Any], servers: dict[str, Client]
) -> None:
    setting = cause.get("setting", "documents")
    need("bash", "curl", "jq")
    if setting != "documents":
        need(setting)
    command = cause["check"].replace("https://api.example", servers[setting].base_url)
    assert servers[setting].base_url in command
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert re.search(cause["prints"], done.stdout, re.M), done.stdout


def test_every_symptom_that_can_be_asked_about_has_a_check() -> None:
    assert len(CHECKS) >= 12
    assert {"every-time", "behind-the-proxy", "428", "400", "stale-but-200", "etag-null"} <= {
        symptom for symptom, _ in CHECKS
    }


def test_a_check_says_what_it_prints() -> None:
    assert [cause["check"] for _, cause in CHECKS if "prints" not in cause] == []
