"""The documents of the labs: in memory, bounded, each write one step with its check."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from threading import Lock

from .limits import Limits

WELCOME = "welcome"


@dataclass(frozen=True, slots=True)
class Document:
    """One state of a document.

    :param rev: random, so that a document that is deleted and made again, or whose lab was
        forgotten, never repeats a tag.
    """

    title: str
    body: str
    rev: str
    saved_at: datetime

    @property
    def octets(self) -> int:
        """How much of the memory it is counted with."""
        return len(self.title.encode()) + len(self.body.encode())


def make(title: str, body: str) -> Document:
    """Make a new state."""
    return Document(title, body, secrets.token_hex(8), datetime.now(UTC))


class Full(Exception):
    """There is no place for one more document."""


class Labs:
    """Every lab with its documents; the one that was used longest ago is forgotten first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._labs: OrderedDict[str, dict[str, Document]] = OrderedDict()
        self._octets = 0
        self._lock = Lock()

    @property
    def count(self) -> int:
        """How many labs are kept."""
        return len(self._labs)

    @property
    def octets(self) -> int:
        """How much text all documents have."""
        return self._octets

    def find(self, session: str, name: str) -> Document | None:
        """Give a document, if it is there."""
        with self._lock:
            return self._open(session).get(name)

    def save(
        self,
        session: str,
        name: str,
        title: str,
        body: str,
        seen: Document | None,
        *,
        keeps_rev: bool = False,
    ) -> Document | None:
        """Replace a document, or make it, if it is still what was seen.

        :param seen: the state that was compared; ``None``: that nothing is there.
        :param keeps_rev: for a fault: leave the tag as it is.
        :return: the new state, or ``None`` where another write came first.
        :raises Full: when the lab has no place for one more document.
        """
        with self._lock:
            documents = self._open(session)
            if documents.get(name) != seen:
                return None
            return self._put(documents, name, title, body, keeps_rev=keeps_rev)

    def overwrite(self, session: str, name: str, title: str, body: str) -> Document:
        """Replace or make a document whatever is there: how updates are lost.

        :raises Full: as :meth:`save` does.
        """
        with self._lock:
            return self._put(self._open(session), name, title, body)

    def delete(self, session: str, name: str, seen: Document) -> bool:
        """Delete a document, if it is still what was seen."""
        with self._lock:
            documents = self._open(session)
            if documents.get(name) != seen:
                return False
            self._octets -= documents.pop(name).octets
            return True

    def let_rival_save(self, session: str, name: str) -> Document | None:
        """Have somebody else save, who read what is there now.

        :return: the new state, or ``None`` where there is no such document.
        """
        with self._lock:
            documents = self._open(session)
            old = documents.get(name)
            if old is None:
                return None
            return self._put(documents, name, old.title, f"The rival was here: {new_word()}.")

    def forget(self, session: str) -> None:
        """Begin a lab anew at its next request."""
        with self._lock:
            self._drop(session)

    def _open(self, session: str) -> dict[str, Document]:
        documents = self._labs.get(session)
        if documents is None:
            documents = self._labs[session] = {}
            self._put(documents, WELCOME, "Welcome", "Edit me, while a rival does the same.")
        self._labs.move_to_end(session)
        while len(self._labs) > self._limits.sessions:
            self._drop(next(iter(self._labs)))
        return documents

    def _put(
        self,
        documents: dict[str, Document],
        name: str,
        title: str,
        body: str,
        *,
        keeps_rev: bool = False,
    ) -> Document:
        old = documents.get(name)
        if old is None and len(documents) >= self._limits.documents:
            raise Full
        new = make(title, body)
        if keeps_rev and old is not None:
            new = Document(title, body, old.rev, new.saved_at)
        self._octets += new.octets - (old.octets if old else 0)
        documents[name] = new
        # The lab that is used now is the last to go.
        while self._octets > self._limits.octets and len(self._labs) > 1:
            self._drop(next(iter(self._labs)))
        return new

    def _drop(self, session: str) -> None:
        for document in self._labs.pop(session, {}).values():
            self._octets -= document.octets


def new_word() -> str:
    """Give a word that no earlier text had."""
    return secrets.token_hex(3)
