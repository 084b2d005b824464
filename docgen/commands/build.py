"""The body of ``flask docgen build``: finding the app, progress, summary and errors."""

import gc
import shlex
import sys
import time
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from typing import NoReturn

import click
from flask import Flask
from flask.cli import NoAppException
from flask.cli import ScriptInfo

from flask_preconditions import SetupError

from ..site.build import Builder
from ..site.build import BuildSummary
from ..sources.errors import BuildError
from ..sources.errors import BuildFailed
from ..sources.errors import OutputError
from ..sources.errors import SettingsError
from ..sources.errors import display_path
from ..sources.pages import Page
from ..sources.settings import Options
from ..sources.settings import read_url


def run_build(script_info: object, given: Mapping[str, Any]) -> None:
    """Build the site and tell what was done.

    :param given: the options of the command by name.
    :raises click.exceptions.Exit: with status 1, when a source is wrong.
    """
    started = time.perf_counter()
    # Little of what a build makes is garbage in cycles; to look for it so often is a tenth
    # of the time.
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    with plain_errors():
        options = read_options(script_info, given)
        report = Builder(options).build(_show_progress)
    _summarize(report, options.output, time.perf_counter() - started)


def read_options(script_info: object, given: Mapping[str, Any]) -> Options:
    """Make the options of a build from those of the command and the app's config.

    :raises SettingsError: when one of them is off.
    """
    output = Path(given["output"]).resolve()
    options = Options(
        output,
        strict=given.get("strict", False),
        content=tuple(map(Path, given["content"])),
        templates=tuple(map(Path, given["templates"])),
        reference=given["reference"],
        title=given["title"],
        base_url=_read_url(given, "base_url"),
        edit_url=_read_url(given, "edit_url"),
        cache=output.parent / ".docgen-cache" / output.name if given["cache"] else None,
    )
    if given["snippets"]:
        options = replace(options, snippets=Path(given["snippets"]))
    app = find_app(script_info)
    options = options.configured(app) if app else options
    if options.edit_url and not options.content:
        raise SettingsError("only pages of yours can be edited; name them with --content")
    return options


def _read_url(given: Mapping[str, Any], name: str) -> str | None:
    try:
        return read_url(given[name]) if given[name] else None
    except ValueError as error:
        raise SettingsError(f"--{name.replace('_', '-')} is {given[name]!r}; {error}") from None


@contextmanager
def plain_errors() -> Iterator[None]:
    """Show what is wrong with a source or a setting, without a trace.

    :raises click.exceptions.Exit: with status 1, when a source is wrong.
    """
    try:
        yield
    except BuildFailed as failed:
        _refuse(failed.errors)
    except BuildError as error:
        _refuse([error])
    except (OutputError, SettingsError, SetupError) as error:
        raise click.ClickException(str(error)) from None


def find_app(script_info: object) -> Flask | None:
    """Load the application the command was called for; ``None`` when there is none.

    :raises click.ClickException: when an application was named and cannot be loaded.
    """
    if not isinstance(script_info, ScriptInfo):
        return None
    named = script_info.app_import_path
    try:
        return script_info.load_app()
    except NoAppException as error:
        if named or script_info.create_app:
            # An import that failed comes with its trace: its last line is what went wrong.
            said = error.message.strip().splitlines()
            message = said[0] if len(said) == 1 else f"{said[0]} {said[-1].strip()}"
            raise click.ClickException(message) from None
        if not error.message.startswith("Could not locate"):
            click.echo(f"Note: built without an app. {error.message}", err=True)
        return None
    except Exception as error:
        # What the app raises is the app's; where it was raised is what its owner needs.
        traceback = error.__traceback__
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        frame = traceback.tb_frame.f_code.co_filename if traceback else "?"
        line = traceback.tb_lineno if traceback else 0
        if isinstance(error, SyntaxError) and error.filename:
            frame, line = error.filename, error.lineno or 0
        place = f"{display_path(Path(frame))}:{line}"
        raise click.ClickException(
            f"the app{f' {named!r}' if named else ''} cannot be loaded: "
            f"{place}: {type(error).__name__}: {error}"
        ) from error


def _show_progress(pages: Iterable[Page]) -> Iterator[Page]:
    if not sys.stdout.isatty():
        yield from pages
        return
    with click.progressbar(
        pages,
        label="Rendering",
        item_show_func=lambda page: page.url if page else None,
        show_pos=True,
        show_eta=False,
    ) as bar:
        yield from bar


def _summarize(report: BuildSummary, output: Path, seconds: float) -> None:
    for doubt in report.doubts:
        click.echo(f"Warning: {doubt}", err=True)
    files = report.files
    click.echo(
        f"{report.pages} pages in {display_path(output)} "
        f"({report.rendered} rendered; {files.written} files written, {files.unchanged} unchanged, "
        f"{files.removed} removed) "
        f"in {seconds:.2f} s"
    )
    click.echo(f"View it: python3 -m http.server --directory {shlex.quote(str(output))}")


def _refuse(errors: Iterable[BuildError]) -> NoReturn:
    found = list(errors)
    for error in found:
        click.echo(f"Error: {error}", err=True)
    mistakes = "1 mistake" if len(found) == 1 else f"{len(found)} mistakes"
    click.echo(f"{mistakes}; nothing was written.", err=True)
    raise click.exceptions.Exit(1)
