"""A small site to build: two pages, one server with its results."""

import json
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner
from click.testing import Result

from docgen.cli import docgen
from docgen.records.record import digest

SOURCE = """\
import os

# :snippet-start: read
def read():
    return os.environ
# :snippet-end:
"""

EXCHANGE = {
    "request": {
        "method": "PUT",
        "target": "/docs/1",
        "fields": [["If-Match", '"one"'], ["Content-Type", "application/json"]],
        "body": '{"title": "<b>"}',
    },
    "response": {
        "status": 412,
        "phrase": "Precondition Failed",
        "fields": [["ETag", '"two"'], ["Date", "Sun, 06 Nov 1994 08:49:37 GMT"]],
        "body": "",
    },
}


class Site:
    """The sources of a site in a directory of its own, and its builds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.content = root / "content"
        self.snippets = root / "snippets"
        self.output = root / "out"

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def page(self, name: str, body: str, title: str = "A page") -> Path:
        """Write a page whose body starts at line 5."""
        head = f'+++\ntitle = "{title}"\ndescription = "A page that the tests build."\n+++\n'
        return self.write(f"content/{name}", head + dedent(body))

    def record(self, name: str = "flask", **changes: object) -> None:
        """Write the results of a server, as they would be after a run just now."""
        results = {
            "server": name,
            "versions": {"Alpha": "0.1", "Flask": "3.1.3", "Python": "3.11.7"},
            "digest": digest([self.snippets / name / "app.py"]),
            "vectors": {"a": "pass", "b": "pass", "c": "skip: no such state"},
            "transcripts": {"lost-update": [EXCHANGE, EXCHANGE]},
        } | changes
        self.write(f"snippets/results/{name}.json", json.dumps(results))

    def build(self, *options: str) -> Result:
        arguments = [
            "build",
            "-o",
            str(self.output),
            "--no-reference",
            "--content",
            str(self.content),
        ]
        return CliRunner().invoke(docgen, [*arguments, "--snippets", str(self.snippets), *options])

    def built(self, *options: str) -> Result:
        """Build, and see that it worked."""
        result = self.build(*options)
        assert result.exit_code == 0, result.output
        return result

    def refused(self, *options: str) -> str:
        """Build, see that it was refused without a trace, and give what it said."""
        result = self.build(*options)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        assert not self.output.exists()
        return result.stderr

    def html(self, name: str = "") -> str:
        return (self.output / name / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the package, built once."""
    folder = tmp_path_factory.mktemp("site")
    result = CliRunner().invoke(docgen, ["build", "-o", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(tmp_path)
    made = Site(tmp_path)
    made.write(
        "content/data/site.toml",
        'title = "Site"\ntagline = "Small"\nfooter = ["The foot."]\n'
        '[[sections]]\nid = "main"\ntitle = "Main"\n',
    )
    made.write(
        "snippets/servers.toml",
        '[flask]\ntitle = "Flask"\nlanguage = "Python"\nruntime = "Python"\nsources = ["app.py"]\n',
    )
    made.write("snippets/flask/app.py", SOURCE)
    made.record()
    made.page("index.md", "## First\n\nSee [the other](/other/#there).\n", title="Home")
    made.page("other.md", "## There\n\nBack to [home](/).\n", title="Other")
    return made
