"""The regions of source files."""

from pathlib import Path
from typing import Any

import pytest

from docgen.records.regions import extract_regions
from docgen.sources.errors import BuildError


def regions_of(tmp_path: Path, text: str) -> dict[str, str]:
    path = tmp_path / "app.py"
    path.write_text(text)
    return {name: region.text for name, region in extract_regions(path).items()}


def test_a_region_is_dedented_and_trimmed(tmp_path: Path) -> None:
    text = (
        "# :snippet-start: a\n\n    if x:\n\n        y()\n\n    # :snippet-end:\nz = 1\n"
        "# :snippet-start: b\nz\n# :snippet-end: b\n"
    )
    assert regions_of(tmp_path, text) == {"a": "if x:\n\n    y()", "b": "z"}


def test_regions_nest_and_markers_never_show(tmp_path: Path) -> None:
    text = (
        "# :snippet-start: outer\none\n  # :snippet-start: inner\n  two\n  # :snippet-end:\n"
        "three\n# :snippet-end:\n"
    )
    assert regions_of(tmp_path, text) == {"inner": "two", "outer": "one\n  two\nthree"}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("// :snippet-start: a", "// :snippet-end:"),
        ("/* :snippet-start: a */", "/* :snippet-end: */"),
        ("<!-- :snippet-start: a -->", "<!-- :snippet-end: -->"),
        ("-- :snippet-start: a", "-- :snippet-end:"),
        ("\t;; :snippet-start: a", "\t;; :snippet-end: a"),
        (" * :snippet-start: a", " * :snippet-end:"),
    ],
)
def test_markers_stand_in_comments_of_any_language(tmp_path: Path, start: str, end: str) -> None:
    assert regions_of(tmp_path, f"{start}\nx\n{end}\n") == {"a": "x"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x\n# :snippet-start: a\ny\n", 2, "region 'a' is never closed"),
        (
            "# :snippet-start: a\n# :snippet-start: b\nx\n# :snippet-end:\n",
            1,
            "region 'a' is never closed",
        ),
        ("x\n# :snippet-end:\n", 2, "no region is open here"),
        (
            "# :snippet-start: a\nx\n# :snippet-end:\n# :snippet-start: a\nx\n# :snippet-end:\n",
            4,
            "region 'a' is in this file already, at line 1",
        ),
        (
            "# :snippet-start: a\n# :snippet-start: a\nx\n# :snippet-end:\n# :snippet-end:\n",
            2,
            "region 'a' is in this file already, at line 1",
        ),
        (
            "# :snippet-start: a\n# :snippet-start: b\nx\n# :snippet-end: a\n# :snippet-end: b\n",
            4,
            "this closes 'a' while 'b' (line 2) is open",
        ),
        ("# :snippet-start: a\n\n   \n# :snippet-end:\n", 1, "region 'a' is empty"),
        ("# :snippet-start:\nx\n# :snippet-end:\n", 1, "this region has no name"),
        ("# :snippet-start: A b\nx\n# :snippet-end:\n", 1, "this is no marker"),
        ("# :snippet-begin: a\nx\n# :snippet-end:\n", 1, "this is no marker"),
        ("x = 1  # :snippet-start: a\nx\n# :snippet-end:\n", 1, "this is no marker"),
        (':snippet-start: a\nx\n":snippet-end:"\n', 1, "this is no marker"),
    ],
)
def test_a_mistake_has_a_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(BuildError, match="app") as caught:
        regions_of(tmp_path, text)
    assert caught.value.line == line
    assert message in caught.value.message


def test_a_mistake_in_a_source_fails_the_build(site: Any) -> None:
    site.write("snippets/flask/app.py", "# :snippet-start: read\nx\n")
    site.page("index.md", "{{ snippet('flask', 'read') }}\n")
    assert "Error: snippets/flask/app.py:1: region 'read' is never closed" in site.refused()
