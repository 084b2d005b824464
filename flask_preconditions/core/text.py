"""Text of strangers, as it may be printed."""


def printable(text: str) -> str:
    """Escape what would write something of its own on the screen of who reads it."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
