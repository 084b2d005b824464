"""What a guard costs, as ratios measured in one run: ``make bench``."""

from collections.abc import Callable
from timeit import repeat

from flask import Flask

from flask_preconditions import EntityTag
from flask_preconditions import Validators
from flask_preconditions import conditional
from flask_preconditions import evaluate

STATE = Validators(EntityTag("v1"))


def best_seconds(work: Callable[[], object], number: int) -> float:
    """Time one call: the best of five rounds, which noise disturbs least."""
    return min(repeat(work, number=number, repeat=5)) / number


def guarded_read() -> None:
    app = Flask(__name__)
    document = {"rev": "v1"}
    app.add_url_rule("/bare", "bare", lambda: document)
    app.add_url_rule(
        "/guarded", "guarded", conditional(lambda: document, etag="rev")(lambda: document)
    )
    client = app.test_client()
    bare = best_seconds(lambda: client.get("/bare"), 300)
    guarded = best_seconds(lambda: client.get("/guarded"), 300)
    short = best_seconds(lambda: client.get("/guarded", headers={"If-None-Match": '"v1"'}), 300)
    print(f"GET, bare:              {bare * 1e6:8.0f} µs")
    print(f"GET, guarded, 200:      {guarded / bare:8.2f} × bare")
    print(f"GET, guarded, 304:      {short / bare:8.2f} × bare")


def long_lists() -> None:
    print(f"evaluate(), one tag:    {best_seconds(lambda: put(1), 1000) * 1e6:8.0f} µs")
    small = best_seconds(lambda: put(1_000), 20)
    large = best_seconds(lambda: put(10_000), 5)
    print(f"10,000 tags:            {large / small:8.2f} × 1,000 tags")
    for name, unit in (("commas", ","), ("blanks", " "), ("quotes", '"'), ("W/", "W/")):
        short, long = (
            best_seconds(lambda size=size, unit=unit: send(unit * size + "x"), 5)
            for size in (10_000, 100_000)
        )
        print(f"100,000 {name + ':':<16}{long / short:8.2f} × 10,000")


def put(tags: int) -> None:
    send(", ".join(f'"t{number}"' for number in range(tags)))


def send(value: str) -> None:
    evaluate("PUT", {"If-Match": value}, STATE)


if __name__ == "__main__":
    guarded_read()
    long_lists()
