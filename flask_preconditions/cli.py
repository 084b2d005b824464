"""``flask preconditions``.

Only Click is imported here: a command that fails to import would break every ``flask``
command of the application.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from typing import Any
from typing import BinaryIO
from typing import TextIO

import click

if TYPE_CHECKING:
    from flask import Flask


class _Command(click.Command):
    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        from .repetition import seen

        return super().parse_args(context, seen(self, context, args))


@click.group()
def preconditions() -> None:
    """Look at how this application guards its writes."""


preconditions.command_class = _Command

_site = click.option("--site", metavar="URL", help="Where your docgen site is, to link rules to.")


@preconditions.command()
@click.pass_context
def routes(context: click.Context) -> None:
    """List the routes that are guarded, or compare in the view."""
    from .audit import compared_routes
    from .audit import find_mistakes
    from .first_request import describe

    app = _load_app(context)
    rows = [(rule, " ".join(methods), how) for rule, methods, how in compared_routes(app)]
    if rows:
        rows.insert(0, ("Route", "Methods", "Compared"))
        wide, less = (max(len(row[column]) for row in rows) for column in range(2))
        click.echo("\n".join(f"{rule:{wide}}  {sent:{less}}  {how}" for rule, sent, how in rows))
    else:
        click.echo("No route is guarded. Put @require_match(…) under a route's decorator.")
    if mistakes := find_mistakes(app):
        click.echo(f"\n{describe(mistakes)}")


@preconditions.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "sarif", "github"]),
    default="table",
    help="table, json, sarif (2.1.0), or github: the workflow commands of its Actions.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="warning",
    help="The mildest finding that makes the exit status 1; warning unless you say so.",
)
@click.pass_context
def audit(context: click.Context, form: str, fail_on: str) -> None:
    """Find writes that can lose updates, and exit with 1 if there are any.

    It reads the routes, their decorators, the code of the views and the settings, and neither
    sends nor loads anything. It does not see the tags that your loaders really give (use
    explain), nor what a view does in code that is not yours.

    A write that needs no guard takes @unguarded("why"), or its endpoint goes into
    PRECONDITIONS_AUDIT_ALLOW.
    """
    from .audit import FORMATS
    from .audit import Severity
    from .audit import audit as look

    app = _load_app(context)
    with _plain_errors():
        report = look(app)
    click.echo(FORMATS[form](report))
    if report.fails(None if fail_on == "never" else Severity(fail_on)):
        context.exit(1)


@preconditions.command()
@click.argument("method")
@click.argument("path")
@click.option("-H", "--header", "headers", multiple=True, help="A field, as 'Name: value'.")
@click.option(
    "--state",
    "states",
    multiple=True,
    help="Compare with this and load nothing: absent, etag=… or last-modified=…",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
@click.pass_context
def explain(
    context: click.Context,
    method: str,
    path: str,
    headers: tuple[str, ...],
    states: tuple[str, ...],
    as_json: bool,
) -> None:
    """Tell what METHOD on PATH comes to, and by which clauses.

    The target is loaded through the application, and compared. The view does not run,
    and nothing is written.

    \b
    flask preconditions explain PUT /docs/welcome -H 'If-Match: "v1"'
    """
    from .explain import explain as tell
    from .given import parse_header
    from .given import parse_state

    app = _load_app(context)
    with _plain_errors():
        fields = [parse_header(text) for text in headers]
        explanation = tell(app, method, path, fields, parse_state(states))
    click.echo(explanation.as_json() if as_json else explanation.as_text())


@preconditions.command()
@click.option("--overlay", is_flag=True, help="Print an Overlay (1.0) for another description.")
@click.option("--schemathesis", is_flag=True, help="Print settings that Schemathesis needs.")
@click.option(
    "--optional-if-match",
    is_flag=True,
    help="Do not require If-Match, for validators that stand before the application.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "yaml"]),
    default="json",
    help="json; yaml takes PyYAML.",
)
@click.pass_context
def openapi(
    context: click.Context, overlay: bool, schemathesis: bool, optional_if_match: bool, form: str
) -> None:
    """Describe the guarded routes in OpenAPI 3.1."""
    from . import openapi

    if schemathesis:
        click.echo(openapi.schemathesis(), nl=False)
        return
    app = _load_app(context)
    make = openapi.overlay if overlay else openapi.document
    with _plain_errors():
        click.echo(openapi.dump(make(app, required=not optional_if_match), form), nl=False)


@preconditions.command()
@click.argument("url")
@click.option("-H", "--header", "headers", multiple=True, help="A field of every request.")
@click.option("--write", is_flag=True, help="Send writes too, and put the resource back.")
@click.option("--method", type=click.Choice(["PUT", "PATCH", "POST"]), help="Of the writes.")
@click.option("--field", help="The string of a JSON resource that writes may change: data.title.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="MEMBER",
    help="A member that the server changes by itself; it is neither compared nor sent.",
)
@click.option(
    "--body",
    "bodies",
    multiple=True,
    type=click.File("rb"),
    help="A file with a body to write, in place of --field; given twice, with two bodies.",
)
@click.option(
    "--restore",
    type=click.File("rb"),
    help="A file with a body that makes the resource what it is, if it does not take its own.",
)
@click.option("--content-type", help="Of the bodies; the resource's own unless you say so.")
@click.option("--absent", help="A URL where nothing is; with --write, PUT may create it.")
@click.option("--strict", is_flag=True, help="Judge what the RFC leaves open too.")
@click.option("--rounds", default=20, show_default=True, help="How often two writers race.")
@click.option("--timeout", default=5.0, show_default=True, help="The seconds of one exchange.")
@click.option("--deadline", type=float, help="The seconds of it all; found out unless you say so.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "json", "junit", "sarif"]),
    default="table",
    show_default=True,
    help="How to report; markdown is the text of an issue.",
)
@_site
@click.pass_context
def check(
    context: click.Context,
    /,
    url: str,
    headers: tuple[str, ...],
    bodies: tuple[BinaryIO, ...],
    restore: BinaryIO | None,
    form: str,
    site: str | None,
    **options: Any,
) -> None:
    """Check how the server of URL treats preconditions, whatever it is written in.

    URL is a resource that is there. Without --write only safe requests are sent. With it
    the resource is overwritten many times, two writers race, and in the end it is put back
    and read again. It is never deleted. What -H sends is in no report.

    Exit status: 0 it conforms, 1 it violates RFC 9110 or loses updates, 2 it cannot be
    checked, or not enough of it.

    \b
    flask preconditions check http://127.0.0.1:5000/docs/welcome --write --field body --ignore name
    """
    from dataclasses import replace

    from .checker import FORMATS
    from .checker import check as look
    from .checker import parse_fields
    from .exceptions import SetupError
    from .pages import read_site

    try:
        site = read_site(site)
        report = look(
            url,
            headers=parse_fields(headers),
            bodies=[body.read() for body in bodies],
            restore=restore.read() if restore else None,
            **options,
        )
    except SetupError as error:
        click.echo(f"Error: {error}", err=True)
        context.exit(2)
    click.echo(FORMATS[form](replace(report, site=site)))
    context.exit(report.conclusion.exit_status)


@preconditions.command()
@click.argument("source", required=False)
@click.option("-H", "--header", "headers", multiple=True, help="A field of every request.")
@click.option("--timeout", default=5.0, show_default=True, help="The seconds of one exchange.")
@click.option("--httplint", "lints", is_flag=True, help="Add what httplint says, as notes.")
@click.option(
    "--rule", "id", help="Tell of one rule, with an exchange that passes and one that fails."
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="The mildest finding that makes the exit status 1.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json", "junit", "sarif", "har"]),
    default="text",
    show_default=True,
    help="How to report; har has the exchanges that show a finding.",
)
@_site
@click.pass_context
def inspect(
    context: click.Context,
    source: str | None,
    headers: tuple[str, ...],
    timeout: float,
    lints: bool,
    id: str | None,
    fail_on: str,
    form: str,
    site: str | None,
) -> None:
    """Lint recorded exchanges: each 412, 428, 304, tag and guarded write, by its clause.

    SOURCE is a HAR of a browser or a proxy, a file with what curl -i or curl -v showed, - for
    the standard input (what is piped in needs no -), or a URL, which is asked by GET, HEAD and
    OPTIONS alone. Credentials and cookies are in no report.

    Exit status: 0 no error, 1 an error (see --fail-on), 2 there is nothing to look at.

    \b
    curl -sv -X PUT http://127.0.0.1:5000/docs/welcome 2>&1 | flask preconditions inspect
    flask preconditions inspect exchange.har --format sarif
    """
    from .inspector import command

    if source and id:
        raise click.UsageError("give SOURCE (a URL, a file, or -) or --rule ID, not both")
    if id:
        with _plain_errors():
            click.echo(command.tell(id))
    else:
        context.exit(command.run(source, headers, timeout, lints, form, fail_on, site))


@preconditions.command()
@click.option("--port", default=5412, show_default=True, help="0 for one that is free.")
@click.option("--openapi", "describes", is_flag=True, help="Print its description and end.")
def simulate(port: int, describes: bool) -> None:
    """Serve the simulator: statuses, tags and documents on demand, and faults on request.

    It listens on 127.0.0.1 only, and keeps everything in memory.
    """
    from .simulator import command

    with _plain_errors():
        command.run(port, describes, click.echo)


@preconditions.command()
@click.argument("name", required=False)
@click.option("--list", "lists", is_flag=True, help="List the lessons, and what is done.")
@click.option("--port", default=5413, show_default=True, help="0 for one that is free.")
@click.option("--solve", is_flag=True, help="Play the solutions, and show the exchanges.")
@click.option("--har", type=click.File(encoding="utf-8"), help="Judge the exchanges of a HAR.")
@click.option(
    "--export",
    "form",
    type=click.Choice(["http", "hurl", "curl", "pytest"]),
    help="Print the solution as a file for a client of `flask preconditions simulate`.",
)
@click.option(
    "--progress",
    type=click.Path(dir_okay=False),
    help="The file that keeps what is done; one of your account unless you say so.",
)
@click.option("--reset", is_flag=True, help="Forget what is done: of NAME, or of all.")
@click.pass_context
def lab(
    context: click.Context,
    name: str | None,
    lists: bool,
    port: int,
    solve: bool,
    har: TextIO | None,
    form: str | None,
    progress: str | None,
    reset: bool,
) -> None:
    """Learn preconditions with your own client: a lesson at a time, each exchange judged.

    The lab serves a document on 127.0.0.1, tells what to do, and watches what your curl, your
    browser or your client does there. What is done is kept, and you can go on later.

    \b
    flask preconditions lab                     the first lesson that is not done
    flask preconditions lab weak-tags
    flask preconditions lab reproduce --har exchange.har
    """
    from .lab import command

    with _plain_errors():
        lessons = command.choose(name)
        if form:
            command.export(lessons, form, click.echo)
        elif solve:
            command.solve(lessons, click.echo)
        elif har:
            if not command.grade(lessons, har.read(), click.echo):
                context.exit(1)
        elif reset:
            command.reset(name, progress)
        elif lists:
            command.show(progress, click.echo)
        else:
            command.teach(lessons if name else None, port, progress, click.echo)


def _load_app(context: click.Context) -> "Flask":
    from flask.cli import ScriptInfo

    return context.ensure_object(ScriptInfo).load_app()


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Show a mistake of the set-up as a message, not as a traceback."""
    from .exceptions import SetupError

    try:
        yield
    except SetupError as error:
        raise click.ClickException(str(error)) from None
