"""Play the table at one resource of a server, and leave it as it was."""

import math
import ssl
from collections.abc import Iterable
from collections.abc import Sequence

from .client import Allowance
from .client import CheckClient
from .client import OutOfTime
from .client import see_fields
from .client import split_url
from .report import CheckReport
from .restoring import Interrupted
from .restoring import one_signal
from .run import Options
from .run import Run
from .text import Screen
from .unusable import Unusable
from .writes import WRITE_METHODS

TIMEOUT_SECONDS = 5.0
LEAST_SECONDS = 20.0
DATE_SHARE = 0.35
"""The share of the least time for dates that are not told at once; each takes a second."""
UNANSWERED_SECONDS = 12.0
"""How long a check waits for what is not answered; three times ``timeout`` at least."""
ASKED_SECONDS = 40.0
"""What is added, without a deadline, for a server that asks to wait (Retry-After)."""
REQUESTS_EXPECTED = 1_000
"""A check takes some hundred requests, and as many looks at what they did."""


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
        requests take at the speed of the first. In all, 12 seconds pass without an answer at
        most, or three times ``timeout``.
    :raises Unusable: when the resource cannot be read, or not be written as it must.
    """
    given = tuple(headers)
    screen = Screen(given, url, *filter(None, [absent]))
    try:
        fields = see_fields(given)
        base_url, target = split_url(url)
        _see_options(write, field, bodies, restore, content_type, method)
        for name, seconds in (("timeout", timeout), ("deadline", deadline)):
            if seconds is not None and not 0 < seconds < math.inf:
                raise Unusable(f"--{name} is {seconds:g}; it is a number of seconds above 0")
        if rounds < 0:
            raise Unusable(f"--rounds is {rounds}; it is a number of races, and 0 for none")
        options = Options(
            write=write,
            field=field,
            bodies=bodies,
            restore=restore,
            content_type=content_type,
            absent=absent,
            required=required,
            rounds=rounds,
            method=method,
            ignore=ignore,
            waits=int((deadline or LEAST_SECONDS) * DATE_SHARE),
        )
        allowance = Allowance(
            deadline or LEAST_SECONDS,
            max(UNANSWERED_SECONDS, 3 * timeout),
            0 if deadline else ASKED_SECONDS,
        )
        client = CheckClient(base_url, fields, timeout, allowance)
        with one_signal():
            run = Run(client, target, screen, options)
            if deadline is None:
                began = allowance.left
                client.send("GET", target)
                allowance.seconds += REQUESTS_EXPECTED * min(began - allowance.left, timeout / 10)
            run.look()
            run.play()
            return run.report(screen.text(base_url + target), strict)
    except Interrupted as interruption:
        raise Unusable(f"{interruption}, and nothing was written") from None
    except ssl.SSLCertVerificationError as error:
        said = screen.text(str(error))
        ours = "SSL_CERT_FILE=ca.pem flask preconditions check …"
        raise Unusable(f"the certificate is not trusted ({said}); a CA of yours: {ours}") from None
    except OSError as error:
        said = screen.text(str(error))
        raise Unusable(f"{screen.text(url)} does not answer as a server does: {said}") from None
    except OutOfTime as error:
        raise Unusable(f"nothing could be judged: {error}") from None
    except Unusable as error:
        raise Unusable(screen.text(str(error), "\n")) from None


def _see_options(
    write: bool,
    field: str | None,
    bodies: Sequence[bytes],
    restore: bytes | None,
    content_type: str | None,
    method: str | None,
) -> None:
    """See that what says how to write comes with --write.

    :raises Unusable: when it does not, or the method is none.
    """
    if method is not None and method not in WRITE_METHODS:
        raise Unusable(f"--method is {method!a}; it is PUT, PATCH or POST")
    given = {
        "--field": field is not None,
        "--body": bool(bodies),
        "--restore": restore is not None,
        "--content-type": content_type is not None,
        "--method": method is not None,
    }
    names = [name for name, is_given in given.items() if is_given]
    if names and not write:
        raise Unusable(
            f"{' and '.join(names)} {'says' if len(names) == 1 else 'say'} how to write, and "
            "nothing is written without --write; add --write, or leave it out"
        )
