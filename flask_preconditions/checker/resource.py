"""Play the table at one resource of a server, and leave it as it was."""

import ssl
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

from ..conformance import load_vectors
from ..conformance.verdicts import Result
from ..conformance.wire import Exchange
from . import race
from .bodies import Bodies
from .bodies import FieldBodies
from .bodies import GivenBodies
from .client import Allowance
from .client import CheckClient
from .client import OutOfTime
from .client import see_fields
from .client import split_url
from .client import target_beside
from .comparison import Comparison
from .documents import parse_path
from .fields import VALIDATORS
from .fields import FieldRules
from .fields import judge_plain
from .report import CheckReport
from .report import Race
from .report import Unusable
from .restoring import restored
from .session import OUT_OF_TIME
from .session import Session
from .survey import Survey
from .survey import survey
from .survey import survey_absent
from .text import Screen
from .vacancy import Vacancy
from .writes import WRITE_METHODS
from .writes import Writer

TIMEOUT_SECONDS = 5.0
LEAST_SECONDS = 20.0
REQUESTS_EXPECTED = 1_000
"""A check takes some hundred requests, and as many looks at what they did."""


@dataclass(frozen=True)
class Options:
    """What is written, and how; see :func:`check`."""

    write: bool
    field: str | None
    bodies: Sequence[bytes]
    restore: bytes | None
    content_type: str | None
    absent: str | None
    required: bool | None
    rounds: int
    method: str | None
    ignore: Sequence[str]


def check(
    url: str,
    *,
    headers: Iterable[tuple[str, str]] = (),
    write: bool = False,
    field: str | None = None,
    bodies: Sequence[bytes] = (),
    restore: bytes | None = None,
    content_type: str | None = None,
    absent: str | None = None,
    required: bool | None = None,
    strict: bool = False,
    rounds: int = 20,
    method: str | None = None,
    ignore: Sequence[str] = (),
    timeout: float = TIMEOUT_SECONDS,
    deadline: float | None = None,
) -> CheckReport:
    """Check how a server treats the preconditions of requests to one of its resources.

    Without ``write`` nothing but safe methods is sent. With it the resource is overwritten
    many times, and put back in the end. It is never deleted.

    :param url: an existing resource that GET answers with 200.
    :param headers: what every request carries, such as an ``Authorization``. No report shows
        the values.
    :param write: whether writes are sent too.
    :param field: the string of a JSON resource that writes may change, such as
        ``data.title``; its only one without it.
    :param bodies: in place of ``field``, two bodies that make different representations.
    :param restore: a body that makes the resource what it is now, where a write does not
        take what GET gives.
    :param content_type: of the bodies; the resource's own by default.
    :param absent: a URL of the same server where nothing is. With ``write`` it is created
        by PUT, and deleted again.
    :param required: whether a write without a condition is to be 428; found out by one
        such write by default.
    :param strict: whether to judge what the RFC leaves open too: the problem documents, the
        400 to a malformed condition, no tag on the answer to PUT.
    :param rounds: how often two writers race.
    :param method: the method of writes, PUT, PATCH or POST; found out by default.
    :param ignore: members of a JSON resource that the server changes by itself, such as
        ``data.updated``: they are neither compared nor sent.
    :param timeout: the seconds of one exchange.
    :param deadline: the seconds of the whole check; by default 20, and what a thousand
        requests take at the speed of the first.
    :raises Unusable: when the resource cannot be read, or not be written as it must.
    """
    fields = see_fields(headers)
    base_url, target = split_url(url)
    if method is not None and method not in WRITE_METHODS:
        raise Unusable(f"--method is {method!a}; it is PUT, PATCH or POST")
    screen = Screen(fields, url)
    options = Options(
        write, field, bodies, restore, content_type, absent, required, rounds, method, ignore
    )
    allowance = Allowance(deadline or LEAST_SECONDS)
    client = CheckClient(base_url, fields, timeout, allowance)
    try:
        run = _Run(client, target, screen, options)
        if deadline is None:
            began = allowance.left
            client.send("GET", target)
            allowance.seconds += REQUESTS_EXPECTED * min(began - allowance.left, timeout / 10)
        run.look()
        run.play()
        return run.report(screen.text(url), strict)
    except ssl.SSLCertVerificationError as error:
        said = screen.text(str(error))
        ours = "SSL_CERT_FILE=ca.pem flask preconditions check …"
        raise Unusable(f"the certificate is not trusted ({said}); a CA of yours: {ours}") from None
    except OSError as error:
        said = screen.text(str(error))
        raise Unusable(f"{screen.text(url)} does not answer as a server does: {said}") from None
    except OutOfTime:
        raise Unusable(f"nothing could be judged: {OUT_OF_TIME}") from None
    except Unusable as error:
        raise Unusable(screen.text(str(error), "\n")) from None


