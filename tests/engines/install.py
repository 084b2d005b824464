"""Bring what ``make engines`` needs beside ``make test``: ``python -m tests.engines.install``.

ZooKeeper comes from Debian, PouchDB's server from npm, and FerretDB is built from its Go module,
which lacks the file that tells its version.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from snippets.tools import toolchain

from .servers import BUILT

POUCHDB = "pouchdb-server@4.2.0"
FERRETDB = "github.com/FerretDB/FerretDB@v1.24.2"


def main() -> None:
    BUILT.mkdir(parents=True, exist_ok=True)
    if not list(Path("/usr/share/java").glob("zookeeper-[0-9]*.jar")):
        toolchain.apt_get("update")
        toolchain.apt_get("install", "-y", "--no-install-recommends", "zookeeper")
    if not (BUILT / "node_modules/pouchdb-server").exists():
        run("npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", ".", POUCHDB)
    if not (BUILT / "ferretdb").exists():
        build_ferretdb()


def build_ferretdb() -> None:
    module = json.loads(run("go", "mod", "download", "-json", FERRETDB))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        shutil.copytree(module["Dir"], source)
        run("chmod", "-R", "u+w", source)
        for name, text in (("version", module["Version"]), ("commit", "-"), ("branch", "-")):
            (source / f"build/version/{name}.txt").write_text(text)
        run("go", "build", "-o", BUILT / "ferretdb", "./cmd/ferretdb", folder=source)


def run(*command: str | Path, folder: Path = BUILT) -> str:
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
