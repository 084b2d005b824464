"""Play vectors at a probe: a resource that is in whatever state the request describes.

The documents of a real server all have a strong tag and a date, and every write takes a
condition. The other states of the table, a weak tag or no validator at all, are played at
``/probe``, which asks the same evaluator of the server; ``snippets/README.md`` has its
contract. The probe keeps nothing, so an answer is judged by itself: 2xx to a write says
that it would have been performed.
"""

from collections.abc import Iterable, Iterator

from flask_preconditions.conformance import Vector
from flask_preconditions.conformance.verdicts import Result, judge, no_answer
from flask_preconditions.conformance.wire import Client
from flask_preconditions.core import ABSENT, format_http_date

TARGET = "/probe"


class Probe:
    """The probe of a server.

    :param client: a client of the server.
    """

    def __init__(self, client: Client) -> None:
        self.client = client

    def play_all(self, vectors: Iterable[Vector]) -> Iterator[Result]:
        """Play vectors, in order."""
        for vector in vectors:
            try:
                yield self._play(vector)
            except OSError as error:  # one broken connection is one failed vector
                yield no_answer(vector, error)

    def _play(self, vector: Vector) -> Result:
        current = vector.current
        fields = (*describe(vector), *vector.resolve_fields(current))
        body = (
            b'{"title": "new", "body": "new"}'
            if vector.method in ("PUT", "PATCH")
            else b""
        )
        exchange = self.client.send(vector.method, TARGET, fields, body)
        return judge(vector, current, exchange, None)


def describe(vector: Vector) -> Iterator[tuple[str, str]]:
    """Give the fields that tell the probe in which state it is."""
    current = vector.current
    yield "Probe-State", "absent" if current is ABSENT else "present"
    yield "Probe-Require", "yes" if vector.required else "no"
    if current is not ABSENT and current.etag is not None:
        yield "Probe-ETag", str(current.etag)
    if current is not ABSENT and current.last_modified is not None:
        yield "Probe-Last-Modified", format_http_date(current.last_modified)
