"""What may come between the writes of a check, and what the resource holds after it.

``python -m tests.checker.interruptions`` plays each kind and prints the table.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from flask_preconditions.core import EntityTag
from flask_preconditions.core import Outcome
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate

from .resource import FIRST
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import field_of
from .resource import serving

COMMAND = (sys.executable, "-m", "flask", "preconditions", "check")


def is_original(body: bytes | None) -> bool:
    try:
        return body is not None and bool(json.loads(body) == FIRST)
    except ValueError:
        return False


class Scene:
    """A check under way, as the server sees it."""

    def __init__(self) -> None:
        self.resource = Resource(read=self._read, decide=self._decide)
        self.act: Callable[[Scene, Handler], int | None] = lambda scene, handler: None
        self.writes = 0
        self.has_raced = False
        self.late: bytes | None = None
        self.dropped = False
        self.pid: int | None = None
        self.has_started = threading.Event()

    def _read(self, method: str, fields: Fields) -> Fields:
        has_been_seen = self.resource.log[-1:] == ["GET /thing 200"] and self.is_as_it_was
        if has_been_seen:
            self.land()
        return fields

    def _decide(self, resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command == "PUT":
            self.writes += 1
            self.has_raced = self.has_raced or b" race " in handler.new
        return self.act(self, handler)

    @property
    def is_as_it_was(self) -> bool:
        """Whether the resource is what it was."""
        return is_original(self.resource.docs.get("/thing"))

    def puts_back(self, handler: Handler) -> bool:
        """Tell whether a request puts back what was there: nothing else is sent after the race."""
        return handler.command == "PUT" and self.has_raced and is_original(handler.new)

    def note(self, event: str) -> None:
        """Write down what was done, between the answers of the server."""
        self.resource.log.append(f"! {event}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the check."""
        self.has_started.wait()
        assert self.pid is not None
        self.note(number.name)
        os.kill(self.pid, number)

    def land(self) -> None:
        """Store the late write, if there is one."""
        if self.late is not None:
            self.note("lands")
            self.resource.docs["/thing"], self.late = self.late, None

    @property
    def events(self) -> tuple[str, ...]:
        """What was done."""
        return tuple(line[2:] for line in self.resource.log if line.startswith("! "))


Act = Callable[[Scene, Handler], int | None]


@dataclass(frozen=True)
class Interruption:
    """A kind of interruption.

    :param act: what the server does at a request; the status that it answers instead, if any.
    :param events: what must have come, in order.
    :param status: how the check ends.
    :param said: what it prints.
    :param held: what the resource holds after it; as it was where it is empty.
    """

    act: Act
    events: tuple[str, ...]
    status: int
    said: str
    held: str = ""
    options: tuple[str, ...] = ("--field", "text", "--rounds", "2")


@dataclass
class Seen:
    """What came of it."""

    status: int
    said: str
    held: str
    events: tuple[str, ...]
    log: list[str] = field(repr=False)


def signals(number: signal.Signals, write: int, times: int = 1) -> Act:
    """Send a signal at a write, and again at the requests after it."""

    def act(scene: Scene, handler: Handler) -> None:
        if scene.writes >= write and len(scene.events) < times:
            scene.send(number)

    return act


def in_the_race(scene: Scene, handler: Handler) -> None:
    if scene.has_raced and not scene.events:
        scene.send(signal.SIGINT)


def at_the_putting_back(scene: Scene, handler: Handler) -> None:
    if scene.puts_back(handler):
        scene.send(signal.SIGINT)


def stored_and(status: int, what: str) -> Act:
    """Store some writes, and tell nobody."""

    def act(scene: Scene, handler: Handler) -> int | None:
        if handler.command != "PUT" or not 30 <= scene.writes < 35:
            return None
        scene.resource.docs["/thing"] = handler.new
        scene.note(what)
        return status

    return act


def removes(scene: Scene, handler: Handler) -> int | None:
    fields = list(handler.headers.items())
    if handler.command == "PUT" and field_of(fields, "If-Match") == '"stale"':
        scene.resource.docs.pop("/thing", None)
        scene.note("deleted")
        return 204
    return None


def late(write: int, number: signal.Signals | None = None) -> Act:
    """Drop a write; it is stored when the check has seen that all is as it was, and asks anew."""

    def act(scene: Scene, handler: Handler) -> int | None:
        if handler.command != "PUT" or scene.writes != write:
            return None
        scene.late, scene.dropped = handler.new, True
        if number is not None:
            scene.send(number)
        return 0

    return act


def late_among_others(scene: Scene, handler: Handler) -> int | None:
    """Drop a write whose condition is true, and store it while another one is refused."""
    stored = scene.resource.docs.get("/thing")
    if handler.command != "PUT" or stored is None or scene.has_raced:
        return None
    tag = EntityTag.parse(scene.resource.tag(stored))
    fields = list(handler.headers.items())
    is_stopped = evaluate("PUT", fields, Validators(tag)).outcome is not Outcome.PERFORM
    if is_stopped:
        scene.land()
    elif field_of(fields, "If-Match") and scene.writes > 20 and not scene.dropped:
        scene.late = handler.new
        scene.dropped = True
        return 0
    return None


def refused(status: int, times: int) -> Act:
    """Refuse to take back what was there."""

    def act(scene: Scene, handler: Handler) -> int | None:
        if not scene.puts_back(handler) or len(scene.events) >= times:
            return None
        scene.note(str(status))
        return status

    return act


