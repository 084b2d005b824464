"""What the site says of engines is what was raced, and the programs are those that ran."""

import html
import itertools
import re
from pathlib import Path

import msgspec
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.blocks.contention import Contention
from docgen.blocks.engines import Races
from docgen.blocks.engines import Replica
from docgen.blocks.engines import lines_of_code
from tests.engines.examples import FILES
from tests.engines.examples import UNFIT

DATA = Path(__file__).parents[2] / "docgen/content/data"
RACES = msgspec.json.decode((DATA / "engines.json").read_bytes(), type=Races)


@pytest.fixture(scope="module")
def page(output: Path) -> str:
    return (output / "extension/engines/index.html").read_text()


@pytest.mark.parametrize("name", FILES)
def test_an_engine_that_is_shown_lost_nothing_and_its_control_did(name: str) -> None:
    raced = RACES.engines[name]
    assert raced.guarded.acknowledged == RACES.clients * RACES.rounds == raced.guarded.present
    assert raced.guarded.lost == 0
    assert raced.control.lost > 0
    assert not any(outage.faults for outage in raced.outages)


@pytest.mark.parametrize("name", UNFIT)
def test_an_engine_that_loses_writes_is_named_and_not_shown(name: str, page: str) -> None:
    raced = RACES.engines[name]
    assert raced.guarded.lost > 0
    assert f"{raced.guarded.lost} of {raced.guarded.acknowledged}" in page
    assert UNFIT[name].name not in page


def test_the_programs_of_the_page_are_the_files_that_the_tests_run(page: str) -> None:
    shown = {
        html.unescape(re.sub(r"<[^>]+>", "", code)).strip()
        for code in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)
    }
    for name, file in FILES.items():
        assert file.read_text().strip() in shown, name


def test_the_page_counts_the_lines_of_its_own_programs(page: str) -> None:
    counted = re.findall(r'<tr><th scope="row">.*?<td>(\d+)</td></tr>', page)
    assert [int(lines) for lines in counted] == [
        lines_of_code(file.read_text()) for file in FILES.values()
    ]


def test_what_is_no_code_is_not_counted() -> None:
    text = '"""Two\nlines."""\n\n# why\nimport os\n\n\ndef f():\n    return """a\nb"""\n'
    assert lines_of_code(text) == 4


def test_an_engine_that_fell_was_told_as_503() -> None:
    fallen = [(name, outage) for name, raced in RACES.engines.items() for outage in raced.outages]
    names = [name for name, _ in fallen]
    assert sorted(names) == ["etcd", "nats", "postgresql", "postgresql", "redis", "zookeeper"]
    for _, outage in fallen:
        assert set(outage.answers) <= {"GET 200", "GET 503", "PUT 204", "PUT 412", "PUT 503"}
        assert outage.answers.get("GET 503", 0) + outage.answers.get("PUT 503", 0) > 0


def test_a_lone_client_behind_a_replica_has_all_its_writes_with_fresh() -> None:
    replica = msgspec.json.decode((DATA / "replica.json").read_bytes(), type=Replica)
    alone, without, together = replica.races
    assert (alone.attempts, alone.acknowledged) == (10, 10)
    assert without.refused > 0
    assert alone.lost == without.lost == together.lost == 0


def test_many_writers_of_one_document_lose_nothing_and_none_of_them_starves() -> None:
    record = msgspec.json.decode((DATA / "contention.json").read_bytes(), type=Contention)
    seen = {(point.store, point.guard, point.clients): point for point in record.points}
    stores, guards, clients = ("postgresql", "sqlite"), ("cas", "locked"), (1, 4, 16, 64)
    assert set(seen) == set(itertools.product(stores, guards, clients))
    assert not any(point.lost for point in seen.values())
    assert all(point.attempts_per_write < max(2, point.clients) for point in seen.values())
    assert all(point.slowest_percent > 0 for point in seen.values())
    assert all(seen[store, guard, 64].slowest_percent > 25 for store in stores for guard in guards)


def test_the_curves_are_drawn_and_told_in_words(output: Path) -> None:
    page = HTMLParser((output / "extension/scale-out/index.html").read_text())
    drawings = page.css("figure svg")
    assert [len(drawing.css("path[stroke-dasharray]")) for drawing in drawings] == [8, 10]
    assert all("64" in drawing.css_first("desc").text() for drawing in drawings)
