"""The body of ``flask docgen check``: a build, and a look at what came out."""

import gzip
import json
import shutil
import subprocess
import tempfile
from collections.abc import Container
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from urllib.parse import urlsplit

import click

from ..records.application import Application
from ..site.build import Builder
from ..site.project import SITE_FILE
from ..sources.application import APP_CONTENT
from .build import plain_errors
from .build import read_options
from .html_check import Document
from .html_check import read_document
from .places import Places
from .places import find_placeholders

HEAVIEST_BYTES = 30_000
MOST_REQUESTS = 7
_START = "index.html"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to repair on a published page.

    :param name: the file of the page in the site.
    :param line: the line of its HTML; ``None`` for the page as a whole.
    :param needle: what its source may say of it, such as the target of a link.
    """

    name: str
    line: int | None
    message: str
    needle: str = ""


def run_check(script_info: object, given: Mapping[str, Any]) -> None:
    """Check the site and tell what there is to repair.

    :param given: the options of the command by name.
    :raises click.exceptions.Exit: with status 1, when there is something.
    """
    with ExitStack() as stack:
        if given["output"] is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            given = {**given, "output": str(Path(folder) / "site"), "cache": False}
        vnu = find_vnu(given["vnu"])
        with plain_errors():
            options = read_options(script_info, given)
            builder = Builder(options)
            report = builder.build()
        content = builder.project.content
        as_it_is = content.files()
        places = Places(options.output, content.pages(), options.templates)
        # These grow with the application, and its owner cannot cut them.
        listing = [
            f"{address.strip('/')}/index.html".lstrip("/")
            for address, source in content.pages().items()
            if source.is_relative_to(APP_CONTENT)
        ]
        found = [*check_site(options.output, options.base_url, as_it_is, listing)]
        if vnu:
            found += run_vnu(vnu, options.output, as_it_is)
        findings = [str(doubt) for doubt in report.doubts]
        findings += dict.fromkeys(
            f"{places.of(each.name, each.line, each.needle)}: {each.message}" for each in found
        )
        config = content.find(SITE_FILE)
        sources = [*([config] if config else []), *content.pages().values()]
        findings += find_placeholders(sources)
        if application := builder.project.application:
            findings += check_types(application, options.output, options.base_url)
    for finding in findings:
        click.echo(f"Error: {finding}", err=True)
    if not vnu:
        click.echo("vnu was not run: it needs java, and vnu.jar with --vnu.", err=True)
    if findings:
        number = "1 thing" if len(findings) == 1 else f"{len(findings)} things"
        click.echo(f"{number} to repair on {report.pages} pages.", err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"{report.pages} pages, and nothing to repair.")


def check_site(
    output: Path,
    base_url: str | None = None,
    as_it_is: Container[str] = (),
    listing: Container[str] = (),
) -> Iterator[Finding]:
    """List what is wrong with the files of a site.

    :param output: the directory of the site.
    :param base_url: where it is published; links to there are links within it.
    :param as_it_is: the names of files that are no pages of the site, but only published.
    :param listing: those of pages that list what there is, however much that weighs.
    """
    documents = {
        name: read_document(path.read_text(encoding="utf-8"))
        for path in sorted(output.rglob("*.html"))
        if (name := path.relative_to(output).as_posix()) not in as_it_is
    }
    weights: dict[Path, int] = {}
    led_to: dict[str, set[str]] = {}
    for name, document in documents.items():
        for finding in document.findings:
            yield Finding(name, finding.line, finding.message, finding.needle)
        led_to[name] = set()
        for line, target in document.links + document.loaded + document.pictures:
            file, problem = _follow(output, documents, name, target, base_url)
            if problem:
                yield Finding(name, line, problem, target)
            elif file:
                led_to[name].add(file)
        most = None if name in listing else HEAVIEST_BYTES
        yield from _weigh(output, name, document, base_url, weights, most)
    pages = [name for name, document in documents.items() if not document.leads_on]
    for name in _orphans(pages, led_to):
        yield Finding(name, None, "no page leads to it")


def check_types(
    application: Application, output: Path, base_url: str | None = None
) -> Iterator[str]:
    """List the ``type`` URIs of an application that no page of the site answers.

    :param output: the directory of the site.
    :param base_url: where it is published; without it, any host will do.
    """
    for _, problem, uri in application.problems:
        place = f"{base_url or 'https://<your site>/'}problems/"
        instead = f'set PRECONDITIONS_PROBLEM_BASE_URL = "{place}"'
        path = unquote(urlsplit(uri).path)
        if base_url:
            is_within, name = uri.startswith(base_url), unquote(uri.removeprefix(base_url))
        else:
            is_within, name = uri != problem.reference, path.partition("/problems/")[2]
            name = f"problems/{name}"
        if is_within and (output / name / _START).is_file():
            continue
        hint = "" if (output / "problems" / problem.slug).is_dir() else " and --reference problems"
        yield f"type {uri}: no page of this site answers it; {instead}{hint}"


def find_vnu(given: str | None) -> list[str] | None:
    """Find the HTML checker of the W3C: the one that was named, or one that is installed.

    :raises click.ClickException: when a ``.jar`` was named and there is no java.
    """
    if given:
        if not given.endswith(".jar"):
            return [given]
        if not shutil.which("java"):
            raise click.ClickException(f"{given} needs java, and there is none")
        return ["java", "-jar", given]
    if found := shutil.which("vnu"):
        return [found]
    jar = Path("node_modules/vnu-jar/build/dist/vnu.jar")
    return ["java", "-jar", str(jar)] if jar.is_file() and shutil.which("java") else None


def run_vnu(command: list[str], output: Path, as_it_is: Iterable[str] = ()) -> list[Finding]:
    """Let vnu read every page.

    :param as_it_is: the names of files whose faults are not the site's.
    :raises click.ClickException: when it does not run.
    """
    options = ["--format", "json", "--errors-only", "--skip-non-html", str(output)]
    try:
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    except OSError as error:
        raise click.ClickException(f"vnu did not run: {error}") from None
    try:
        messages = json.loads(done.stderr)["messages"]
    except (ValueError, KeyError):
        raise click.ClickException(f"vnu did not run: {done.stderr.strip()}") from None
    left_out = {(output / name).resolve() for name in as_it_is}
    return [
        Finding(_name_in(output, path), found.get("lastLine", 1), f"{found['message']} (vnu)")
        for found in messages
        if (path := Path(unquote(urlsplit(found["url"]).path)).resolve()) not in left_out
    ]


def _name_in(output: Path, path: Path) -> str:
    root = output.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _follow(
    output: Path,
    documents: Mapping[str, Document],
    name: str,
    target: str,
    base_url: str | None,
) -> tuple[str | None, str | None]:
    """Give the page that a link leads to, and what is wrong with it."""
    if base_url and target.startswith(base_url):
        target = "/" + target.removeprefix(base_url)
    elif base_url and target.startswith(urlsplit(base_url).path):
        target = "/" + target.removeprefix(urlsplit(base_url).path)
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return None, None
    path = unquote(parts.path)
    start = output if path.startswith("/") else (output / name).parent
    file = (start / path.lstrip("/")).resolve() if path else output / name
    if file.is_dir():
        file = file / _START
    if not file.is_file():
        return None, f"{target} leads to no file"
    try:
        found = file.relative_to(output.resolve() if path else output).as_posix()
    except ValueError:
        return None, f"{target} leads out of the site"
    wants_id = parts.fragment and found in documents
    if wants_id and unquote(parts.fragment) not in documents[found].ids:
        return found, f"{target} names no id of {found}"
    return found, None


def _weigh(
    output: Path,
    name: str,
    document: Document,
    base_url: str | None,
    weights: dict[Path, int],
    most: int | None,
) -> Iterator[Finding]:
    for line, target in document.loaded + document.pictures:
        if urlsplit(target).scheme or target.startswith("//"):
            yield Finding(name, line, f"{target} is loaded from elsewhere", target)
    # The limits are for what every page needs; pictures are there for a reader's sake.
    files = {output / name}
    for _, target in document.loaded:
        loaded, _ = _follow(output, {}, name, target, base_url)
        if loaded:
            files.add(output / loaded)
    for file in files:
        if file not in weights:
            weights[file] = len(gzip.compress(file.read_bytes()))
    total = sum(weights[file] for file in files)
    if most is not None and total > most:
        message = f"{total} bytes with what it loads (gzip), and {most} is the most"
        yield Finding(name, None, message)
    if len(files) > MOST_REQUESTS:
        message = f"{len(files)} requests, and {MOST_REQUESTS} is the most"
        yield Finding(name, None, message)


def _orphans(documents: Iterable[str], led_to: Mapping[str, set[str]]) -> list[str]:
    """List the pages that the start page leads to by no way, except the index of them all."""
    index = "index/index.html"
    reached, open_ = {_START}, [_START]
    while open_:
        for file in led_to.get(open_.pop(), set()) - reached - {index}:
            reached.add(file)
            open_.append(file)
    return [name for name in documents if name not in reached | {index, "404.html"}]
