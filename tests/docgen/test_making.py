"""A page that only calls blocks is read without a template engine, to the same end."""

from pathlib import Path
from typing import Any

import jinja2
import pytest

import docgen
from docgen.making import read_calls

CONTENT = Path(docgen.__file__).parent / "content"
PAGES = sorted(CONTENT.rglob("*.md"))


@pytest.mark.parametrize(
    "text",
    [
        "{% set x = 1 %}{{ f(x) }}",
        "{{ f(x) }}",
        "{{ f() | upper }}",
        "{{ f(true) }}",
        "{{ x }}",
        "{{ f( }}",
        "{{ f(*[1]) }}",
        "{{ f(**{}) }}",
        "{# no #}",
        "{{- f() }}",
    ],
)
def test_everything_else_is_left_to_the_engine(text: str) -> None:
    assert read_calls(text) is None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(CONTENT)))
def test_what_is_read_is_what_the_engine_reads(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    calls = read_calls(text)
    if calls is None:
        return
    seen: list[tuple[str, tuple[object, ...], dict[str, object]]] = []

    class Names(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            return lambda *values, **named: seen.append((name, values, named)) or name

    template = jinja2.Environment(autoescape=False).from_string(text)
    names = {call[1] for call, _, _ in calls}
    template.render({name: Names()[name] for name in names})
    assert [(call[1], tuple(values), named) for call, values, named in calls] == seen
    assert len(calls) == len(seen)


def test_most_pages_of_the_package_are_read_the_short_way() -> None:
    short = [path for path in PAGES if read_calls(path.read_text(encoding="utf-8")) is not None]
    assert len(short) > len(PAGES) * 0.8


def test_a_mistake_in_a_call_of_several_lines_has_the_line_where_it_starts(site: Any) -> None:
    site.page("index.md", 'One.\n\n{{ snippet(\n    "flask",\n    "wrong",\n) }}\n')
    assert "content/index.md:7: snippets/flask/app.py has no region 'wrong'" in site.refused()
