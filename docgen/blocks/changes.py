"""What changed on the site, for people beside the feed."""

from ..sources.changes import Changes
from ..sources.changes import newest_first
from .slot import Slot
from .slot import Sources


def changes(sources: Sources) -> Slot:
    """Show what changed, the newest first."""
    source = sources.facts.path("changes")
    found = sources.facts.read("changes", Changes).change if source.is_file() else ()
    return Slot("changes", {"changes": newest_first(found), "source": source})
