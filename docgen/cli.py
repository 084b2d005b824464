"""``flask docgen``.

Only Click is imported here: a command that fails to import would break every ``flask``
command of the application.
"""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

_PACKAGES = {
    "markdown_it": "markdown-it-py",
    "mdit_py_plugins": "mdit-py-plugins",
    "msgspec": "msgspec",
    "pygments": "Pygments",
    "watchfiles": "watchfiles",
}
"""What the extra installs, by the name it is imported under."""

_FOLDER = click.Path(exists=True, file_okay=False)


@click.group()
def docgen() -> None:
    """Build the reference on HTTP preconditions."""


def _source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what a site is made of."""
    for option in reversed(
        (
            click.option("--title", help="Title of the site."),
            click.option("--base-url", metavar="URL", help="Where the site is published."),
            click.option(
                "--edit-url",
                metavar="URL",
                help="Where the files of the first --content can be edited.",
            ),
            click.option(
                "--content",
                multiple=True,
                type=_FOLDER,
                help="Directory of pages and data, laid over those of the package file by file.",
            ),
            click.option(
                "--templates",
                multiple=True,
                type=_FOLDER,
                help="Directory of templates, laid over those of the package file by file.",
            ),
            click.option(
                "--reference",
                type=click.Choice(["none", "problems", "statuses", "all"]),
                help="Which pages of the package come along: those that a problem's type opens, "
                "these and the pages on 412, 428 and 304, or all. Without an app, all do; with "
                "one, statuses.",
            ),
            click.option(
                "--no-reference",
                "reference",
                flag_value="none",
                help="Short for --reference none.",
            ),
            click.option(
                "--snippets",
                type=_FOLDER,
                help="Directory of servers and results, instead of those of the package.",
            ),
            click.option(
                "--cache/--no-cache",
                default=True,
                help="Whether only what changed is rendered; it is.",
            ),
        )
    ):
        command = option(command)
    return command


@docgen.command()
@click.option(
    "-o",
    "--output",
    default="build/site",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Directory of the site.",
)
@click.option("--strict", is_flag=True, help="Fail where code on a page is not verified.")
@_source_options
@click.pass_obj
def build(script_info: object, /, **options: Any) -> None:
    """Build the static site.

    It works with and without an app. With one (flask --app NAME docgen build), the site
    also tells of the routes that the app guards, and DOCGEN_* in its config are settings.
    """
    with _named_extra():
        from .commands.build import run_build
    run_build(script_info, options)


@docgen.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False),
    help="Directory of the site; one for the time of the check by default.",
)
@click.option("--vnu", type=click.Path(exists=True), help="vnu.jar, the HTML checker of the W3C.")
@_source_options
@click.pass_obj
def check(script_info: object, /, **options: Any) -> None:
    """Build, and look at what came out.

    Links and anchors, pages that nothing leads to, regions that no page shows, results
    that are out of date, the HTML, and the weight of each page. The exit status is 1 when
    there is something to repair.
    """
    with _named_extra():
        from .commands.check import run_check
    run_check(script_info, options)


@docgen.command()
@click.option(
    "-o",
    "--output",
    default="build/site",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Directory of the site.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("-p", "--port", default=8000, show_default=True, help="Port to listen at.")
@_source_options
@click.pass_obj
def serve(script_info: object, /, **options: Any) -> None:
    """Build, serve the site, and build again when a source changes.

    Open pages reload by themselves. What is served is as strict as a host can be: nothing
    inline and nothing from elsewhere is loaded.
    """
    with _named_extra():
        from .commands.serve import run_serve
    run_serve(script_info, options)


@docgen.command()
@click.argument("directory", type=click.Path(file_okay=False))
@click.option("--title", default="API reference", show_default=True, help="Title of the site.")
def new(directory: str, title: str) -> None:
    """Write the beginnings of a site of your own into DIRECTORY.

    A start page, data, and a workflow that publishes the site on GitHub Pages. No file
    that is there already is touched.
    """
    from .commands.new import write_scaffold

    write_scaffold(directory, title)


@contextmanager
def _named_extra() -> Iterator[None]:
    """Say what to install, where a package of the extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = _PACKAGES.get((error.name or "").partition(".")[0])
        if package is None:
            raise
        raise click.ClickException(
            f"flask docgen needs {package}: pip install 'flask-preconditions[docs]'"
        ) from None
