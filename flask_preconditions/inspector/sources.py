"""Where exchanges come from: a URL, a HAR, a transcript, the standard input."""

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from ..checker.unusable import Unusable
from ..exceptions import SetupError
from ..recorded import read_transcript
from ..recorded.har import read_recorded
from .inspection import Capture
from .probes import probe

LONGEST_OCTETS = 256 * 2**20
"""The longest record that is read."""


def open_source(
    source: str, stdin: BinaryIO, fields: Iterable[tuple[str, str]] = (), timeout: float = 5.0
) -> Capture:
    """Give the exchanges of a URL, a file, or, for ``-``, of the standard input.

    :param fields: see :func:`.probe`, as for ``timeout``.
    :raises SetupError: when there are none; the message says what to do.
    """
    if source.lower().startswith(("http://", "https://")):
        return probe(source, fields, timeout)
    if any(fields):
        raise Unusable("-H is for a URL; a record has its own fields")
    if source == "-":
        return read(stdin.read(LONGEST_OCTETS + 1), "the standard input")
    try:
        with Path(source).open("rb") as file:
            return read(file.read(LONGEST_OCTETS + 1), source)
    except OSError as error:
        raise Unusable(
            f"{source!a} cannot be read ({error.strerror}); give a file, -, or a URL that begins "
            "with http:// or https://"
        ) from None


def read(octets: bytes, name: str) -> Capture:
    """Read a record: a HAR or a transcript.

    :param name: where it comes from, as the report calls it.
    :raises SetupError: when it is neither.
    """
    if len(octets) > LONGEST_OCTETS:
        raise Unusable(f"{name} is longer than {LONGEST_OCTETS} octets")
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    try:
        if text.lstrip("\ufeff \t\r\n").startswith("{"):
            exchanges, left_out = read_recorded(text.lstrip("\ufeff \t\r\n"))
            return Capture(name, exchanges, is_of_resource=False, left_out=left_out)
        return Capture(name, read_transcript(text))
    except SetupError as error:
        raise Unusable(f"{name}: {error}") from None
