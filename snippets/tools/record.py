"""Record the exchanges of ``recorders.toml``: ``python -m snippets.tools.record``.

The record is ``results/<name>.json``, as of a server, but without vectors.
"""

import json
import os
import tempfile
from pathlib import Path

from docgen.records.record import digest
from .transcripts import record_download

from .serve import HERE, Program, programs


def record(program: Program, scratch: Path) -> dict[str, object]:
    """Play the story of a program, in a directory of its own."""
    files = scratch / "files"
    files.mkdir()

    def put(name: str, content: str) -> None:
        new = scratch / name
        new.write_text(content)
        os.replace(new, files / name)

    program.build()
    with program.serve(scratch, FILES=str(files)) as client:
        transcripts = record_download(client, put)
    return {
        "server": program.name,
        "title": program.entry["title"],
        "versions": program.versions(),
        "digest": digest(program.sources),
        "vectors": {},
        "transcripts": transcripts,
    }


def main() -> None:
    for program in programs(HERE / "recorders.toml").values():
        with tempfile.TemporaryDirectory() as folder:
            found = record(program, Path(folder))
        text = json.dumps(found, indent=2, ensure_ascii=False)
        (HERE / "results" / f"{program.name}.json").write_text(f"{text}\n")
        print(f"recorded {program.name}")


if __name__ == "__main__":
    main()
