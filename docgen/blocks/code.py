"""Code from the files of a project, whole or by region."""

from pathlib import Path

from ..records.regions import MARK
from ..records.regions import extract_regions
from ..sources.data import read_text
from ..sources.errors import BlockError
from .highlight import highlight
from .highlight import language_of
from .slot import Slot
from .slot import Sources


def code(sources: Sources, path: str, region: str | None = None) -> Slot:
    """Show a file of the project, or a region of it.

    :param path: the file, from the directory that the command runs in.
    :param region: what stands between ``:snippet-start: name`` and ``:snippet-end:`` in
        comments of it; the whole file by default.
    """
    file = _find(path)
    sources.note(file)
    if region is None:
        lines = [line for line in read_text(file).splitlines() if MARK not in line]
        text = "\n".join(lines).strip("\n")
    else:
        regions = extract_regions(file)
        if region not in regions:
            known = ", ".join(regions) or "none"
            raise BlockError(f"{path} has no region '{region}'; it has: {known}")
        text = regions[region].text
    return Slot("code", {"code": highlight(text, language_of(file.name)), "file": path})


def _find(path: str) -> Path:
    """Find a file of the project: what else the machine holds is not a page's to publish."""
    root = Path.cwd()
    file = (root / path).resolve()
    is_within = file.is_relative_to(root.resolve()) and root != Path(root.anchor)
    if not is_within or any(
        part.startswith(".") for part in file.relative_to(root.resolve()).parts
    ):
        raise BlockError(f"{path} is no file of this project, or hidden")
    if not file.is_file():
        raise BlockError(f"there is no {path} in the directory that the command runs in")
    return file
