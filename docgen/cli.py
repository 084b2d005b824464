"""``flask docgen``."""

import click

_PACKAGES = {
    "markdown_it": "markdown-it-py",
    "mdit_py_plugins": "mdit-py-plugins",
    "msgspec": "msgspec",
    "pygments": "Pygments",
}
"""What the extra installs, by the name it is imported under."""


@click.group()
def docgen() -> None:
    """Build the reference on HTTP preconditions."""


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
@click.option(
    "--content",
    type=click.Path(exists=True, file_okay=False),
    help="Directory of pages and data, instead of the ones that come with the package.",
)
@click.option(
    "--snippets",
    type=click.Path(exists=True, file_okay=False),
    help="Directory of servers and results, instead of the ones that come with the package.",
)
@click.pass_obj
def build(
    script_info: object, output: str, strict: bool, content: str | None, snippets: str | None
) -> None:
    """Build the static site.

    It works with and without an app. With one (flask --app NAME docgen build), the site
    also lists the routes that the app guards.
    """
    try:
        from .command import run_build
    except ModuleNotFoundError as error:
        package = _PACKAGES.get((error.name or "").partition(".")[0])
        if package is None:
            raise
        raise click.ClickException(
            f"flask docgen needs {package}: pip install 'flask-preconditions[docs]'"
        ) from None
    run_build(script_info, output, strict, content, snippets)
