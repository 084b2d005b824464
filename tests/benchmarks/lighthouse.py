"""What Lighthouse says of the site, served compressed from this machine: make lighthouse."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner

from docgen.cli import docgen

from ..browser.conftest import ARGUMENTS
from ..browser.conftest import INSTALL
from ..browser.conftest import chromium
from ..browser.server import serving

PAGES = ("412/", "frameworks/express/")
NEEDED = 98
PROGRAM = Path(__file__).parents[1] / "browser/node_modules/.bin/lighthouse"


def scores(url: str, browser: str) -> dict[str, int]:
    """Let Lighthouse judge a page, each category out of 100."""
    flags = " ".join(["--headless=new", *ARGUMENTS])
    done = subprocess.run(
        [PROGRAM, url, "--quiet", "--output=json", f"--chrome-flags={flags}"],
        env={**os.environ, "CHROME_PATH": browser},
        capture_output=True,
        text=True,
        check=True,
    )
    categories = json.loads(done.stdout)["categories"]
    return {name: round(100 * category["score"]) for name, category in categories.items()}


def main() -> int:
    browser = chromium()
    if browser is None:
        print(f"Chromium is not installed; type: {INSTALL}", file=sys.stderr)
        return 1
    low = False
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as base:
        result = CliRunner().invoke(docgen, ["build", "-o", folder])
        if result.exit_code:
            print(result.output, file=sys.stderr)
            return 1
        for page in PAGES:
            found = scores(f"{base}/{page}", browser)
            print(f"/{page}", *(f"{name} {score}" for name, score in found.items()), sep="  ")
            low = low or min(found.values()) < NEEDED
    if low:
        print(f"Every score must be {NEEDED} or more.", file=sys.stderr)
    return int(low)


if __name__ == "__main__":
    sys.exit(main())
