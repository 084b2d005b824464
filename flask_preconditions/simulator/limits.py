"""What a simulator takes and keeps at most."""

from dataclasses import dataclass

CONTENT_OCTETS = 16_384
"""The longest content of a request, and so of a document."""

TAG_CHARACTERS = 128
NAME_CHARACTERS = 40
"""The longest name of a session or a document."""

EXTRA_FIELDS = 8
FIELD_CHARACTERS = 200
"""How many fields ``header`` may add to a response, and how long the value of one may be."""

SHOWN_CHARACTERS = 400
"""How much of a field of the request a response shows."""

DELAY_SECONDS = 10
RETRY_SECONDS = 86_400
CACHE_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one simulator keeps at a time; what was used longest ago goes first.

    :param sessions: the labs.
    :param documents: the documents of one lab.
    :param octets: the text of all documents, in UTF-8.
    :param delayed: how many answers may wait at a time; another one is refused (503).
    """

    sessions: int = 200
    documents: int = 20
    octets: int = 4 * 2**20
    delayed: int = 8
