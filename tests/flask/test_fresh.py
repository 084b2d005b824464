"""``fresh=``: reads come from a replica, which may be behind, and writes never trust it."""

from dataclasses import dataclass
from dataclasses import field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound

from flask_preconditions import SetupError
from flask_preconditions import precondition
from flask_preconditions import require_match


@dataclass
class Store:
    """A primary, a replica that follows when it is told, and who was asked."""

    primary: dict[str, dict[str, Any]]
    replica: dict[str, dict[str, Any]]
    asked: list[str] = field(default_factory=list)

    def on_primary(self, name: str) -> dict[str, Any] | None:
        self.asked.append("primary")
        return self.primary.get(name)

    def on_replica(self, name: str) -> dict[str, Any] | None:
        self.asked.append("replica")
        return self.replica.get(name)

    def save(self, name: str, body: str) -> None:
        version = self.primary.get(name, {"version": 0})["version"] + 1
        self.primary[name] = {"body": body, "version": version}


@pytest.fixture
def store() -> Store:
    first = {"body": "first", "version": 1}
    return Store({"a": first}, {"a": first})


@pytest.fixture
def client(store: Store) -> FlaskClient:
    app = Flask(__name__)
    app.testing = True

    @app.route("/docs/<name>", methods=["GET", "PUT"])
    @require_match(
        store.on_replica, fresh=store.on_primary, etag="version", into="doc", create=True
    )
    def document(name: str, doc: dict[str, Any] | None) -> Any:
        from flask import request

        if request.method == "PUT":
            if request.args.get("lose"):
                store.save(name, "of a rival")
                precondition.fail()
            store.save(name, request.get_data(as_text=True))
            precondition.confirm(1)
            return "", 204
        assert doc is not None
        return doc["body"]

    return app.test_client()


def test_a_plain_read_is_the_replicas(client: FlaskClient, store: Store) -> None:
    store.save("a", "second")
    got = client.get("/docs/a")
    assert (got.text, got.headers["ETag"], store.asked) == ("first", '"1"', ["replica"])


def test_a_write_is_compared_with_the_primary(client: FlaskClient, store: Store) -> None:
    store.save("a", "second")
    stale = client.put("/docs/a", data="mine", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.headers["ETag"]) == (412, '"2"')
    assert stale.json is not None
    assert stale.json["current_etag"] == '"2"'
    assert client.put("/docs/a", data="mine", headers={"If-Match": '"2"'}).status_code == 204
    assert set(store.asked) == {"primary"}


def test_a_lost_race_tells_the_primarys_tag(client: FlaskClient, store: Store) -> None:
    lost = client.put("/docs/a?lose=1", data="mine", headers={"If-Match": '"1"'})
    assert (lost.status_code, lost.headers["ETag"]) == (412, '"2"')
    assert set(store.asked) == {"primary"}


def test_a_client_reads_what_it_wrote(client: FlaskClient, store: Store) -> None:
    tag = client.get("/docs/a").headers["ETag"]
    for number in range(10):
        body = f"number {number}"
        written = client.put("/docs/a", data=body, headers={"If-Match": tag})
        assert written.status_code == 204
        # It holds a tag that the replica has never seen.
        tag = f'"{store.primary["a"]["version"]}"'
        got = client.get("/docs/a", headers={"If-None-Match": tag})
        assert (got.status_code, got.headers["ETag"]) == (304, tag)
        assert client.get("/docs/a", headers={"If-Match": tag}).text == body


def test_a_rivals_write_is_seen_by_who_holds_an_older_tag(
    client: FlaskClient, store: Store
) -> None:
    store.save("a", "second")
    store.save("a", "third")
    got = client.get("/docs/a", headers={"If-None-Match": '"2"'})
    assert (got.text, got.headers["ETag"]) == ("third", '"3"')


@pytest.mark.parametrize(
    ("name", "value", "asked"),
    [
        ("If-None-Match", '"1"', ["replica"]),
        ("If-None-Match", '"2"', ["replica", "primary"]),
        ("If-None-Match", "*", ["replica"]),
        ("If-Match", '"1"', ["replica"]),
        ("If-Match", '"2"', ["replica", "primary"]),
        ("If-Range", '"1"', ["replica"]),
        ("If-Range", '"2"', ["replica", "primary"]),
    ],
)
def test_the_primary_is_asked_where_the_replica_is_not_what_the_client_holds(
    client: FlaskClient, store: Store, name: str, value: str, asked: list[str]
) -> None:
    client.get("/docs/a", headers={name: value, "Range": "bytes=0-1"})
    assert store.asked == asked


def test_what_was_just_created_is_there_for_who_holds_its_tag(
    client: FlaskClient, store: Store
) -> None:
    assert client.put("/docs/b", data="new", headers={"If-None-Match": "*"}).status_code == 204
    assert client.get("/docs/b").status_code == 404
    assert client.get("/docs/b", headers={"If-None-Match": '"1"'}).status_code == 304
    taken = client.put("/docs/b", data="again", headers={"If-None-Match": "*"})
    assert taken.status_code == 412


def test_a_loader_that_aborts_on_the_replica_is_asked_no_further_than_the_primary() -> None:
    app = Flask(__name__)

    def absent(name: str) -> None:
        raise NotFound("not on the replica")

    @app.get("/docs/<name>")
    @require_match(absent, fresh=lambda name: {"version": 1}, etag="version")
    def read(name: str) -> str:
        return "here"

    client = app.test_client()
    assert "not on the replica" in client.get("/docs/a").text
    assert client.get("/docs/a", headers={"If-None-Match": '"0"'}).text == "here"


def test_what_reads_come_from_is_a_function() -> None:
    with pytest.raises(SetupError, match=r"from the replica is a function, and Store is none"):
        require_match(Store, fresh=lambda name: None, etag="version")
    with pytest.raises(SetupError, match=r"find_on_replica, fresh=find_on_primary"):
        require_match(fresh=lambda name: None, etag="version")
