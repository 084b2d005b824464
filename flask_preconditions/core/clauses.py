"""Every clause of a specification that the package cites, as data."""

from .values import value


@value
class Clause:
    """A section of an RFC.

    :param rfc: the number of the RFC, such as ``9110``.
    :param section: the section within it, such as ``"13.1.1"``.
    :param title: the section's own title.
    """

    rfc: int
    section: str
    title: str

    @property
    def id(self) -> str:
        """The short form the vectors use: ``"9110 13.1.1"``."""
        return f"{self.rfc} {self.section}"

    @property
    def url(self) -> str:
        """Where the section can be read."""
        return f"https://www.rfc-editor.org/rfc/rfc{self.rfc}#section-{self.section}"

    def __str__(self) -> str:
        return f"RFC {self.rfc} §{self.section}"


_TITLES: dict[int, dict[str, str]] = {
    6585: {
        "3": "428 Precondition Required",
    },
    9110: {
        "5.3": "Field Order",
        "5.4": "Field Limits",
        "5.6.1": "Lists (#rule ABNF Extension)",
        "5.6.7": "Date/Time Formats",
        "8.6": "Content-Length",
        "8.8.1": "Weak versus Strong",
        "8.8.2": "Last-Modified",
        "8.8.2.1": "Generation",
        "8.8.2.2": "Comparison",
        "8.8.3": "ETag",
        "8.8.3.2": "Comparison",
        "8.8.3.3": "Example: Entity Tags Varying on Content-Negotiated Resources",
        "9.2.1": "Safe Methods",
        "9.3.2": "HEAD",
        "9.3.4": "PUT",
        "12.5.5": "Vary",
        "13.1": "Preconditions",
        "13.1.1": "If-Match",
        "13.1.2": "If-None-Match",
        "13.1.3": "If-Modified-Since",
        "13.1.4": "If-Unmodified-Since",
        "13.1.5": "If-Range",
        "13.2.1": "When to Evaluate",
        "13.2.2": "Precedence of Preconditions",
        "15.3.7": "206 Partial Content",
        "15.4.5": "304 Not Modified",
        "15.5.1": "400 Bad Request",
        "15.5.13": "412 Precondition Failed",
    },
    9111: {
        "4.3.2": "Handling a Received Validation Request",
    },
    9457: {
        "3": "The Problem Details JSON Object",
    },
    10008: {
        "2": "QUERY Method",
        "2.6": "Conditional Requests",
        "2.8": "Range Requests",
    },
}

CLAUSES: dict[str, Clause] = {
    clause.id: clause
    for rfc, sections in _TITLES.items()
    for section, title in sections.items()
    for clause in [Clause(rfc, section, title)]
}
"""Every clause by its :attr:`Clause.id`."""
