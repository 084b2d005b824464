"""Make ``build/env`` of a folder: a Python environment with its ``requirements.txt`` alone.

Programs that are measured are pinned, and must not get in the way of the tests and of each
other.
"""

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path("build/env")
PYTHON = HERE / "bin/python"


def main() -> None:
    venv.create(HERE, clear=True, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    subprocess.run([*pip, "install", "-q", "-r", "requirements.txt"], check=True)


if __name__ == "__main__":
    main()
