"""What the cards of clauses quote."""

import json
import re
import tomllib
from pathlib import Path

import pytest

import docgen

PACKAGE = Path(docgen.__file__).parent
QUOTES = tomllib.loads((PACKAGE / "static/quotes.toml").read_text())
CITED = re.compile(
    r'class="?clause"? href="?https://www\.rfc-editor\.org/rfc/rfc(\d+)#section-([\d.]+)'
)


@pytest.mark.slow
def test_every_clause_of_http_that_a_page_cites_is_quoted(output: Path) -> None:
    pages = [path.read_text() for path in output.rglob("index.html")]
    cited = {match.groups() for page in pages for match in CITED.finditer(page)}
    assert ("9110", "13.1.1") in cited
    of_http = {(rfc, section) for rfc, section in cited if rfc in ("6585", "9110", "9111")}
    quoted = {(rfc, section) for rfc, quotes in QUOTES.items() for section in quotes}
    assert of_http == quoted


def test_the_quotes_come_with_the_script_that_shows_them(output: Path) -> None:
    first, _, rest = (output / "assets/clauses.js").read_text().partition("\n")
    assert json.loads(first.removeprefix("docgen.quotes=")) == QUOTES
    assert "docgen.quote =" in rest
