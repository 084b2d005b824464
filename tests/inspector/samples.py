"""Exchanges to be inspected: of the snippet servers' records, and of the simulator."""

import json
from collections.abc import Iterator
from pathlib import Path

from flask_preconditions.conformance.wire import Client
from flask_preconditions.inspector import Capture
from flask_preconditions.inspector.inspection import judge
from flask_preconditions.recorded.exchange import Recorded
from flask_preconditions.simulator import create_app
from flask_preconditions.testing.clients import serving

RESULTS = Path(__file__).parents[2] / "snippets/results"
SERVERS = ("drf", "express", "fastapi", "flask", "go", "spring")
DOC = "/api/lab/me/docs/welcome"
PAGE = ("Origin", "https://page.example")


def recorded_of(server: str) -> Iterator[tuple[str, list[Recorded]]]:
    """Give the recorded transcripts of a snippet server, each with its name."""
    record = json.loads((RESULTS / f"{server}.json").read_text("utf-8"))
    for name, transcript in record["transcripts"].items():
        yield name, [_exchange(step) for step in transcript]


def _exchange(step: dict) -> Recorded:  # type: ignore[type-arg]
    asked, answered = step["request"], step["response"]
    # The recorder leaves Date out, since it is another one every time.
    date = ("Date", "Tue, 15 Nov 1994 12:45:26 GMT")
    return Recorded(
        asked["method"],
        f"http://127.0.0.1{asked['target']}",
        tuple((n, v) for n, v in asked["fields"]),
        asked["body"].encode(),
        answered["status"],
        answered["phrase"],
        (*((n, v) for n, v in answered["fields"]), date),
        answered["body"].encode(),
    )


def body(title: str) -> bytes:
    return json.dumps({"title": title, "body": "…"}).encode()


def session(fault: str | None) -> list[Recorded]:
    """Play what a client does at the simulator: read, save, lose, save again, from elsewhere."""
    found: list[Recorded] = []
    app = create_app(sleep=lambda seconds: meanwhile())
    pending: list[tuple[str, bytes]] = []

    def meanwhile() -> None:
        """Let the second of two writes come between the check and the write of the first."""
        if pending:
            tag, content = pending.pop()
            send("PUT", ("If-Match", tag), content=content)

    with serving(app) as origin:
        client = Client(origin)
        query = f"?fault={fault}" if fault else ""

        def send(method: str, *fields: tuple[str, str], content: bytes = b"") -> str:
            got = client.send(method, DOC + query, fields, content)
            answer = got.response
            found.append(
                Recorded(
                    method,
                    origin + DOC + query,
                    got.fields,
                    content,
                    answer.status,
                    answer.phrase,
                    answer.fields,
                    answer.body,
                )
            )
            return answer.get("ETag") or '"nothing-was-told"'

        old = send("GET")
        client.send("POST", f"{DOC}/rival")
        current = send("GET")
        send("PUT", ("If-Match", old), content=body("late"))
        send("GET", ("If-None-Match", current))
        send("PUT", content=body("unguarded"))
        current = send("GET", PAGE)
        send("PUT", ("If-Match", '"stale"'), PAGE, content=body("elsewhere"))
        current = send("GET")
        pending.append((current, body("second")))
        send("PUT", ("If-Match", current), content=body("first"))
        meanwhile()
        send("GET")
    return found


def ids(exchanges: list[Recorded]) -> set[str]:
    return {rule.id for _, rule in judge(Capture("a session", exchanges))}
