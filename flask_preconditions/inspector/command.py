"""What ``flask preconditions inspect`` does, by its options."""

import difflib
import sys
from collections.abc import Iterable
from dataclasses import replace

import click

from ..checker import parse_fields
from ..checker.unusable import Unusable
from ..exceptions import SetupError
from ..pages import read_site
from . import linting
from .formats import FORMATS
from .formats.prose import describe
from .inspection import inspect
from .sources import open_source
from .table import Severity
from .table import find_rule
from .table import load_rules


def tell(id: str) -> str:
    """Tell of a rule.

    :raises Unusable: when there is none of that id.
    """
    rule = find_rule(id)
    if rule is None:
        ids = [each.id for each in load_rules()]
        close = difflib.get_close_matches(id, ids, n=1)
        meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(ids)}"
        raise Unusable(f"there is no rule {id!a}; {meant}")
    return describe(rule)


def run(
    source: str | None,
    headers: Iterable[str],
    timeout: float,
    lints: bool,
    form: str,
    fail_on: str,
    site: str | None = None,
) -> int:
    """Inspect a source and print the report.

    :param source: see :func:`.open_source`; what is piped in where it is not given.
    :param headers: fields of every request to a URL, as ``Name: value``.
    :param lints: whether httplint is asked, too.
    :param site: where the pages of the rules are published.
    :return: the exit status.
    """
    if source is None and sys.stdin.isatty():
        raise click.UsageError("give SOURCE (a URL, a file, or -), or --rule ID")
    try:
        site = read_site(site)
        capture = open_source(source or "-", sys.stdin.buffer, parse_fields(headers), timeout)
        report = inspect(capture, linting.lint(capture) if lints else ())
    except SetupError as error:
        click.echo(f"Error: {error}", err=True)
        return 2
    click.echo(FORMATS[form](replace(report, site=site)))
    return report.fails(None if fail_on == "never" else Severity(fail_on))
