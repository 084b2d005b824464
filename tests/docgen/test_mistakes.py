"""Every mistake is reported with its file and line, and nothing is written."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("One.\n\n{{ tabs( }}\n", 7, "a value is a text in quotes"),
        ("One.\n\nTwo {{ nothing }}.\n", 7, "`{{ nothing }}` calls no block; where braces"),
        ("One.\n\nTwo\n{{ snipet() }}\n", 8, "no block 'snipet'; did you mean snippet?"),
        ("{% for x in y %}\n", 5, "`{%` is no syntax of a page"),
        ("One.\n{# a note #}\n", 6, "`{#` starts no comment"),
        ("One.\n\nTwo `a\nb` {{ x }}\n", 8, "calls no block"),
        ("One `a\nb` and [x](/gone/).\n", 6, "dead link /gone/"),
        ("| a |\n|---|\n| b |\n| {{ x }} |\n", 8, "calls no block"),
        ("![{{ vector_count() }}](/files/x.png)\n", 5, "the words of a picture hold no block"),
        ("One.\n\nTwo\n{{ snippet('flask', 'read') }}\n", 8, "a paragraph of its own"),
        ('One.\n\n{{ snippet("flask", "wrong") }}\n', 7, "has no region 'wrong'; it has: read"),
        ('{{ snippet("django", "read") }}\n', 5, "no server 'django'; servers.toml has: flask"),
        ("\n{{ snippet('flask') }}\n", 6, "snippet(): missing a required argument: 'region'"),
        ("{{ exchange('race') }}\n", 5, "recorded no 'race'; it has: lost-update"),
        ("{{ exchange('lost-update', steps=[3]) }}\n", 5, "2 steps, and none is 3"),
        ("{{ exchange('lost-update', captions=['a']) }}\n", 5, "1 captions stand against 2"),
        ("{{ curl('lost-update', 0) }}\n", 5, "2 steps, and none is 0"),
        ("{{ curl('lost-update', '1') }}\n", 5, "curl(): step: Expected `int`, got `str`"),
        ("{{ exchange('lost-update', steps=1) }}\n", 5, "exchange(): steps: Expected `array"),
        ("{{ decision_table(412, 'x') }}\n", 5, "decision_table(): statuses: Expected `int`"),
        ("{{ api(1) }}\n", 5, "api(): path: Expected `str`, got `int`"),
        ("{{ api('os:sep') }}\n", 5, "'os:sep' is not of flask_preconditions"),
        ("{{ vector_count('requird') }}\n", 5, "no kind 'requird' of vectors; there are: required"),
        ("{{ clause(\n    '9110 13.1'\n) }}\n\n[x](/gone/)\n", 9, "dead link /gone/"),
        ("One {{ clause('9110 99') }}\n", 5, "no clause '9110 99'"),
        ("Text.\n\n## See {{ clause('9110 13.1') }}\n", 7, "a heading holds no block"),
        ("# A second title\n", 5, "the title is the page's only `#` heading"),
        ("One.\n\n```python so\nx\n```\n", 7, "`so` means nothing behind a fence"),
        ("One.\n\nTwo [x](/gone/).\n", 7, "dead link /gone/: no page '/gone/'"),
        ("One.\nTwo [x](/other/#gone).\n", 6, "no anchor '#gone' on /other/; it has: there"),
        ("One.\n\n[x](#gone)\n", 7, "dead link #gone: no anchor '#gone' on /"),
        (":::note[A]\nx\n:::\n", 5, "`:::note` opens nothing here; write `::: note Title`"),
        ("[x](others.md)\n", 5, "a link starts at the root (/412/) or at its file (412.md)"),
        ("![x](https-nothing.png)\n", 5, "dead link https-nothing.png"),
        ("- a\n- b\n\n  [x](/gone/)\n", 8, "dead link /gone/"),
        ("[x](/gr%C3%B6%C3%9Fe/)\n", 5, "no page '/größe/'"),
    ],
)
def test_a_mistake_in_a_page(site: Any, body: str, line: int, message: str) -> None:
    site.page("index.md", body)
    said = site.refused()
    assert said.startswith(f"Error: content/index.md:{line}: ")
    assert message in said.splitlines()[0]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('+++\ntitle = "x"\n', 1, "the front matter is never closed"),
        ('+++\ntitle = "x"\ndescription 3\n+++\n', 3, "Expected '=' after a key"),
        ("---\ntitle: x\n", 1, "the front matter is never closed; add `---`"),
        ('+++\ntitle = "x"\ndescription = 3\n+++\n', 3, "Expected `str`, got `int`"),
        ('+++\ntitle = "x"\ndescription = "short"\n+++\n', 3, "length >= 20"),
        (
            '+++\ntitle = "x"\ndescription = "Long enough to be one."\nodrer = 3\n+++\n',
            4,
            "there is no key `odrer`; did you mean `order`? The keys are: title, description,",
        ),
        (
            '+++\ntitle = "x"\ndescription = "Long enough to be one."\n\n[badge]\n'
            'text = "x"\ntone = "loud"\n+++\n',
            7,
            "Invalid enum value 'loud'",
        ),
    ],
)
def test_a_mistake_in_front_matter(site: Any, text: str, line: int, message: str) -> None:
    site.write("content/other.md", text)
    said = site.refused()
    assert said.startswith(f"Error: content/other.md:{line}: ")
    assert message in said


def test_a_section_that_the_site_does_not_have(site: Any) -> None:
    head = 'title = "x"\ndescription = "Long enough to be one."\nsection = "attic"'
    site.write("content/other.md", f"+++\n{head}\n+++\n")
    assert "Error: content/other.md:4: no section 'attic' in site.toml; it has: main" in (
        site.refused()
    )


@pytest.mark.parametrize(
    ("name", "block", "text", "line", "message"),
    [
        ("facts", "facts('412')", "x = = 1\n", 1, "Invalid value"),
        ("facts", "facts('412')", "[[413]]\nlabel = 'x'\n", 1, "missing required field"),
        (
            "facts",
            "facts('412')",
            "[[412]]\nlabel = 'x'\ntext = 'y'\nclauses = []\n",
            4,
            "length >= 1",
        ),
        (
            "facts",
            "facts('412')",
            "[[412]]\nlabel = 'x'\ntext = 'y'\nclauses = ['z']\n[[412]]\nlabel = 3\n",
            6,
            "Expected `str`, got `int`",
        ),
        ("decision", "decision_table()", "[[choice]]\nstatus = 41\n", 2, "Expected `int` >= 100"),
        ("contract", "contract()", "holds = []\n", 1, "missing required field `does_not_hold`"),
        ("evaluation", "evaluation_order()", "end = 'x'\n", 1, "missing required field `before`"),
        ("clauses", "clause('9110 13.1.1')", "[[clause]]\nrfc = 'x'\n", 2, "Expected `int`"),
    ],
)
def test_a_mistake_in_the_data(
    site: Any, name: str, block: str, text: str, line: int, message: str
) -> None:
    site.write(f"content/data/{name}.toml", text)
    site.page("index.md", f"{{{{ {block} }}}}\n")
    said = site.refused()
    assert said.startswith(f"Error: content/data/{name}.toml:{line}: ")
    assert message in said


def test_data_that_a_page_needs_and_that_is_missing(site: Any) -> None:
    site.page("index.md", "{{ headers() }}\n")
    assert "Error: content/data/headers.toml: this file is missing" in site.refused()


def test_facts_that_a_page_needs_and_that_are_missing(site: Any) -> None:
    site.write(
        "content/data/facts.toml", "[[413]]\nlabel = 'x'\ntext = 'y'\nclauses = ['9110 13.1']\n"
    )
    site.page("index.md", "{{ facts('412') }}\n")
    assert "content/index.md:5: no facts '412'; data/facts.toml has: 413" in site.refused()


def test_a_clause_that_the_core_has_is_not_typed_again(site: Any) -> None:
    site.write(
        "content/data/clauses.toml", '[[clause]]\nrfc = 9110\nsection = "13.1"\ntitle = "x"\n'
    )
    site.page("index.md", "{{ clause('9110 13.1') }}\n")
    assert "the core has 9110 13.1; remove it here" in site.refused()


def test_a_dead_link_in_the_data_names_the_data_file(site: Any) -> None:
    site.write(
        "content/data/facts.toml",
        "[[412]]\nlabel = 'x'\ntext = 'see [y](/gone/)'\nclauses = ['9110 13.1']\n",
    )
    site.page("index.md", "{{ facts('412') }}\n")
    assert "Error: content/data/facts.toml:3: dead link /gone/" in site.refused()


@pytest.mark.parametrize(
    ("action", "message"), [("/gone/", "no page '/gone/'"), ("#gone", "no anchor '#gone'")]
)
def test_a_dead_link_in_front_matter_names_its_line(site: Any, action: str, message: str) -> None:
    head = 'title = "x"\ndescription = "Long enough to be one."\n[[actions]]\ntext = "Go"'
    site.write("content/index.md", f'+++\n{head}\nhref = "{action}"\n+++\n')
    said = site.refused()
    assert "Error: content/index.md:6: " in said
    assert message in said


def test_all_mistakes_are_reported_at_once(site: Any) -> None:
    site.page("index.md", "[x](/gone/) and [y](/lost/).\n")
    site.page("other.md", "[z](#nowhere)\n")
    said = site.refused()
    assert said.count("Error: ") == 3
    assert said.endswith("3 mistakes; nothing was written.\n")


def test_mistakes_of_every_kind_are_reported_in_one_run(site: Any) -> None:
    site.page("index.md", "{{ snipet() }} {{ x }}\n\n[x](/gone/) and [y](/other/#any).\n\n# X\n")
    site.write("content/other.md", "+++\n")
    site.page("third.md", "One.\n\n```python so\n```\n\n{{ clause('9110 99') }}\n")
    site.page("robots.txt.md", "{{ facts('412') }}\n")
    site.write("content/data/facts.toml", "[[412]]\nlabel = 3\n")
    places = [line.split(": ")[1] for line in site.refused().splitlines()[:-1]]
    assert sorted(places) == [
        "content/data/facts.toml:2",
        *("content/index.md:5", "content/index.md:5", "content/index.md:7", "content/index.md:9"),
        "content/other.md:1",
        "content/robots.txt.md",
        *("content/third.md:10", "content/third.md:7"),
    ]


def test_of_many_anchors_the_nearest_are_named(site: Any) -> None:
    headings = "".join(f"## The {name} one\n\n" for name in map(chr, range(97, 123)))
    site.page("other.md", headings + "[x](#the-z-won)\n")
    site.page("index.md", "[x](/other/)\n")
    [said, *_] = site.refused().splitlines()
    assert "no anchor '#the-z-won' on /other/; near it: the-z-one, " in said
    assert len(said) < 200


def test_a_clause_that_nobody_noted_is_named_in_its_data(site: Any) -> None:
    text = "[[box]]\nlabel = 'x'\ntext = 'y'\nclauses = ['9110 13.1', '9110 99']\n"
    site.write("content/data/facts.toml", text)
    site.page("index.md", "{{ facts('box') }}\n")
    assert "Error: content/data/facts.toml:4: no clause '9110 99' in" in site.refused()


def test_a_key_that_a_record_within_a_list_has_not(site: Any) -> None:
    site.write("content/data/faq.toml", "[[question]]\nid = 'a'\nanser = 'x'\n")
    site.page("index.md", "{{ faq() }}\n")
    said = site.refused()
    assert "Error: content/data/faq.toml:3: there is no key `anser`; did you mean `answer`?" in said
    assert "The keys are: id, question, answer, " in said


def test_a_site_without_pages(site: Any) -> None:
    for page in site.content.glob("*.md"):
        page.unlink()
    assert "Error: content: there is no page (*.md) in here" in site.refused()


def test_results_that_are_not_as_recorded(site: Any) -> None:
    site.record(vectors=[1])
    site.page("index.md", "{{ snippet('flask', 'read') }}\n")
    said = site.refused()
    assert "Error: snippets/results/flask.json: Expected `object`, got `array`" in said


def test_a_server_without_its_source(site: Any) -> None:
    (site.snippets / "flask/app.py").unlink()
    site.page("index.md", "{{ snippet('flask', 'read') }}\n")
    said = site.refused()
    assert "Error: snippets/flask/app.py: servers.toml names this file for [flask]" in said


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("foot.html", "<footer>\n{{ page.nope }}</footer>", 2, "no attribute 'nope'"),
        ("foot.html", "<footer>\n{% if %}</footer>", 2, "Expected an expression"),
        ("blocks/facts.html", "{{ nothing }}", 1, "'nothing' is undefined"),
    ],
)
def test_a_mistake_in_a_template_names_the_template(
    site: Any, name: str, text: str, line: int, message: str
) -> None:
    site.write("content/data/facts.toml", '[[box]]\nlabel = "a"\ntext = "b"\n')
    site.page("index.md", "{{ facts('box') }}\n")
    site.write(f"templates/{name}", text)
    said = site.refused("--templates", "templates")
    assert said.startswith(f"Error: templates/{name}:{line}: ")
    assert message in said
    assert said.endswith("\n1 mistake; nothing was written.\n")  # though it is in every page


def test_private_characters_may_stand_in_a_text(site: Any) -> None:
    site.page("index.md", "Private \ue0007\ue001 use.\n")
    site.built()
    assert "Private \ue0007\ue001 use." in site.html()


@pytest.mark.parametrize(
    ("call", "file", "key"),
    [
        ("faq()", "faq", "question"),
        ("clouds()", "clouds", "api"),
        ("headers()", "headers", "header"),
    ],
)
def test_a_data_file_without_its_table(site: Any, call: str, file: str, key: str) -> None:
    site.write(f"content/data/{file}.toml", "")
    site.page("index.md", f"{{{{ {call} }}}}\n")
    assert f"content/data/{file}.toml:1: Object missing required field `{key}`" in site.refused()


def test_data_in_another_encoding(site: Any) -> None:
    text = (site.content / "data/site.toml").read_text() + "# ä\n"
    (site.content / "data/site.toml").write_bytes(text.encode("latin-1"))
    assert "content/data/site.toml:7: this is no UTF-8" in site.refused()


def test_a_byte_order_mark_is_no_text(site: Any) -> None:
    for path in (site.content / "data/site.toml", site.content / "index.md"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    site.built()


def test_a_server_to_show_has_to_be_listed(site: Any) -> None:
    site.write("snippets/servers.toml", "")
    site.page("index.md", "{{ exchange('lost-update') }}\n")
    assert "content/index.md:5: servers.toml lists no server" in site.refused()


def test_a_word_that_no_run_records(site: Any) -> None:
    site.record(vectors={"a": "passed"})
    site.page("index.md", "{{ snippet('flask', 'read') }}\n")
    assert "snippets/results/flask.json: Invalid enum value 'passed'" in site.refused()


def test_a_site_without_a_start_page(site: Any) -> None:
    (site.content / "index.md").unlink()
    site.page("other.md", "Text.\n")
    assert site.refused().startswith("Error: content: there is no start page; add index.md")


def test_two_sections_of_one_name(site: Any) -> None:
    config = site.content / "data/site.toml"
    config.write_text(config.read_text() + '[[sections]]\nid = "main"\ntitle = "Again"\n')
    assert "content/data/site.toml:5: there are two sections 'main'" in site.refused()


@pytest.mark.parametrize(
    ("href", "message"),
    [("/gone/", "no page '/gone/'"), ("/other/#gone", "no anchor '#gone' on /other/")],
)
def test_a_dead_link_of_a_change(site: Any, href: str, message: str) -> None:
    change = f'[[change]]\nday = 2026-03-04\ntitle = "x"\ntext = "y"\nhref = "{href}"\n'
    site.write("content/data/changes.toml", change)
    said = site.refused()
    assert "content/data/changes.toml:5: dead link" in said
    assert message in said


def test_a_change_under_another_name(site: Any) -> None:
    change = '[[changes]]\nday = 2026-03-04\ntitle = "x"\ntext = "y"\n'
    site.write("content/data/changes.toml", change)
    assert (
        "content/data/changes.toml:1: there is no key `changes`; did you mean `change`?"
        in site.refused()
    )


@pytest.mark.parametrize("name", ["page.MD", "page.markdown"])
def test_a_page_by_another_ending(site: Any, name: str) -> None:
    (site.content / "other.md").rename(site.content / name)
    assert f"Error: content/{name}: the name of a page ends in .md" in site.refused()


def test_mistakes_of_the_data_hide_none_of_the_pages(site: Any) -> None:
    site.write("content/data/site.toml", "title = 3\n")
    site.write("content/data/words.toml", '"Serach" = "Zoeken"\n')
    site.write("content/data/changes.toml", "junk\n")
    site.write("content/pages.markdown", "# Words\n")
    head = 'title = "x"\ndescription = "Long enough to be one."\nsection = "main"'
    site.write("content/other.md", f"+++\n{head}\n+++\n[x](/gone/)\n")
    (site.content / "index.md").unlink()
    said = site.refused()
    for place in ("data/site.toml:1", "data/words.toml:1", "data/changes.toml:1", "other.md:6"):
        assert f"Error: content/{place}: " in said
    assert "Error: content/pages.markdown: the name of a page ends in .md" in said
    assert "Error: content: there is no start page; add index.md" in said
    assert said.endswith("\n6 mistakes; nothing was written.\n")


def test_a_section_that_is_not_there_hides_no_mistake_of_the_text(site: Any) -> None:
    head = 'title = "x"\ndescription = "Long enough to be one."\nsection = "gone"'
    site.write("content/other.md", f"+++\n{head}\n+++\n[x](/gone/)\n")
    said = site.refused()
    assert "Error: content/other.md:4: no section 'gone' in site.toml; it has: main" in said
    assert "Error: content/other.md:6: dead link /gone/" in said


def test_each_mistake_of_a_head_and_of_the_text_below_is_named(site: Any) -> None:
    head = 'title = 3\ndescription = "short"\norder = "x"\nodd = 1'
    site.write("content/other.md", f"+++\n{head}\n+++\n## There\n[x](/gone/)\n")
    site.write("content/data/site.toml", "title = 3\nodd = 1\n[brand]\nmark = 4\n")
    said = site.refused()
    for line in (2, 3, 4, 5, 8):
        assert f"Error: content/other.md:{line}: " in said
    for line in (1, 2, 4):
        assert f"Error: content/data/site.toml:{line}: " in said
    assert said.endswith("\n8 mistakes; nothing was written.\n")
