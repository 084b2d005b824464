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

PAGES = ("", "412/", "which-status/", "frameworks/express/")
NEEDED = 98  # the speed of a busy machine wavers
PROGRAM = Path(__file__).parents[1] / "browser/node_modules/.bin/lighthouse"


def judge(url: str, browser: str) -> tuple[dict[str, int], list[str]]:
    """Let Lighthouse judge a page.

    :returns: each category out of 100, and what is not perfect.
    """
    flags = " ".join(["--headless=new", *ARGUMENTS])
    done = subprocess.run(
        [PROGRAM, url, "--quiet", "--output=json", f"--chrome-flags={flags}"],
        env={**os.environ, "CHROME_PATH": browser},
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(done.stdout)
    categories = report["categories"]
    weights = {it["id"]: it["weight"] for one in categories.values() for it in one["auditRefs"]}
    return (
        {name: round(100 * category["score"]) for name, category in categories.items()},
        [
            f"{audit['title']}: {json.dumps(audit.get('details', {}).get('items'))}"
            for name, audit in report["audits"].items()
            if weights.get(name) and audit["score"] is not None and audit["score"] < 1
        ],
    )


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
            found, imperfect = judge(f"{base}/{page}", browser)
            print(f"/{page}", *(f"{name} {score}" for name, score in found.items()), sep="  ")
            if min(found.values()) < NEEDED:
                low = True
                print(*imperfect, sep="\n", file=sys.stderr)
    if low:
        print(f"Every score must be {NEEDED} or more.", file=sys.stderr)
    return int(low)


if __name__ == "__main__":
    sys.exit(main())
