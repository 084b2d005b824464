"""What ``flask preconditions simulate`` does, by its options."""

from collections.abc import Callable

from ..openapi import dump
from .openapi import describe
from .server import PREFIX
from .server import TRY_IT
from .server import create_app
from .server import serve


def run(port: int, describes: bool, say: Callable[[str], object]) -> None:
    """Serve the simulator until it is interrupted, or print its description.

    :raises SetupError: when the port cannot be used.
    """
    app = create_app()
    if describes:
        say(dump(describe(app, "simulator")).removesuffix("\n"))
        return
    server, url = serve(app, port)
    say(TRY_IT.format(base=url + PREFIX))
    say("Ctrl+C ends it.")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("")
