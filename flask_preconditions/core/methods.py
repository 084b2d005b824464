"""The methods of HTTP, by what they do."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "TRACE"})
"""The methods that change nothing (§9.2.1), QUERY among them (RFC 10008 §2)."""

READ_METHODS = frozenset({"GET", "HEAD", "QUERY"})
"""The safe methods that select a representation: a false If-None-Match is 304.

The one that a QUERY selects is that of a GET to its equivalent resource (RFC 10008 §2.6).
"""

RANGE_METHODS = frozenset({"GET", "QUERY"})
"""The methods that ranges are defined for (§14.2, RFC 10008 §2.8)."""

INDIFFERENT_METHODS = frozenset({"CONNECT", "OPTIONS", "TRACE"})
"""The methods that involve no representation and ignore preconditions (§13.2.1)."""
