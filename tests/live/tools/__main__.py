"""Run every tool that is here, and write down what was seen."""

from typing import Any

from . import browser
from . import clients
from . import curl
from . import proxies
from . import record
from .recorder import recorder


def measure() -> dict[str, Any]:
    """Observe all clients and claims."""
    claims: dict[str, Any] = {}

    def note(tool: str, version: str, observed: dict[str, Any]) -> None:
        for name, seen in observed.items():
            claims[name] = {"tool": tool, "version": version, "seen": seen}

    with recorder() as server:
        seen = {name: clients.observe(name, server) for name in clients.CLIENTS}
        node = {"node-cache-control": clients.node_cache_control(server)}
    note("Node.js", seen["node"]["version"], node)
    note("curl", seen["curl"]["version"], curl.observe())
    note("Chromium", *browser.observe())
    note("nginx", *proxies.observe())
    note("Flask-Compress", proxies.COMPRESS_VERSION, {"flask-compress": proxies.flask_compress()})
    return {"clients": seen, "claims": claims}


if __name__ == "__main__":
    record.write(measure())
