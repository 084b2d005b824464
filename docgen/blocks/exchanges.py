"""What went over the wire when the servers were checked."""

from ..sources.errors import BlockError
from . import wire
from .highlight import highlight
from .slot import Slot
from .slot import Sources


def exchange(
    sources: Sources,
    name: str,
    *,
    server: str | None = None,
    steps: list[int] | None = None,
    captions: list[str] | None = None,
) -> Slot:
    """Show what a server really sent and got.

    :param name: the name of the transcript.
    :param server: the server or recorder that has it, the first server by default.
    :param steps: which requests of it, from 1; all by default.
    :param captions: a sentence above each of them.
    """
    recorder = sources.servers.find(server)
    sources.show_results(recorder)
    if recorder.results is None:
        return Slot("missing_exchange", {"server": recorder})
    transcript = recorder.results.transcript(name)
    numbers = steps or list(range(1, len(transcript) + 1))
    if captions and len(captions) != len(numbers):
        raise BlockError(f"{len(captions)} captions stand against {len(numbers)} steps")
    shown = wire.show([recorder.results.step(name, number) for number in numbers], captions)
    return Slot("exchange", {"server": recorder, "shown": shown, "host": wire.EXAMPLE_HOST})


def curl(sources: Sources, name: str, step: int, *, server: str | None = None) -> Slot:
    """Show a request of a transcript as a command for the shell.

    :param step: which request of it, from 1.
    """
    recorder = sources.servers.find(server)
    sources.show_results(recorder)
    if recorder.results is None:
        return Slot("missing_exchange", {"server": recorder})
    command = wire.curl(recorder.results.step(name, step).request, wire.EXAMPLE_HOST)
    return Slot("command", {"command": highlight(command, "sh")})
