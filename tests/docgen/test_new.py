"""The beginnings of a site: they build, they check, and they take nobody's place."""

import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from docgen.cli import docgen


@pytest.mark.slow
def test_a_new_site_is_built_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    made = runner.invoke(docgen, ["new", ".", "--title", 'Notes "API"'])
    assert made.exit_code == 0, made.output
    built = runner.invoke(docgen, ["build", "--content", "docs/content"])
    assert built.exit_code == 0, built.output
    assert "Notes &#34;API&#34;" in (tmp_path / "build/site/index.html").read_text()
    assert (tmp_path / "build/site/guide/change/index.html").exists()


@pytest.mark.slow
def test_the_workflow_of_a_new_site_runs_its_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(docgen, ["new", "."])
    text = (tmp_path / ".github/workflows/docs.yml").read_text()
    values = {
        "steps.pages.outputs.base_url": "https://me.example/notes",
        "github.server_url": "https://code.example",
        "github.repository": "me/notes",
    }
    for name, value in values.items():
        text = text.replace(f"${{{{ {name} }}}}", value)
    jobs = yaml.safe_load(text)["jobs"]
    commands = [
        shlex.split(step["run"])
        for step in jobs["build"]["steps"]
        if step.get("run", "").startswith("flask docgen")
    ]
    assert [command[2] for command in commands] == ["check", "build"]
    refused = CliRunner().invoke(docgen, commands[0][2:])
    assert "docs/content/data/site.toml:3: “Write your own words here” holds" in refused.stderr
    site = tmp_path / "docs/content/data/site.toml"
    site.write_text(site.read_text().replace("Write your own words here", "Ours"))
    for command in commands:
        done = CliRunner().invoke(docgen, command[2:])
        assert done.exit_code == 0, done.output
    page = (tmp_path / "build/site/guide/change/index.html").read_text()
    assert 'href="https://me.example/notes/guide/change/"' in page
    assert 'href="https://code.example/me/notes/edit/main/docs/content/guide/change.md"' in page
    assert jobs["publish"]["steps"][0]["uses"].startswith("actions/deploy-pages@")


def test_a_new_site_touches_no_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/README.md").write_bytes("größer".encode("latin-1"))
    made = CliRunner().invoke(docgen, ["new", str(tmp_path)])
    assert made.exit_code == 1
    assert "docs/README.md" in made.stderr
    assert list(tmp_path.rglob("*.toml")) == []
    again = CliRunner().invoke(docgen, ["new", str(tmp_path / "other")])
    assert again.exit_code == 0
    assert CliRunner().invoke(docgen, ["new", str(tmp_path / "other")]).exit_code == 0
