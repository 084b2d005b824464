"""Which tests need more than pip brings, which stay together, and the ``flask`` command."""

import gc
import inspect
import re
import sys
from collections.abc import Callable
from collections.abc import Iterator
from functools import partialmethod
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result
from flask.cli import cli
from hypothesis import HealthCheck
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.needs import need

# Folders, fixtures and parameters of tests that run a server or a browser.
FOLDERS = {"browser", "checker", "engines", "examples", "live"}
FIXTURES = {"served", "server", "url"}
SERVERS = {"mariadb", "postgresql", "redis", "etcd", "nats", "s3", "dynamodb"}

# A busy machine is no failure.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

# Before Click 8.2, its runner mixes what it should tell apart.
if "mix_stderr" in inspect.signature(CliRunner).parameters:
    CliRunner.__init__ = partialmethod(CliRunner.__init__, mix_stderr=False)  # type: ignore[method-assign]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``make quick`` leaves out, and let it begin."""
    for item in items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        names = {value for value in given.values() if isinstance(value, str)}
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.path.parent.name in FOLDERS or fixtures & FIXTURES or names & SERVERS:
            item.add_marker("external")
    # What takes long comes first, and the rest fills what is left of the time of each process.
    items.sort(key=lambda item: item.get_closest_marker("external") is None)


def pytest_collection_finish() -> None:
    """Let no collection of garbage go through the thousands of tests themselves again."""
    gc.collect()
    gc.freeze()


class Groups(LoadScopeScheduling):
    """What one process gets as a whole: a file, or all that is about one running server.

    A planted mistake is a group of its own, since each has a server of its own. (The marks
    that xdist 3.8 reads do not reach pytest 9.2, so the ids of the tests tell.)
    """

    def _split_scope(self, nodeid: str) -> str:
        path, _, test = nodeid.partition("::")
        if test.startswith("test_a_planted_mistake_is_caught["):
            return nodeid
        server = re.search(r"[\[-](on \w+)[]-]", test)
        return server[1] if server else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return Groups(config, log)


@pytest.fixture(scope="session")
def engine() -> Iterator[Callable[[str], dict[str, str]]]:
    """Start an engine once for all, and give the environment in which its example finds it."""
    from tests.engines.engines import PROGRAMS  # needs drivers that most tests do without
    from tests.engines.engines import once

    with once() as start:

        def start_or_skip(name: str) -> dict[str, str]:
            need(*PROGRAMS.get(name, ()))
            return start(name)

        yield start_or_skip


FlaskCommand = Callable[..., Result]


@pytest.fixture
def flask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskCommand]:
    """Type ``flask …`` in a folder of its own, in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("FLASK_APP", raising=False)
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")  # Flask sets it, and leaves it so

    def run(*arguments: str, **environment: str) -> Result:
        return CliRunner(env=environment).invoke(cli, arguments)

    yield run
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(f"{tmp_path}/"):
            del sys.modules[name]