class _Run:
    """One check, from the first look to the report."""

    def __init__(self, client: CheckClient, target: str, screen: Screen, options: Options) -> None:
        self.client = client
        self.target = target
        self.screen = screen
        self.options = options
        self.comparison = Comparison([parse_path(text) for text in options.ignore])
        self.rules = FieldRules()
        self.found: Survey
        self.required: bool | None = None
        self.results: list[Result] = []
        self.race: Race | None = None
        self.notes: list[str] = []
        self.faults: list[str] = []

    def look(self) -> None:
        """Find out what there is, without any condition."""
        self.found = found = survey(self.client, self.target)
        self.client.content_type = (
            found.first.response.get("Content-Type") or self.client.content_type
        )
        for judgement in judge_plain(found):
            self.rules.add(judgement)
        self.comparison.learn(*found.reads[:2])

    def play(self) -> None:
        """Play the table, and put everything back."""
        if not self.options.write:
            vacancy = self._vacancy(None)
            self._play(None, vacancy, _reads_only(self.found))
            return
        self._vacancy_is_absent()
        restores: list[Callable[[], str | None]] = []
        with restored(self.client.allowance, restores) as faults:
            writer = self._writer()
            restores.append(writer.restore)
            asks = writer.prepare()
            self.required = asks if self.options.required is None else self.options.required
            vacancy = self._vacancy(writer)
            if vacancy:
                restores.append(vacancy.restore)
                vacancy.prepare()
            reasons = self._reasons(writer, vacancy)
            self._play(writer, vacancy, reasons)
            self._race(writer)
        self.faults = faults

    def _writer(self) -> Writer:
        options, first = self.options, self.found.first
        made: Bodies
        if options.bodies:
            made = GivenBodies(first, options.bodies, options.restore, self.comparison)
        else:
            made = FieldBodies(first, options.field, self.comparison.ignored, options.restore)
        return Writer(
            self.client,
            self.target,
            self.found,
            self.comparison,
            made,
            options.method,
            options.content_type,
        )

    def _vacancy_is_absent(self) -> None:
        """See that nothing is at ``--absent`` before anything is written."""
        if self.options.absent:
            target = target_beside(self.client.base_url, self.options.absent)
            survey_absent(self.client, target, self.found, is_write=True)

    def _vacancy(self, writer: Writer | None) -> Vacancy | None:
        if not self.options.absent:
            return None
        target = target_beside(self.client.base_url, self.options.absent)
        if writer is None:
            survey_absent(self.client, target, self.found, is_write=False)
        return Vacancy(self.client, target, writer)

    def _reasons(self, writer: Writer, vacancy: Vacancy | None) -> dict[str, str]:
        reasons = _never_sent(self.found)
        if writer.method != "PUT":
            reasons["PUT"] = f"writes are sent by {writer.method}"
        if writer.method == "PATCH":
            reasons.pop("PATCH", None)
        elif self.options.method is not None:
            reasons["PATCH"] = f"writes are sent by {writer.method}"
        elif why := writer.prepare_patch():
            reasons["PATCH"] = why
        if vacancy and vacancy.can_delete:
            reasons.pop("DELETE")
        return reasons

    def _play(
        self, writer: Writer | None, vacancy: Vacancy | None, reasons: dict[str, str]
    ) -> None:
        session = Session(
            self.client,
            self.target,
            self.found,
            self.comparison,
            self.rules,
            self.screen,
            writer,
            vacancy,
            reasons,
            bool(self.required),
        )
        self.results += session.play_all(load_vectors())
        self.results += map(self.screen.result, self.rules.results())

    def _race(self, writer: Writer) -> None:
        if self.options.rounds < 1:
            return
        try:
            found = race.run(writer, self.options.rounds, self.screen)
        except OutOfTime:
            found = OUT_OF_TIME
        except OSError as error:
            found = f"it was not answered: {error}"
        if isinstance(found, str):
            self.notes.append(self.screen.text(f"no race: {found}"))
        else:
            self.race = found

    def report(self, url: str, strict: bool) -> CheckReport:
        """Tell what was found."""
        text, found = self.screen.text, self.found
        left = "; ".join(self.faults)
        return CheckReport(
            url=url,
            validators=text(_validators(found.first)),
            results=tuple(self.results),
            strict=strict,
            required=self.required,
            race=self.race,
            not_restored=text(left, "\n") or None,
            versions=tuple(map(text, found.versions)),
            methods={
                name: text(answer) if isinstance(answer, str) else answer
                for name, answer in found.plain.items()
            },
            notes=tuple(map(text, [*self.comparison.notes(), *self.notes])),
            requests=self.client.requests,
        )


def _never_sent(found: Survey) -> dict[str, str]:
    reasons = {
        name: found.why_not(name)
        for name in ("HEAD", "OPTIONS", "TRACE", "QUERY")
        if not found.answers(name)
    }
    if not found.offers_query:
        reasons.setdefault("QUERY", "neither Allow nor Accept-Query says that QUERY is taken")
    reasons["CONNECT"] = "CONNECT is for proxies"
    reasons["POST"] = "POST is not sent, for it may make something new"
    reasons["DELETE"] = "DELETE is sent to --absent alone, where PUT creates something with --write"
    return reasons


def _reads_only(found: Survey) -> dict[str, str]:
    writes = {name: f"{name} is sent with --write" for name in ("PUT", "PATCH")}
    return _never_sent(found) | writes


def _validators(seen: Exchange) -> str:
    told = [f"{n}: {value}" for n in VALIDATORS if (value := seen.response.get(n))]
    return ", ".join(told) or "neither ETag nor Last-Modified"
