"""HTTP preconditions for Flask: If-Match done right (RFC 9110 §13)."""

__version__ = "0.1.0"
