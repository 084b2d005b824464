"""What became of a vector in a recorded run, in one word and a detail."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from ..sources.errors import BuildError

Word = Literal["pass", "fail", "skip", "observed"]


class RecordedVerdict(msgspec.Struct, frozen=True):
    """What became of a vector.

    :param detail: what was wrong with the answer, or why the vector was not played.
    """

    word: Word
    detail: str = ""

    @property
    def status(self) -> str | None:
        """The status of an answer that was wrong for its status."""
        text = self.detail.partition(",")[0]
        return text.removeprefix("status ") if text.startswith("status ") else None


NOT_PLAYED = RecordedVerdict("skip", "not played in the recorded run")


def read_findings(
    recorded: Mapping[str, str], path: Path, again: str
) -> dict[str, RecordedVerdict]:
    """Read the words of a record, such as ``fail: status 200, expected 412``, by vector.

    :param path: the file that holds them.
    :param again: the command that records the run anew.
    :raises BuildError: when one is no such word.
    """
    try:
        return {id: _parse(text) for id, text in recorded.items()}
    except msgspec.ValidationError as error:
        raise BuildError(path, None, f"{error}; run it again: {again}") from None


@cache  # most of them passed
def _parse(text: str) -> RecordedVerdict:
    word, _, detail = text.partition(": ")
    return msgspec.convert({"word": word, "detail": detail}, RecordedVerdict)
