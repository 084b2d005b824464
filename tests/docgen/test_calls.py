"""A page is text: a call of a block is a name and plain values, and nothing else runs."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docgen.page.calls import CallError
from docgen.page.calls import read_call

VALUES = st.recursive(
    st.text() | st.integers(-(10**17), 10**17) | st.booleans(), lambda inner: st.lists(inner)
)


def written(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return str(value)


def depth(value: object) -> int:
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(
    st.lists(VALUES.filter(lambda value: depth(value) < 4), max_size=3),
    st.dictionaries(st.sampled_from(["a", "b_2"]), st.text()),
)
@pytest.mark.slow
def test_what_is_written_is_what_is_read(values: list[object], named: dict[str, str]) -> None:
    parts = [*map(written, values), *(f"{key}={written(text)}" for key, text in named.items())]
    text = f"Before {{{{ f({', '.join(parts)}) }}}} after"
    call = read_call(text, 7)
    assert (call.name, call.values, call.named) == ("f", values, named)
    assert text[call.end :] == " after"


@given(st.text("{}()[]\"',=\\ \nf1-"))
def test_the_reader_raises_nothing_else(text: str) -> None:
    with suppress(CallError):
        read_call("{{" + text, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ x }}", "`{{ x }}` calls no block; where braces are meant, put them in backticks"),
        ("{{ f(x) }}", "f(): 'x' is no value; write a text in quotes"),
        ("{{ f() | upper }}", "after f(…) comes `}}`, not `|`"),
        ("{{ f().x }}", "after f(…) comes `}}`, not `.x`"),
        ("{{ f(", "this call is never closed"),
        ("{{ f( }}", "a value is a text in quotes, a number, true, false or a list, not `}}`"),
        ("{{ f(1 2) }}", "between values stands `,` and behind the last `)`, not `2)`"),
        ("{{ f(a=1, 2) }}", "f(): a value comes after one with a name"),
        ("{{ f(a=1, a=2) }}", "f(): a is given twice"),
        ("{{ f(*[1]) }}", "a value is a text in quotes"),
        ("{{ f(**{}) }}", "a value is a text in quotes"),
        ("{{ f({}) }}", "a value is a text in quotes"),
        ("{{ f(1.5) }}", "between values stands `,`"),
        ("{{ f(9999999999999999999) }}", "a value is a text in quotes"),
        ('{{ f("a\\d") }}', "`\\d` means nothing; a backslash is `\\\\`"),
        ("{{ f([[[[1]]]]) }}", "lists stand in lists no deeper than three times"),
        ("{{- f() }}", "`{{- f() }}` calls no block"),
        ("{{ ''.join() }}", "`{{ ''.join() }}` calls no block"),
    ],
)
def test_everything_else_is_named(text: str, message: str) -> None:
    with pytest.raises(CallError) as caught:
        read_call(text, 0)
    assert message in str(caught.value)


CODE = [
    *("run: echo ${{ github.sha }}", "docker ps --format '{{.Names}}'", "n=${#names[@]}"),
    *("f() { a {# b #} c }", "x {{ 7*7 }} y", "{% for a in b %}", "{{ vector_count() }}"),
]


@pytest.mark.parametrize("code", CODE)
@pytest.mark.parametrize("form", ["`{}`", "```text\n{}\n```", "~~~\n{}\n~~~", "    {}", "- `{}`"])
def test_code_is_published_as_it_is_written(site: Any, code: str, form: str) -> None:
    site.page("index.md", "One.\n\n" + form.format(code) + "\n")
    site.built()
    shown = (site.output / "index.md").read_text()
    assert code in shown


def test_braces_that_are_meant_are_escaped(site: Any) -> None:
    site.page("index.md", "One \\{{ user }}, two \\{% raw %}, three {x} {{}.\n")
    assert "content/index.md:5: `{{}.…` calls no block" in site.refused()
    site.page("index.md", "One \\{{ user }}, two \\{% raw %}, three {x} {}.\n")
    site.built()
    assert "One {{ user }}, two {% raw %}, three {x} {}." in site.html()


def test_braces_in_data_are_text(site: Any) -> None:
    site.write(
        "content/data/facts.toml",
        "[[box]]\nlabel = 'x'\ntext = '{{ cycler }} {% x %} {{ vector_count() }}'\n",
    )
    site.page("index.md", "{{ facts('box') }}\n")
    site.built()
    assert "{{ cycler }} {% x %} {{ vector_count() }}" in site.html()


def test_a_call_may_take_several_lines(site: Any) -> None:
    site.page("index.md", '{{ snippet(\n\n    "flask",\n# x\n    "read",\n) }}\n')
    assert "content/index.md:5: this call is never closed" in site.refused()
    site.page("index.md", 'One.\n\n{{ snippet(\n\n"flask",\n"read",\n) }}\n\n## Two\n')
    site.built()
    assert "environ" in site.html()


def test_a_call_in_a_quotation_may_too(site: Any) -> None:
    site.page("index.md", "> {{ snippet(\n> 'flask', 'read'\n> ) }}\n")
    site.built()
    assert "environ" in site.html()


def test_a_mistake_in_a_call_of_several_lines_has_the_line_where_it_starts(site: Any) -> None:
    site.page("index.md", 'One.\n\n{{ snippet(\n    "flask",\n    "wrong",\n) }}\n')
    assert "content/index.md:7: snippets/flask/app.py has no region 'wrong'" in site.refused()
