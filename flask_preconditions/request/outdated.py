"""An answer to a write that tells the tag which the target had before it."""

from typing import TYPE_CHECKING
from typing import Any

from flask import Response

from ..core import ABSENT
from ..core import EntityTag
from ..core import Validators
from ..exceptions import SetupError

if TYPE_CHECKING:
    from .inquiry import Inquiry


def refuse_outdated(inquiry: "Inquiry[Any]", response: Response, written: Validators) -> None:
    """Refuse an answer whose body tells another tag than the write left.

    A client that goes by its body would be refused at its next write.

    :param written: the state that the write left.
    :raises SetupError: when the body is a JSON object with the tag that was compared.
    """
    before = inquiry.validators
    tags = [inquiry.told, None if before is ABSENT else before.etag]
    outdated = [tag for tag in tags if tag is not None and tag != written.etag]
    if not outdated:
        return
    if not response.is_json or response.is_streamed:
        return
    body = response.get_json(silent=True)
    name = getattr(inquiry.source, "tag_name", None)
    for key, value in body.items() if isinstance(body, dict) else ():
        if any(_tells(value, tag, key == name) for tag in outdated):
            raise SetupError(
                f"the answer of {inquiry.request.endpoint} tells {key}={value!r}, the tag before "
                f"its write, which left {written.etag}; {_remedy(inquiry, key)}",
                inquiry.plan.place_of_view,
            )


def _tells(value: object, tag: EntityTag, is_named: bool) -> bool:
    """Tell whether a member is a tag: in wire form, or by the name that the target has for it."""
    return value == str(tag) or (is_named and str(value) == tag.opaque)


def _remedy(inquiry: "Inquiry[Any]", key: str) -> str:
    if inquiry.plan.guard is None:
        return (
            "take it from the row that was written: row = precondition.confirm(cursor.fetchall()) "
            "of a statement with RETURNING *"
        )
    return f"write the changes first: etag_for(…) does, and {key} is the new one after it"
