"""What a terminal showed: ``curl -i``, ``curl -v``, or messages as they stand in an RFC."""

import re
from dataclasses import dataclass
from dataclasses import field

from ..exceptions import SetupError
from .commands import read_command
from .exchange import Recorded
from .exchange import content_of
from .exchange import joined

_REQUEST = re.compile(r"([A-Z]+) ([^ \t]+)(?: HTTP/[0-9.]+)?[ \t]*")
_REQUEST_ALONE = re.compile(r"([A-Z]+) ([^ \t]+) HTTP/[0-9.]+")
_STATUS = re.compile(r"(?:HTTP/[0-9.]+ +)?([1-9][0-9]{2})(?: +(.*?))?[ \t]*")
_STATUS_ALONE = re.compile(r"HTTP/[0-9.]+ +([1-9][0-9]{2})(?: +(.*))?")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)")
_COMMAND = re.compile(r"(?:[^ ]* ?[$%#] +)?(curl .*)")
_BLANKS = " \t"
_NOISE = ("*", "{ [", "} [")
# Where the content does not end with a line break, what curl says next stands on its last line.
_FAREWELL = re.compile(r"\* (?:Connection #[0-9]+ to|Closing connection|shutting down conn).*")


def read_transcript(text: str) -> list[Recorded]:
    """Read the exchanges of a transcript.

    A request is known from ``curl -v``, from a line with ``curl`` above the response, or from
    its message. Interim answers (1xx) are left out.

    :raises SetupError: when there is no response in it, or a header section is broken; the
        message names the line.
    """
    reader = _Reader(is_verbose=bool(re.search(r"^> [A-Z]+ [^ \t\r\n]", text, re.MULTILINE)))
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        reader.take(line.rstrip("\r"), number)
    reader.finish()
    if not reader.found:
        raise SetupError(
            "no response is in it: none of its lines is a status line such as "
            "'HTTP/1.1 412 Precondition Failed'; record with curl -i or curl -v"
        )
    return reader.found


@dataclass
class _Message:
    fields: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "\n".join(self.lines).rstrip("\n")


@dataclass
class _Reader:
    """Takes one line after the other.

    :param is_verbose: whether it is of ``curl -v``, which marks the lines of headers.
    """

    is_verbose: bool
    found: list[Recorded] = field(default_factory=list)
    command: str = ""
    method: str = ""
    url: str = ""
    body: bytes | None = None
    request: _Message | None = None
    response: _Message | None = None
    status: int = 0
    phrase: str = ""
    head: _Message | None = None
    """The message whose header section is being read."""

    def take(self, line: str, number: int) -> None:
        """Take a line in."""
        if self.command:
            self._continue(line)
        elif self.is_verbose and line.startswith(_NOISE):
            return
        elif self.is_verbose and line[:2] in ("> ", ">"):
            self._sent(line[2:], number)
        elif self.is_verbose and line[:2] in ("< ", "<"):
            self._got(line[2:], number)
        elif self.head is not None and not self.is_verbose:
            self._field(line, number)
        elif found := _COMMAND.fullmatch(line):
            self._finish_exchange()
            self._continue(found[1])
        elif found := _REQUEST_ALONE.fullmatch(line):
            self._begin(found)
        elif found := _STATUS_ALONE.fullmatch(line):
            self._answer(found)
        elif self.response is not None:
            self.response.lines.append(_FAREWELL.sub("", line) if self.is_verbose else line)
        elif self.request is not None and not self.is_verbose:  # there it is a progress meter
            self.request.lines.append(line)

    def finish(self) -> None:
        """Take in that there are no more lines."""
        if self.command:
            self._continue("")
        self._finish_exchange()

    def _continue(self, line: str) -> None:
        self.command += line.removesuffix("\\")
        if line.endswith("\\"):
            self.command += " "
            return
        told = read_command(self.command)
        self.command = ""
        self.method, self.url, self.body = told.method, told.url, told.body
        self.request = _Message(list(told.fields))

    def _sent(self, line: str, number: int) -> None:
        if self.head is not None and self.head is self.request:
            self._field(line, number)
        elif found := _REQUEST.fullmatch(line):
            self._begin(found)

    def _got(self, line: str, number: int) -> None:
        if self.head is not None and self.head is self.response:
            self._field(line, number)
        elif found := _STATUS.fullmatch(line):
            self._answer(found)

    def _begin(self, found: re.Match[str]) -> None:
        self._finish_exchange()
        self.method, self.url = found[1], found[2]
        self.body = None if self.is_verbose else b""
        self.request = self.head = _Message()

    def _answer(self, found: re.Match[str]) -> None:
        if self.response is not None:
            self._finish_exchange()
        self.status, self.phrase = int(found[1]), found[2] or ""
        self.response = self.head = _Message()

    def _field(self, line: str, number: int) -> None:
        head = self.head
        assert head is not None
        if not line.strip(_BLANKS):
            self.head = None
            is_tunnel = self.phrase.lower() == "connection established"
            if head is self.response and (self.status < 200 or is_tunnel):
                self.response, self.status = None, 0
        elif line[0] in _BLANKS and head.fields:  # RFC 9112 §5.2
            name, value = head.fields[-1]
            head.fields[-1] = name, f"{value} {line.strip(_BLANKS)}"
        elif found := _FIELD.fullmatch(line):
            head.fields.append((found[1], found[2].strip(_BLANKS)))
        elif not line.startswith(":"):
            raise SetupError(
                f"line {number} of the transcript stands in a header section and is no field "
                "('Name: value'); an empty line ends the section"
            )

    def _finish_exchange(self) -> None:
        """Keep what is complete, and begin anew."""
        response, request = self.response, self.request
        if response is not None:
            sent = tuple(request.fields) if request else ()
            body = self.body
            if request and self.method and (text := request.text()):
                body = text.encode("utf-8", "surrogatepass")
            got = tuple(response.fields)
            url = _resolve(self.url, joined(sent).get("host", ""))
            content = content_of(response.text(), self.method, self.status, got)
            self.found.append(
                Recorded(self.method, url, sent, body, self.status, self.phrase, got, content)
            )
        self.method = self.url = self.phrase = ""
        self.body = self.request = self.response = self.head = None
        self.status = 0


def _resolve(url: str, host: str) -> str:
    """Put the place before a target; the scheme is not known."""
    return f"//{host}{url}" if host and url.startswith("/") else url.partition("#")[0]
