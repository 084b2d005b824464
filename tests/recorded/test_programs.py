"""What real programs answered to one session of ``curl -v``, trimmed, and what is found in it.

Each session reads, revalidates, sends a false and a weak If-Match, and writes under a false
If-Match and under none: httpbin 0.10.4, a file and a view of Bottle 0.13.4, nginx 1.22.1 with
``proxy_cache`` before a server that conforms.
"""

from pathlib import Path

import pytest

from flask_preconditions.inspector import Severity
from flask_preconditions.inspector.inspection import inspect
from flask_preconditions.inspector.sources import read

SESSIONS = {file.stem: file for file in (Path(__file__).parent / "programs").glob("*.txt")}
ERROR, WARNING = Severity.ERROR, Severity.WARNING

FOUND = {
    # §8.8.3: an entity tag is in double quotes; §8.8.3.2: a weak one matches nothing strongly.
    "httpbin": {("etag-malformed", ERROR), ("200-though-weak", ERROR)},
    "bottle-static-file": {("etag-malformed", ERROR)},
    # A view tells a tag, and nothing compares it: §13.1.1, §13.1.2, §8.8.3.2, §13.1.
    "bottle-view": {
        *{("200-though-current", ERROR), ("200-though-false", ERROR)},
        *{("200-though-weak", ERROR), ("write-unguarded", WARNING)},
    },
    # The cache answers a condition by itself, which §13.1.1 allows; the client sent the weak tag.
    "nginx-proxy-cache": {("if-match-weak", WARNING)},
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_wrong_with_a_program_is_found_and_nothing_else(name: str) -> None:
    report = inspect(read(SESSIONS[name].read_bytes(), name))
    graver = {(one.id, one.severity) for one in report.remarks if one.severity is not Severity.NOTE}
    assert graver == FOUND[name]
    assert report.exchanges == 7


def test_every_session_is_judged() -> None:
    assert SESSIONS.keys() == FOUND.keys()
