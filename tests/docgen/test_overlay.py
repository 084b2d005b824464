"""A site of one's own: settings of the app, and files laid over those of the package."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.cli import docgen
from docgen.sources.colours import make_accent
from flask_preconditions import require_match


def app_at(root: Path, **config: object) -> Flask:
    app = Flask("notes", root_path=str(root))
    app.config.update(config)

    @app.put("/notes/<name>")
    @require_match(lambda name: None, etag="rev", require={"PUT"}, put_etag="always")
    def put(name: str) -> str:
        """Replace a note."""
        return name

    return app


def build(site: Any, app: Flask, *options: str) -> Result:
    arguments = ["build", "-o", str(site.output), "--snippets", str(site.snippets), *options]
    return app.test_cli_runner().invoke(docgen, arguments)


def built(site: Any, app: Flask, *options: str) -> Result:
    result = build(site, app, *options)
    assert result.exit_code == 0, result.output
    return result


def test_settings_of_the_app_shape_the_site(site: Any) -> None:
    app = app_at(
        site.root,
        DOCGEN_TITLE="Notes",
        DOCGEN_TAGLINE="Small ones",
        DOCGEN_BASE_URL="https://notes.example",
        DOCGEN_ACCENT=("#0050b3", "#8ab8ff"),
        DOCGEN_CONTENT="content",
        DOCGEN_REFERENCE="none",
    )
    built(site, app)
    page = HTMLParser(site.html("other"))
    assert page.css_first("title").text() == "Other · Notes"
    assert "Small ones" in page.css_first("header.top").text()
    canonical = page.css_first("link[rel=canonical]").attributes["href"]
    assert canonical == "https://notes.example/other/"
    css = (site.output / "assets/site.css").read_text()
    assert css.rstrip().endswith(":root { --accent: light-dark(#0050b3, #8ab8ff); }")


def test_an_option_goes_before_its_setting(site: Any) -> None:
    app = app_at(
        site.root, DOCGEN_TITLE="Notes", DOCGEN_CONTENT=["content"], DOCGEN_REFERENCE="none"
    )
    built(site, app, "--title", "Mine", "--base-url", "https://mine.example/x")
    page = HTMLParser(site.html("other"))
    assert page.css_first("title").text() == "Other · Mine"
    assert page.css_first("link[rel=canonical]").attributes["href"] == (
        "https://mine.example/x/other/"
    )


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("DOCGEN_TITEL", "x", "DOCGEN_TITEL is no setting; did you mean DOCGEN_TITLE?"),
        ("DOCGEN_TITLE", 3, "DOCGEN_TITLE is 3; it must be a text"),
        ("DOCGEN_BASE_URL", "notes.example", "it must be a URL such as 'https://docs.example/'"),
        ("DOCGEN_CONTENT", "gone", "there is no directory gone"),
        ("DOCGEN_TEMPLATES", 3, "it must be a directory, or a list of them"),
        ("DOCGEN_REFERENCE", True, "it must be one of 'none', 'problems', 'statuses', 'all'"),
        ("DOCGEN_ACCENT", 3, "it must be a colour such as '#4f35d2', or one for each theme"),
        ("DOCGEN_ACCENT", "blue", "'blue' is no colour; write it as '#4f35d2'"),
        ("DOCGEN_ACCENT", ["#000000"] * 3, "one for the light and one for the dark theme"),
        ("DOCGEN_ACCENT", "#ffcc00", "in the light theme, and text needs 4.5; #"),
        ("DOCGEN_ACCENT", ("#0050b3", "#0050b3"), "in the dark theme, and text needs 4.5; #"),
    ],
)
def test_a_setting_that_is_off_is_an_error(
    site: Any, key: str, value: object, message: str
) -> None:
    result = build(site, app_at(site.root, **{key: value}))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {key} is ")
    assert message in result.stderr
    assert not site.output.exists()


@pytest.mark.parametrize("colour", ["#ffcc00", "#0050b3", "#777777", "#000000", "#ffffff"])
def test_the_colour_that_an_error_names_is_accepted(colour: str) -> None:
    pair = [colour, colour]
    for theme in (0, 1):
        try:
            make_accent(tuple(pair))
        except ValueError as error:
            name = ("light", "dark")[theme]
            if name in str(error):
                pair[theme] = str(error).rpartition("; ")[2].split()[0]
    accent = make_accent(tuple(pair))
    assert (accent.light, accent.dark) == tuple(pair)


def test_one_colour_is_enough() -> None:
    accent = make_accent(("#0050b3",))
    assert accent.light == "#0050b3"
    assert accent.dark != accent.light


def test_pages_of_ones_own_lead_to_where_they_can_be_edited(site: Any) -> None:
    app = app_at(
        site.root, DOCGEN_CONTENT="content", DOCGEN_EDIT_URL="https://code.example/edit/docs"
    )
    (site.root / "content/data/site.toml").unlink()  # the package's has its sections
    site.page("a guide/first.md", "Text.\n", title="First")
    result = app.test_cli_runner().invoke(docgen, ["build", "-o", str(site.output)])
    assert result.exit_code == 0, result.output
    page = HTMLParser(site.html("a guide/first"))
    (link,) = page.css(".about-page a:not([type])")
    assert link.attributes["href"] == "https://code.example/edit/docs/a%20guide/first.md"
    assert "code.example" not in site.html("412")


def test_an_address_to_edit_needs_pages_of_ones_own(site: Any) -> None:
    result = build(site, app_at(site.root), "--edit-url", "https://code.example/edit/")
    assert "only pages of yours can be edited; name them with --content" in result.stderr
    result = build(site, app_at(site.root), "--edit-url", "code.example")
    assert "--edit-url is 'code.example'; it must be a URL" in result.stderr


def test_a_picture_stands_for_shared_pages(site: Any) -> None:
    config = site.root / "content/data/site.toml"
    text = config.read_text()
    config.write_text(f'{text}[picture]\nfile = "files/card.png"\nalt = "A \\"card\\""\n')
    said = site.refused("--base-url", "https://docs.example/api")
    assert "content/data/site.toml:8: there is no files/card.png beside the pages" in said
    site.write("content/files/card.png", "pixels")
    site.built("--base-url", "https://docs.example/api")
    page = HTMLParser(site.html("other"))
    image = page.css_first('meta[property="og:image"]').attributes["content"]
    assert image == "https://docs.example/api/files/card.png"
    alt = page.css_first('meta[property="og:image:alt"]').attributes["content"]
    assert alt == 'A "card"'
    site.built()  # without a base URL nobody knows its address
    assert "og:image" not in site.html("other")


def test_a_file_takes_the_place_of_the_same_file_below(site: Any) -> None:
    site.write("over/other.md", (site.content / "other.md").read_text().replace("Back", "Go"))
    site.write(
        "over/data/site.toml",
        'title = "Over"\ntagline = "x"\nfooter = ["y"]\n[[sections]]\nid = "a"\ntitle = "A"\n',
    )
    site.write("over/new.md", '+++\ntitle = "New"\ndescription = "A page of the layer."\n+++\n')
    site.built("--content", "over", "--content", "content")
    # The first given lies on top; the directory of the fixture is given before them all.
    assert "Back to" in site.html("other")
    assert site.html("new")
    app = app_at(site.root, DOCGEN_CONTENT=["over", "content"], DOCGEN_REFERENCE="none")
    built(site, app)
    assert "Go to" in site.html("other")
    assert HTMLParser(site.html("new")).css_first("title").text() == "New · Over"


@pytest.mark.slow
def test_pages_beside_the_reference_have_their_folders_in_the_menu(site: Any) -> None:
    (site.content / "data/site.toml").unlink()
    site.write("content/recipes/index.md", "# Recipes\n\nHow we do it.\n")
    site.write("content/recipes/soup.md", "# Soup\n\nWith salt.\n")
    arguments = ["build", "-o", str(site.output), "--content", str(site.content)]
    result = Flask("recipes").test_cli_runner().invoke(docgen, arguments)
    assert result.exit_code == 0, result.output
    menu = HTMLParser((site.output / "recipes/soup/index.html").read_text()).css_first("#menu")
    assert "Recipes" in menu.text()
    assert "Understand" in menu.text()


def test_two_files_cannot_have_one_address(site: Any) -> None:
    site.page("other/index.md", "Twice.\n")
    said = site.refused()
    assert "Error: content/other/index.md: content/other.md has the address /other/ too" in said


def test_files_are_published_as_they_are_and_can_be_linked(site: Any) -> None:
    site.write("content/files/a/logo.svg", "<svg/>")
    site.page("other.md", "## There\n\n![A mark](/files/a/logo.svg) [x](/files/a/logo.svg)\n")
    site.built()
    assert (site.output / "files/a/logo.svg").read_text() == "<svg/>"
    image = HTMLParser(site.html("other")).css_first("article img")
    assert image.attributes["src"] == "../files/a/logo.svg"
    assert image.attributes["alt"] == "A mark"


def test_a_template_takes_the_place_of_the_same_template_below(site: Any) -> None:
    site.write("over/foot.html", "<footer>{% include 'docgen/foot.html' %}Mine.</footer>")
    site.built("--templates", "over")
    foot = HTMLParser(site.html()).css_first("footer")
    assert "The foot." in foot.text()
    assert "Mine." in foot.text()


def test_without_the_reference_there_must_be_pages(site: Any) -> None:
    result = build(site, Flask("empty"), "--no-reference")
    assert "give yours with --content" in result.stderr
