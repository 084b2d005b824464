"""A client that saves only over what it has read.

    python client.py update URL WORD              append a word, after a 412 once more
    python client.py create URL TITLE BODY        make a document that is not there yet
    python client.py save URL ETAG TITLE BODY     save once, or show both versions

httpx, because it gives up after five seconds by itself and repeats no request.
"""

import json
import random
import sys
import time
from collections.abc import Callable

import httpx

ATTEMPTS = 5


class Failure(Exception):
    """What was asked for is not done; each cause has an exit code of its own."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def connect() -> httpx.Client:
    # A proxy that compresses on the way weakens the tag, and If-Match cannot use it.
    return httpx.Client(headers={"Accept-Encoding": "identity"})


def unexpected(answer: httpx.Response) -> Failure:
    try:
        detail = answer.json()["detail"]  # of a problem document (RFC 9457)
    except (ValueError, LookupError, TypeError):
        detail = answer.reason_phrase
    return Failure(f"{answer.status_code}: {detail}")


# :snippet-start: update
def update(http: httpx.Client, url: str, change: Callable[[dict], dict]) -> None:
    """Make a change to the document as it is now, however often others save first."""
    unanswered = None
    for attempt in range(ATTEMPTS):
        if attempt:  # a random pause, so that two clients do not meet again and again
            time.sleep(random.uniform(0, 0.1 * 2**attempt))
        tag, document = read(http, url)
        if document == unanswered:
            return  # the write whose answer was lost had arrived
        changed = change(document)
        content = {"title": changed["title"], "body": changed["body"]}
        try:
            answer = http.put(url, json=content, headers={"If-Match": tag})
        except httpx.TransportError:
            unanswered = changed  # written or not: only another read can tell
            continue
        if answer.is_success:
            return
        if answer.status_code != 412:
            raise unexpected(answer)
    raise Failure(f"given up after {ATTEMPTS} attempts: others keep saving first", 5)


def read(http: httpx.Client, url: str) -> tuple[str, dict]:
    """Get a document together with the tag to send when it is saved."""
    # A cache on the way must ask the server: an old tag is refused for certain.
    answer = http.get(url, headers={"Cache-Control": "no-cache"})
    if answer.status_code == 404:
        raise Failure(f"there is no document at {url}", 6)
    if not answer.is_success:
        raise unexpected(answer)
    tag = answer.headers.get("ETag")
    if tag is None:
        raise Failure("the answer has no ETag, so there is nothing for If-Match", 7)
    if tag.startswith("W/"):
        raise Failure(f"{tag} is weak, and If-Match never matches a weak tag", 7)
    return tag, answer.json()


# :snippet-end:


# :snippet-start: create
def create(http: httpx.Client, url: str, title: str, body: str) -> None:
    """Make a document, unless somebody else has made it already."""
    content = {"title": title, "body": body}
    answer = http.put(url, json=content, headers={"If-None-Match": "*"})
    if answer.status_code == 412:
        raise Failure(f"not created: there is a document at {url} already", 3)
    if not answer.is_success:
        raise unexpected(answer)


# :snippet-end:


# :snippet-start: conflict
def save(http: httpx.Client, url: str, tag: str, title: str, body: str) -> None:
    """Save what a person has edited; after a 412 that person has to decide."""
    content = {"title": title, "body": body}
    answer = http.put(url, json=content, headers={"If-Match": tag})
    if answer.status_code == 412:
        current = http.get(url, headers={"Cache-Control": "no-cache"})
        if not current.is_success and current.status_code != 404:
            raise unexpected(current)
        theirs = current.json() if current.is_success else None  # deleted, maybe
        print("theirs:", json.dumps(theirs, ensure_ascii=False))
        print("yours:", json.dumps(content, ensure_ascii=False))
        print("current tag:", current.headers.get("ETag", "none"))
        raise Failure("not saved: the document changed after you read it", 4)
    if not answer.is_success:
        raise unexpected(answer)


# :snippet-end:


def append(word: str) -> Callable[[dict], dict]:
    return lambda document: {**document, "body": f"{document['body']} {word}"}


def main(arguments: list[str]) -> None:
    with connect() as http:
        match arguments:
            case ["update", url, word]:
                update(http, url, append(word))
            case ["create", url, title, body]:
                create(http, url, title, body)
            case ["save", url, tag, title, body]:
                save(http, url, tag, title, body)
            case _:
                raise Failure(str(__doc__))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Failure, httpx.HTTPError, httpx.InvalidURL) as error:
        print(error, file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 1))
