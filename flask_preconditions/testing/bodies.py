"""How a trial reads and changes a representation that it knows nothing about."""

import json
from typing import Any

from ..conformance.trial import Body as Body
from ..conformance.trial import Read as Read
from ..conformance.trial import Write as Write
from ..exceptions import SetupError


def body_of(
    representation: bytes, method: str, field: str | None, read: Read | None, write: Write | None
) -> Body:
    """Find the text in a representation.

    :param field: the member of a JSON object that is the text; its only string without it.
    :param read: see :class:`Body`; goes with ``write``, in place of ``field``.
    :raises SetupError: when it takes more than that to find the text.
    """
    if (read is None) is not (write is None):
        raise SetupError("read= and write= go together: give both or neither")
    if read is not None and write is not None:
        return Body(read, write)
    document = _parse_object(representation)
    if document is None:
        raise SetupError(
            "the target is no JSON object; say where its text is: "
            "read=lambda body: …, write=lambda text: …"
        )
    if field is None:
        field = _only_string(document)
    if not isinstance(document.get(field), str):
        raise SetupError(f"field={field!r}, but the target has no string of that name")

    def read_field(body: bytes) -> str:
        return str(json.loads(body)[field])

    def write_field(text: str) -> bytes:
        # PATCH sends what changes, PUT the whole representation.
        changed = {field: text} if method == "PATCH" else {**document, field: text}
        return json.dumps(changed).encode()

    return Body(read_field, write_field)


def _parse_object(representation: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(representation)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _only_string(document: dict[str, Any]) -> str:
    strings = [name for name, value in document.items() if isinstance(value, str)]
    if not strings:
        raise SetupError("the target has no string to overwrite; give read= and write=")
    if len(strings) > 1:
        listed = " and ".join(repr(name) for name in strings)
        raise SetupError(
            f"the target has the strings {listed}; say which one may be overwritten: "
            f"field={strings[-1]!r}"
        )
    return strings[0]