def overtaken(scene: Scene, handler: Handler) -> int | None:
    """Let somebody else save between the last read and what puts back."""
    if not scene.puts_back(handler) or scene.events:
        return None
    scene.resource.docs["/thing"] = b'{"name": "1", "text": "of somebody else"}'
    scene.note("saved by another")
    return 412


def at_a_read(scene: Scene, handler: Handler) -> None:
    if not scene.events and len(scene.resource.log) >= 30:
        scene.send(signal.SIGINT)


def gone(scene: Scene, handler: Handler) -> int | None:
    """Answer nothing more after a write, or after a while."""
    return 0 if scene.writes >= 40 or (not scene.writes and len(scene.resource.log) > 30) else None


def at_a_patch(scene: Scene, handler: Handler) -> int | None:
    """Take no PATCH, and send a signal when one comes."""
    if handler.command != "PATCH":
        return None
    if not scene.events:
        scene.send(signal.SIGTERM)
    return 501


def ended_by(number: signal.Signals) -> str:
    return f"the check was interrupted ({number.name}), and the resource is as it was"


INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP

INTERRUPTIONS = {
    "Ctrl-C": Interruption(signals(INT, 30), ("SIGINT",), 2, ended_by(INT)),
    "Ctrl-C, four times": Interruption(signals(INT, 30, 4), ("SIGINT",) * 4, 2, ended_by(INT)),
    "SIGTERM": Interruption(signals(TERM, 30), ("SIGTERM",), 2, ended_by(TERM)),
    "SIGHUP": Interruption(signals(HUP, 30), ("SIGHUP",), 2, ended_by(HUP)),
    "SIGTERM while bodies are tried": Interruption(
        signals(TERM, 4),
        ("SIGTERM",),
        2,
        ended_by(TERM),
        options=("--body", "{folder}/one", "--body", "{folder}/two"),
    ),
    "SIGTERM while PATCH is tried": Interruption(at_a_patch, ("SIGTERM",), 2, ended_by(TERM)),
    "Ctrl-C at the 70th PUT": Interruption(signals(INT, 70), ("SIGINT",), 2, ended_by(INT)),
    "Ctrl-C within the race": Interruption(in_the_race, ("SIGINT",), 2, ended_by(INT)),
    "Ctrl-C while all is put back": Interruption(at_the_putting_back, ("SIGINT",), 0, "conforms"),
    "Ctrl-C, and the write under way lands late": Interruption(
        late(60, INT), ("SIGINT", "lands"), 2, ended_by(INT)
    ),
    "Ctrl-C where nothing is written": Interruption(
        at_a_read, ("SIGINT",), 2, "the check was interrupted (SIGINT)", options=()
    ),
    "stored and dropped": Interruption(
        stored_and(0, "stored, dropped"), ("stored, dropped",) * 5, 1, "violates"
    ),
    "stored and 500": Interruption(stored_and(500, "stored, 500"), ("stored, 500",) * 5, 1, "500"),
    "deleted by a write": Interruption(removes, ("deleted",) * 6, 1, "violates"),
    "a write that lands late": Interruption(late(60), ("lands",), 0, "conforms"),
    "a write that lands while others are refused": Interruption(
        late_among_others, ("lands",), 0, "conforms"
    ),
    "putting back refused 412 three times": Interruption(refused(412, 3), ("412",) * 3, 0, ""),
    "putting back always 507": Interruption(
        refused(507, 100), ("507",) * 18, 1, "NOT RESTORED", held="race"
    ),
    "somebody else saves while all is put back": Interruption(
        overtaken, ("saved by another",), 1, "what is there is left", held="of somebody else"
    ),
    "no more answers after the 40th PUT": Interruption(
        gone, (), 1, "and the resource was not put back", held="text"
    ),
    "no more answers where nothing is written": Interruption(
        gone, (), 2, "the server answers nothing more, after", options=()
    ),
}


def play(kind: Interruption) -> Seen:
    """Run a check that is interrupted."""
    scene = Scene()
    scene.act = kind.act
    with tempfile.TemporaryDirectory() as folder, serving(scene.resource) as server:
        for name in ("one", "two"):
            Path(folder, name).write_text(f"body {name}")
        options = [option.format(folder=folder) for option in kind.options]
        command = [*COMMAND, server.url, *(["--write"] if options else []), *options]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            scene.pid = process.pid
            scene.has_started.set()
            said = process.communicate()[0]
        scene.land()  # what has not landed by now was not waited for
        held = server.docs.get("/thing", b"nothing").decode()
        return Seen(process.returncode, said, held, scene.events, server.log)


def main() -> None:
    """Print what was held before and after each kind, and what came, by the server's own log."""
    for name in sys.argv[1:] or INTERRUPTIONS:
        seen = play(INTERRUPTIONS[name])
        said = [line for line in seen.said.splitlines() if line]
        rows = {
            "came": ", ".join(f"{n} x {e}" for e, n in Counter(seen.events).items())
            or "see the log",
            "before": json.dumps(FIRST),
            "after": seen.held,
            "exit": str(seen.status),
            "said": "\n         ".join([*said[:1], *said[-3:]] if len(said) > 4 else said),
            "log": " | ".join(["…", *seen.log[-12:]]),
        }
        table = "".join(f"  {title + ':':8} {value}\n" for title, value in rows.items())
        sys.stdout.write(f"{name}\n{table}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
