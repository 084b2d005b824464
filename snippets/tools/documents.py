"""Play the table at a live server of the documents API.

The server offers the documents API of ``snippets/README.md``: a vector gets a document of
its own, made with ``If-None-Match: *``, or a name that nobody has used. What the write did
is judged by a GET before and one after, never by the status alone.
"""

import json
import secrets
from collections.abc import Iterable, Iterator

from flask_preconditions.conformance import Vector
from flask_preconditions.conformance.applicability import needs_date
from flask_preconditions.conformance.play import has_date, play, read_until
from flask_preconditions.conformance.verdicts import Result, Verdict, is_same, no_answer
from flask_preconditions.conformance.wire import Client, Exchange
from flask_preconditions.core import Outcome, evaluate

from .probe import Probe

DEADLINE_SECONDS = 5
WITH_BODY = ("PUT", "PATCH", "POST", "QUERY")


class DocumentsServer:
    """A server of the documents API.

    Its documents have a strong tag that the server chooses, and a date, and every write of
    one takes a precondition. The rest of the table is for its :class:`~.probe.Probe`.

    :param client: a client of the server.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self._run = secrets.token_hex(4)

    def why_not(self, vector: Vector) -> str | None:
        """Say why a vector cannot be played here; ``None`` when it can."""
        if vector.state not in ("document", "absent"):
            return f"the server has no target in the state {vector.state}"
        if vector.etag is not None:
            return "the server chooses its own tags"
        fields = vector.resolve_fields(vector.current)
        decision = evaluate(vector.method, fields, vector.current, required=True)
        if decision.outcome is Outcome.REQUIRED and not vector.required:
            return "the server asks for a precondition on this write"
        return None

    def play_all(self, vectors: Iterable[Vector]) -> Iterator[Result]:
        """Play vectors, each on a target of its own.

        All targets are made first, so that the second of their modification is over for
        most of them when it is needed.
        """
        chosen = list(vectors)
        for vector in chosen:
            if vector.state == "document" and self.why_not(vector) is None:
                self._create(self._target(vector))
        for vector in chosen:
            reason = self.why_not(vector)
            if reason:
                yield Result(vector, Verdict.SKIP, reason)
                continue
            try:
                yield self._play(vector)
            except OSError as error:  # one broken connection is one failed vector
                yield no_answer(vector, error)

    def _target(self, vector: Vector) -> str:
        return f"/docs/{self._run}-{vector.id}"

    def _create(self, target: str) -> None:
        body = json.dumps({"title": "old", "body": "old"}).encode()
        made = self.client.send("PUT", target, [("If-None-Match", "*")], body)
        if made.response.status != 201:
            raise ConnectionError(f"the server cannot be set up:\n{made}")

    def _play(self, vector: Vector) -> Result:
        target = self._target(vector)
        body = b""
        if vector.method in WITH_BODY:
            body = json.dumps({"title": "new", "body": "new"}).encode()

        def look() -> Exchange:
            return self.client.send("GET", target)

        before = look()
        if needs_date(vector):  # it shows once its second is over
            before = read_until(self.client, target, before, has_date, DEADLINE_SECONDS)
            if not has_date(before):
                raise ConnectionError(
                    f"no Last-Modified in {DEADLINE_SECONDS} s:\n{before}"
                )
        return play(
            vector,
            before,
            lambda fields: self.client.send(vector.method, target, fields, body),
            look,
            lambda before, sent, after: not is_same(before, after),
        )


def play_table(client: Client, vectors: Iterable[Vector]) -> Iterator[Result]:
    """Play vectors at the documents of a server where they can be, else at its probe."""
    documents, chosen = DocumentsServer(client), list(vectors)
    yield from documents.play_all(v for v in chosen if documents.why_not(v) is None)
    yield from Probe(client).play_all(
        v for v in chosen if documents.why_not(v) is not None
    )
