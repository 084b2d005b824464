"""The API of the extension."""

from ..sources.errors import BlockError
from ..sources.signatures import describe_name
from .highlight import highlight
from .slot import Slot
from .slot import Sources


def api(sources: Sources, path: str) -> Slot:
    """Show a name of the API from its signature and docstring.

    :param path: such as ``flask_preconditions:Match.confirm``.
    """
    if path.partition(":")[0].partition(".")[0] != "flask_preconditions":
        raise BlockError(f"'{path}' is not of flask_preconditions, whose API this shows")
    entry = describe_name(path)
    signature = highlight(entry.signature, "python")
    name = path.partition(":")[2]
    return Slot("api", {"entry": entry, "signature": signature, "name": name})
