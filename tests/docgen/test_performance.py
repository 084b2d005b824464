"""What the site says that a guard costs."""

import re
from pathlib import Path

import msgspec

from docgen.blocks.performance import Performance

ROOT = Path(__file__).parents[2]


def test_every_peer_is_measured_in_the_run_that_is_shown() -> None:
    recorded = (ROOT / "docgen/content/data/performance.json").read_bytes()
    measured = msgspec.json.decode(recorded, type=Performance)
    names = [program.name for program in measured.programs]
    for name in ("flask-preconditions", "flask-smorest", "make_conditional", "Django", "drf-ext"):
        assert any(name in shown for shown in names), name
    assert all(program.ratios for program in measured.programs)


def test_the_chart_and_the_table_show_the_same_run(output: Path) -> None:
    page = (output / "extension/decisions/index.html").read_text()
    table = re.search(r'<div class="table performance".*?</div>', page, re.DOTALL)
    assert table
    charted = re.findall(r"<text [^>]*>([^<]+): ([\d.]+)</text>", page)
    assert charted
    for name, ratio in charted:
        assert name in table[0]
        assert f"<td>{ratio}</td>" in table[0]
