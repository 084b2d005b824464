"""Run the extension's tests on the oldest and the newest versions of what it builds on.

``python -m tests.versions [ENVIRONMENT …]``. Each environment is made in ``build/versions``,
with uv where it is present and with pip otherwise: ``lowest`` has the versions of
``lowest.txt``; ``3.12`` and so on have today's, renewed every week, on each newer Python that
is found; ``newest`` has them on this one, where there is no newer. What is slow, such as the
whole of a long table, runs on the versions of the other tests alone.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
MADE = ROOT / "build/versions"
LOWEST = ROOT / "tests/lowest.txt"
PACKAGE = ".[docs,opentelemetry,prometheus,sqlalchemy]"
REQUIREMENTS = "tests/requirements.txt"
NEWER = ("3.12", "3.13", "3.14")
TESTS = ["tests/core", "tests/flask", "tests/storage"]
PYTEST = [
    *("-q", "-n", "auto", "--dist", "loadscope", "-p", "no:cacheprovider"),
    "--ignore=tests/flask/test_cost.py",  # its bars count the calls of today's versions
]


def interpreter(version: str) -> str | None:
    """Find a Python on the PATH, or among those of pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}*/bin/python3"))]
    for path in filter(None, found):
        # A shim of pyenv is there for versions that are switched off.
        if subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True).returncode:
            continue
        return str(path)
    return None


def find_environments() -> dict[str, str]:
    """Name the environments, each with its Python."""
    current = "{}.{}".format(*sys.version_info)
    others = [version for version in NEWER if version != current]
    newer = {version: found for version in others if (found := interpreter(version))}
    return {"lowest": sys.executable} | (newer or {"newest": sys.executable})


def make(name: str, python: str) -> Path:
    """Make an environment, or leave it where nothing changed; give its Python."""
    folder = MADE / name
    own = folder / "bin/python"
    week = datetime.now(UTC).strftime("%G-W%V")
    asked = [ROOT / "pyproject.toml", ROOT / REQUIREMENTS, LOWEST]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in asked)).hexdigest()
    wanted = "\n".join([python, digest, "" if name == "lowest" else week])
    stamp = folder / "stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return own
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    uv = shutil.which("uv")
    pip = [uv, "pip", "install", "--python", own] if uv else [own, "-m", "pip", "install"]
    held = ["-c", LOWEST] if name == "lowest" else []
    command = [*pip, "-q", *held, "-e", PACKAGE, "-r", REQUIREMENTS]
    subprocess.run(command, cwd=ROOT, check=True)
    stamp.write_text(wanted)
    return own


def main() -> None:
    known = find_environments()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("environment", nargs="*", help=f"of {', '.join(known)}; all by default")
    chosen = parser.parse_args().environment or list(known)
    for name in chosen:
        if name not in known:
            parser.error(f"there is no {name!r} here; choose from {', '.join(known)}")
    pythons = [known[name] for name in chosen]
    with ThreadPoolExecutor() as makers:
        made = dict(zip(chosen, makers.map(make, chosen, pythons), strict=True))
    failed = []
    for name, python in made.items():
        print(f"--- on the versions called {name}", flush=True)
        # The floors of the generator of the docs are proved too.
        tests = [*TESTS, "tests/docgen"] if name == "lowest" else TESTS
        chosen_tests = ["-m", "not external and not slow", *tests]
        if subprocess.run([python, "-m", "pytest", *PYTEST, *chosen_tests], cwd=ROOT).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"The tests fail on: {', '.join(failed)}")


if __name__ == "__main__":
    main()
