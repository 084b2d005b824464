"""Which tests need more than pip brings, and which stay together where several run at once."""

import inspect
from functools import partialmethod

import pytest
from click.testing import CliRunner

# Folders, fixtures and parameters of tests that run a server or a browser.
FOLDERS = {"browser", "examples", "live"}
FIXTURES = {"served", "server"}
SERVERS = {"mariadb", "postgresql", "postgres_xmin", "redis_lua"}

# Before Click 8.2, its runner mixes what it should tell apart.
if "mix_stderr" in inspect.signature(CliRunner).parameters:
    CliRunner.__init__ = partialmethod(CliRunner.__init__, mix_stderr=False)  # type: ignore[method-assign]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``make quick`` leaves out, and let one process have all tests of a file."""
    for item in items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        names = {value for value in given.values() if isinstance(value, str)}
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.path.parent.name in FOLDERS or fixtures & FIXTURES or names & SERVERS:
            item.add_marker("external")
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}/{item.path.stem}"))
