"""The lab with a browser as the learner's client: what Chromium saves as HAR is judged."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from flask_preconditions.lab import Run
from flask_preconditions.lab import load_lessons
from flask_preconditions.lab.player import LAB
from flask_preconditions.lab.player import Player
from flask_preconditions.recorded.har import read_har
from flask_preconditions.simulator import create_app
from flask_preconditions.testing.clients import serving

pytestmark = pytest.mark.external

SEND = """async ([url, tag]) => {
    const body = JSON.stringify({title: "Welcome", body: "Mine."});
    const got = await fetch(url, tag ? {method: "PUT", headers: {"If-Match": tag}, body} : {});
    return [got.status, got.headers.get("ETag")];
}"""


def test_the_har_that_chromium_records_of_a_page_elsewhere_is_judged(
    browser: Browser, tmp_path: Path
) -> None:
    lesson = load_lessons()[0]
    app, file = create_app(), tmp_path / "chromium.har"
    player = Player(app)
    with serving(app) as origin, serving(create_app()) as elsewhere:
        context = browser.new_context(record_har_path=file)
        page = context.new_page()
        page.goto(elsewhere)
        url = f"{origin}{LAB}/docs/welcome"
        status, tag = page.evaluate(SEND, [url, None])
        assert status == 200
        player.prepare(lesson.steps[1])
        for _ in range(2):
            assert page.evaluate(SEND, [url, tag])[0] == 412
        context.close()
    run = Run(lesson)
    judged = [run.feed(exchange) for exchange in read_har(file.read_text())]
    assert [judgement.kind for judgement in judged if judgement] == ["passed"] * 3
