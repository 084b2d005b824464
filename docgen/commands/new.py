"""The body of ``flask docgen new``: the beginnings of a site."""

import json
from pathlib import Path

import click

from ..sources.settings import PACKAGE

_STARTER = PACKAGE / "starter"
_PLACES = {"README.md": "docs/README.md", "workflow.yml": ".github/workflows/docs.yml"}


def write_scaffold(directory: str, title: str) -> None:
    """Write the files of a new site. Those that are there already must be the same.

    :param directory: the root of a repository, new or not.
    :raises click.ClickException: when another file is in the way; nothing is written then.
    """
    root = Path(directory)
    files = {
        root / _PLACES.get(name, f"docs/{name}"): text.encode()
        for name, text in starter_files(title).items()
    }
    taken = [path for path, text in files.items() if path.exists() and path.read_bytes() != text]
    if taken:
        listed = ", ".join(str(path) for path in taken)
        raise click.ClickException(f"nothing was written, for these are there already: {listed}")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        click.echo(f"  {path}")
    content = root / "docs" / "content"
    click.echo(f"Look at it: flask docgen serve --content {content}")
    click.echo(f"Check it: flask docgen check --content {content}")


def starter_files(title: str) -> dict[str, str]:
    """Give the files of a new site by name, with its title in them."""
    found = {}
    for path in sorted(_STARTER.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            # The quotes are the file's, and the inside of a JSON text fits into TOML's.
            found[path.relative_to(_STARTER).as_posix()] = text.replace(
                "@title@", json.dumps(title, ensure_ascii=False)[1:-1]
            )
    return found
