"""What a site costs to build, against other generators on the same pages: ``make bench``.

CPU seconds and the peak of memory of the whole process, start-up included, as the system
counts them for a child (``wait4``). All tools build the same made-up pages in one run, so
that the ratios hold on any machine. Sphinx with Furo takes a quarter of an hour for 1000
pages; ``--all`` runs that too.
"""

import argparse
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.synthetic import PER_SECTION
from tests.benchmarks.synthetic import pages

ROOT = Path(__file__).parent.parent.parent
WORK = ROOT / "build" / "bench-docgen"
TIMES = 5
OTHERS = ["mkdocs-material>=9.6", "sphinx>=8", "furo>=2025.7", "myst-parser>=4", "hugo>=0.150"]


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    cpu_seconds: float
    wall_seconds: float
    peak_mib: float

    def __str__(self) -> str:
        cpu, wall, peak = self.cpu_seconds, self.wall_seconds, self.peak_mib
        return f"{cpu:7.2f} s CPU {wall:7.2f} s wall {peak:6.0f} MiB peak"


def median(costs: list[Cost]) -> Cost:
    """Give the one in the middle by CPU."""
    return sorted(costs, key=lambda cost: cost.cpu_seconds)[len(costs) // 2]


def measure(command: list[str | Path], folder: Path) -> Cost:
    """Run a command to its end, and ask the system what it took."""
    log = WORK / "log.txt"
    with log.open("w") as output:
        started = os.times().elapsed
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = os.times().elapsed - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{log.read_text()[-3000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def environment(name: str, *packages: str) -> Path:
    """Make a virtual environment with packages, once, and give its programs."""
    folder = WORK / name
    programs = folder / "bin"
    if not (folder / "ready").exists():
        print(f"installing {' '.join(packages)} …")
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([programs / "python", "-m", "pip", "install", "-q", *packages], check=True)
        (folder / "ready").touch()
    return programs


def install() -> Path:
    """Install the package as users do, and give its command."""
    programs = environment("ours", f"{ROOT}[docs]")
    again = ["--force-reinstall", "--no-deps", str(ROOT)]  # the sources may have changed
    subprocess.run([programs / "python", "-m", "pip", "install", "-q", *again], check=True)
    return programs / "flask"


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write the sources of a site."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def for_docgen(count: int) -> dict[str, str]:
    head = '+++\ntitle = "{}"\ndescription = "A page of the benchmark, made up."\n{}+++\n\n{}'
    files = {"content/index.md": head.format("Start", "", "Hello.")}
    for section, number, title, body in pages(count):
        place = f'section = "s{section}"\n'
        files[f"content/s{section}/p{number}.md"] = head.format(title, place, body)
    sections = "".join(
        f'[[sections]]\nid = "s{n}"\ntitle = "Section {n}"\n' for n in range(-(-count // 25))
    )
    files["content/data/site.toml"] = (
        f'title = "Site"\ntagline = "Made up"\nfooter = ["x"]\n{sections}'
    )
    files["snippets/servers.toml"] = ""
    return files


def for_mkdocs(count: int) -> dict[str, str]:
    files = {
        "mkdocs.yml": "site_name: Site\ntheme:\n  name: material\n  font: false\n"
        "markdown_extensions:\n  - pymdownx.highlight\n  - pymdownx.superfences\n",
        "docs/index.md": "# Start\n",
    }
    for section, number, title, body in pages(count):
        files[f"docs/s{section}/p{number}.md"] = f"# {title}\n\n{body}"
    return files


def for_sphinx(count: int) -> dict[str, str]:
    files = {
        "conf.py": 'project = "Site"\nextensions = ["myst_parser"]\nhtml_theme = "furo"\n',
    }
    listed: dict[int, list[str]] = {}
    for section, number, title, body in pages(count):
        files[f"s{section}/p{number}.md"] = f"# {title}\n\n{body}"
        listed.setdefault(section, []).append(f"p{number}")
    for section, names in listed.items():
        tree = "\n".join(names)
        files[f"s{section}/index.md"] = f"# Section {section}\n\n```{{toctree}}\n{tree}\n```\n"
    tree = "\n".join(f"s{section}/index" for section in listed)
    files["index.md"] = f"# Start\n\n```{{toctree}}\n{tree}\n```\n"
    return files


def for_hugo(count: int) -> dict[str, str]:
    page = (
        "<!doctype html><title>{{ .Title }}</title><nav>{{ range .CurrentSection.Pages }}"
        '<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</nav><main>{{ .Content }}</main>'
    )
    files = {
        "config.toml": 'baseURL = "https://docs.example/"\ntitle = "Site"\n',
        "layouts/_default/single.html": page,
        "layouts/_default/list.html": page,
        "content/_index.md": "---\ntitle: Start\n---\n",
    }
    for section, number, title, body in pages(count):
        files[f"content/s{section}/p{number}.md"] = f"---\ntitle: {title}\n---\n\n{body}"
    return files


def ours(flask: Path, count: int) -> tuple[Cost, Cost]:
    """Build from nothing, and once more with one page changed."""
    folder = write(WORK / f"docgen-{count}", for_docgen(count))
    sources = ["--no-reference", "--content", "content", "--snippets", "snippets"]
    command = [flask, "docgen", "build", *sources, "-o", "site"]
    cold = measure(command, folder)
    page = folder / "content" / f"s{(count // 2) // PER_SECTION}" / f"p{count // 2}.md"
    changed = []
    for _ in range(TIMES):
        page.write_text(page.read_text() + "\nOne more sentence.\n")
        changed.append(measure(command, folder))
    return cold, median(changed)


def others(count: int, *, with_slow: bool) -> dict[str, Callable[[], Cost]]:
    """Give what measures each of the others, as far as they are here."""

    def mkdocs() -> Cost:
        programs = environment("others", *OTHERS)
        folder = write(WORK / f"mkdocs-{count}", for_mkdocs(count))
        return measure([programs / "mkdocs", "build", "-q"], folder)

    def sphinx() -> Cost:
        programs = environment("others", *OTHERS)
        folder = write(WORK / f"sphinx-{count}", for_sphinx(count))
        return measure([programs / "sphinx-build", "-q", ".", "site"], folder)

    def hugo() -> Cost:
        programs = environment("others", *OTHERS)
        folder = write(WORK / f"hugo-{count}", for_hugo(count))
        return measure([programs / "hugo", "--quiet"], folder)

    tools: dict[str, Callable[[], Cost]] = {"MkDocs-Material": mkdocs}
    if with_slow or count <= 100:
        tools["Sphinx + Furo"] = sphinx
    return tools | {"Hugo, a bare layout": hugo}


def reference(flask: Path) -> None:
    """Build the site of this repository: first of all, from nothing, and unchanged."""
    command = [flask, "docgen", "build", "-o", "site"]
    folder = write(WORK / "reference", {"tmp/.keep": ""})
    # Python keeps its modules compiled, and Jinja the templates, here in a directory of its own.
    os.environ["TMPDIR"] = str(folder / "tmp")
    first = measure(command, folder)
    cold = []
    for _ in range(TIMES):
        for made in ("site", ".docgen-cache"):
            shutil.rmtree(folder / made)
        cold.append(measure(command, folder))
    unchanged = median([measure(command, folder) for _ in range(TIMES)])
    print(f"The reference, by the median of {TIMES} but for the first build")
    print(f"  templates to compile {first}")
    print(f"  from nothing         {median(cold)}")
    print(f"  unchanged            {unchanged}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--all", action="store_true", help="Sphinx with more than 100 pages too.")
    parser.add_argument("--alone", action="store_true", help="Measure no other generator.")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    flask = install()
    reference(flask)
    for count in arguments.pages:
        cold, changed = ours(flask, count)
        print(f"{count} pages")
        print(f"  docgen               {cold}")
        print(f"  one page changed     {changed}")
        tools = {} if arguments.alone else others(count, with_slow=arguments.all)
        for name, run in tools.items():
            cost = run()
            ratio = cost.cpu_seconds / cold.cpu_seconds
            print(f"  {name:20} {cost}   {ratio:6.1f} × docgen's CPU")


if __name__ == "__main__":
    main()
