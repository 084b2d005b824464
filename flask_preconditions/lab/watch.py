"""The lab in the terminal: a server of its own, and what the learner's client does there."""

import io
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from queue import SimpleQueue
from shlex import quote
from threading import Lock
from threading import Thread
from typing import Any

from werkzeug.serving import BaseWSGIServer

from ..conformance.wire import Exchange
from ..conformance.wire import Response
from ..recorded.har import write_har
from ..simulator import create_app
from ..simulator.limits import CONTENT_OCTETS
from ..simulator.server import serve
from .engine import Judgement
from .engine import Kind
from .engine import Run
from .lessons import Lesson
from .lessons import Request
from .player import LAB
from .player import Player
from .player import replay
from .progress import Progress
from .rules import resolve

TRIES_BEFORE_SOLUTION = 3
KEPT_EXCHANGES = 500

Say = Callable[[str], object]


class Tap:
    """A WSGI application that hands on what goes through another one.

    :param take: gets each exchange below the lab, once it is over.
    """

    def __init__(self, inner: Callable[..., Iterable[bytes]], take: Callable[[Exchange], object]):
        self._inner = inner
        self._take = take

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer as the inner application does."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith(f"{LAB}/"):
            return self._inner(environ, start_response)
        body = _read(environ)
        asked = dict(environ)  # what answers takes conditions out that it is done with
        told: list[Any] = []

        def note(status: str, headers: list[tuple[str, str]], info: Any = None) -> Any:
            told[:] = [status, headers]
            return start_response(status, headers, info)

        answer = self._inner(environ, note)
        try:
            content = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        self._take(_exchange(asked, path, body, told, content))
        return [content]


def _read(environ: dict[str, Any]) -> bytes:
    """Read the content, up to what the simulator takes, and put it back."""
    length = environ.get("CONTENT_LENGTH") or "0"
    is_short = length.isascii() and length.isdigit() and int(length) <= CONTENT_OCTETS
    if not is_short or not int(length):
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _exchange(
    environ: dict[str, Any], path: str, body: bytes, told: list[Any], content: bytes
) -> Exchange:
    fields = [
        (key[5:].replace("_", "-").title(), str(value))
        for key, value in environ.items()
        if key.startswith("HTTP_")
    ]
    if kind := environ.get("CONTENT_TYPE"):
        fields.append(("Content-Type", kind))
    query = environ.get("QUERY_STRING", "")
    code, _, phrase = told[0].partition(" ")
    return Exchange(
        environ["REQUEST_METHOD"],
        f"{path}?{query}" if query else path,
        tuple(fields),
        body,
        Response(int(code), phrase, tuple(told[1]), content),
    )


def curl_for(request: Request, base: str, notes: dict[str, str]) -> str:
    """Write a request as a line for a shell."""
    parts = ["curl", "-i"] + ([] if request.method == "GET" else ["-X", request.method])
    parts.append(quote(f"{base}/{request.target}"))
    for name, value in resolve(dict(request.headers), notes).items():
        parts += ["-H", quote(f"{name}: {value}")]
    if request.content:
        parts += ["-d", quote(request.content)]
    return " ".join(parts)


class Watch:
    """A session at the terminal.

    :param say: prints a line.
    """

    def __init__(self, port: int, progress: Progress, say: Say) -> None:
        app = create_app()
        self._player = Player(app)
        self._progress = progress
        self._say = say
        self._run: Run | None = None
        self._lock = Lock()
        self._judged: SimpleQueue[tuple[Exchange, Judgement]] = SimpleQueue()
        self.server: BaseWSGIServer
        self.server, self.origin = serve(Tap(app, self._take), port)
        self._thread = Thread(target=self.server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()

    @property
    def base(self) -> str:
        """The URL that the paths of a lesson are below."""
        return f"{self.origin}{LAB}"

    def _take(self, exchange: Exchange) -> None:
        """Judge an exchange before its response is sent.

        So a script that goes on at once finds the rival's save already there.
        """
        with self._lock:
            judgement = self._run.feed(exchange) if self._run else None
            if self._run is None or judgement is None:
                return
            if judgement.kind is Kind.PASSED and self._run.step:
                self._player.prepare(self._run.step)
            self._judged.put((exchange, judgement))

    def close(self) -> None:
        """End the server."""
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    def teach(self, lesson: Lesson) -> None:
        """Go through a lesson with the learner, up to its end."""
        done = [] if self._progress.is_finished(lesson) else self._progress.done(lesson)
        steps = len(lesson.steps)
        run = replay(self._player, lesson, done)
        first, place = run.step, run.place
        assert first is not None
        noted = "".join(f"\n  {name} = {value}" for name, value in run.notes.items())
        self._player.prepare(first)
        self._run = run  # before a word: a script may begin as soon as it knows the URL
        self._say(f"\n{lesson.title}\n{lesson.about}\nThe document: {self.base}/docs/welcome")
        if place:
            self._say(f"You go on after step {place}. Your notes, with the tags of now:{noted}")
        self._say(f"\n[{place + 1}/{steps}] {first.say}")
        kept = self._watch(lesson, run)
        self._run = None
        self._keep(lesson, kept)

    def _watch(self, lesson: Lesson, run: Run) -> list[Exchange]:
        """Tell of each exchange, until the last step has passed.

        :return: the exchanges.
        """
        kept: list[Exchange] = []
        failed = 0
        while True:
            exchange, judgement = self._judged.get()
            kept.append(exchange)
            del kept[:-KEPT_EXCHANGES]
            self._say(_line(exchange, judgement))
            step = judgement.step
            if judgement.kind is Kind.PASSED:
                failed = 0
                self._say(f"    {step.learnt}")
                place = lesson.steps.index(step) + 1
                self._progress.keep(lesson, run.requests[:place])
                if place == len(lesson.steps):
                    return kept
                due = lesson.steps[place]
                self._say(f"\n[{place + 1}/{len(lesson.steps)}] {due.say}")
                continue
            if judgement.kind is not Kind.FAILED:
                continue
            failed += 1
            if failed == TRIES_BEFORE_SOLUTION:
                line = curl_for(run.solution_of(step), self.base, run.notes)
                self._say(f"    One way to do it:\n    {line}")

    def _keep(self, lesson: Lesson, kept: list[Exchange]) -> None:
        file: Path = self._progress.file.with_name(f"lab-{lesson.id}.har")
        file.write_text(write_har(kept, self.origin), "utf-8")
        self._say(f"\nDone: {lesson.title}.\nYour exchanges are kept in {file}")


def _line(exchange: Exchange, judgement: Judgement) -> str:
    # Whoever reaches the port could write on the terminal otherwise.
    method = exchange.method if exchange.method.isalpha() else ascii(exchange.method)
    what = f"{method} {exchange.response.status}"
    if judgement.kind is Kind.PASSED:
        return f"  ✔ {what}"
    if judgement.kind is Kind.LOOKED:
        return f"  · {what} (looking is always allowed)"
    why = judgement.hint.say if judgement.hint else "; ".join(judgement.unmet)
    return f"  ✘ {what}: {why}"
