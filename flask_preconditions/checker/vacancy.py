"""A place where nothing is: what PUT creates there, and DELETE takes away."""

from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from .client import CheckClient
from .client import OutOfTime
from .comparison import GONE
from .survey import why_ignored
from .unusable import Unplayable
from .writes import Writer
from .writes import is_success
from .writes import ways


class Vacancy:
    """A place where nothing is, and where nothing is left.

    :param writer: what is written there.
    """

    def __init__(self, client: CheckClient, target: str, writer: Writer | None) -> None:
        self.client = client
        self.target = target
        self.writer = writer
        self.plain_put: int | str | None = None
        self.can_create = False
        self.can_delete = False

    def prepare(self) -> None:
        """Find out whether PUT creates here, and DELETE deletes."""
        if self.writer is None or self._why_not_deleted:
            return
        for fields in ((), (("If-None-Match", "*"),)):
            try:
                made = self._put(fields)
            except OSError as error:
                self.plain_put = self.plain_put or str(error)
                break
            if self.plain_put is None:
                self.plain_put = made.response.status
            if is_success(made):
                self.can_create = self._status() == 200
                break
            if made.response.status not in (428, 412, 400, 403, 409):
                break
        if self.can_create:
            self.can_delete = self.restore() is None
            self.can_create = self.can_delete

    @property
    def why_not(self) -> str:
        """Say why nothing is created here."""
        if self.plain_put is None:
            return self._why_not_deleted or "PUT is sent with --write"
        if isinstance(self.plain_put, int) and self.plain_put < 300:
            return "what PUT creates at --absent cannot be deleted again"
        return why_ignored("PUT", self.plain_put, " of an absent target")

    @property
    def _why_not_deleted(self) -> str:
        """Say why what PUT would make could not be taken away, where that is known before."""
        answer = self.writer.found.at_absent.get("DELETE") if self.writer else None
        if answer not in (405, 501):
            return ""
        return f"a plain DELETE where nothing is is {answer}, so nothing is created there"

    def create(self) -> str:
        """Make something, and give its target."""
        if self._status() in GONE:
            made = self._put(())
            if not is_success(made):
                self._put((("If-None-Match", "*"),))
        return self.target

    def fill(self) -> Exchange:
        """Send a plain PUT, and leave nothing of it there."""
        made = self._put(())
        self.empty()
        return made

    def empty(self) -> str:
        """Give the target with nothing there.

        :raises Unplayable: when a request made something and it cannot be deleted.
        """
        if fault := self.restore():
            raise Unplayable(fault)
        return self.target

    def restore(self) -> str | None:
        """Delete what was made there; say why when it is still there."""
        if self.writer is None:
            return None
        last: object = None
        for _ in range(3):
            try:
                seen = self.client.send("GET", self.target)
                if seen.response.status in GONE:
                    return None
                for fields in ways(seen.response.get("ETag")):
                    last = self.client.send("DELETE", self.target, fields)
                    if is_success(last):
                        break
                if self._status() in GONE:
                    return None
            except OSError as error:
                last = error
            except OutOfTime:
                last = "there was no time left for it"
                break
        return f"{self.target} was created and cannot be deleted:\n{last}"

    def content(self) -> bytes:
        """Make the content of a PUT."""
        assert self.writer is not None
        return self.writer.bodies.change(self.writer.before)

    def _put(self, fields: Fields) -> Exchange:
        assert self.writer is not None
        return self.writer.write(self.content(), fields, self.target, "PUT")

    def _status(self) -> int:
        return self.client.send("GET", self.target).response.status
