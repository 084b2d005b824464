"""The constants of the page, looked up where they live."""

import http
import json
import subprocess
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.needs import need

ROWS = tomllib.loads(
    (Path(__file__).parents[2] / "docgen/content/data/constants.toml").read_text(encoding="utf-8")
)["constant"]
CHECKED = [row for row in ROWS if "check" in row]
CODES = {"failed": 412, "required": 428, "not_modified": 304}


def run(folder: Path, *command: str, **files: str) -> str:
    """Write files, run a command beside them and give what it prints."""
    need(command[0])
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def in_python(names: dict[str, str], folder: Path) -> dict[str, int]:
    return {kind: http.HTTPStatus[name].value for kind, name in names.items()}


def in_werkzeug(names: dict[str, str], folder: Path) -> dict[str, int]:
    module = import_module("werkzeug.exceptions")
    return {kind: getattr(module, name).code for kind, name in names.items()}


def in_starlette(names: dict[str, str], folder: Path) -> dict[str, int]:
    own, fastapi = import_module("starlette.status"), import_module("fastapi").status
    found = {kind: getattr(own, name) for kind, name in names.items()}
    assert found == {kind: getattr(fastapi, name) for kind, name in names.items()}
    return found


def in_drf(names: dict[str, str], folder: Path) -> dict[str, int]:
    module = import_module("rest_framework.status")
    return {kind: getattr(module, name) for kind, name in names.items()}


def in_requests(names: dict[str, str], folder: Path) -> dict[str, int]:
    codes, upper = import_module("requests").codes, import_module("httpx").codes
    found = {kind: getattr(codes, name) for kind, name in names.items()}
    assert found == {kind: int(upper[name.upper()]) for kind, name in names.items()}
    return found


def in_node(names: dict[str, str], folder: Path) -> dict[str, int]:
    script = "console.log(JSON.stringify(require('node:http').STATUS_CODES))"
    phrases = json.loads(run(folder, "node", "-e", script))
    return {
        kind: next(int(code) for code, phrase in phrases.items() if phrase == name)
        for kind, name in names.items()
    }


def in_go(names: dict[str, str], folder: Path) -> dict[str, int]:
    listed = ", ".join(f"http.{name}" for name in names.values())
    program = (
        f'package main\nimport "fmt"\nimport "net/http"\nfunc main() {{ fmt.Println({listed}) }}'
    )
    return by_order(names, run(folder, "go", "run", "main.go", main_go=program))


def in_java(names: dict[str, str], folder: Path) -> dict[str, int]:
    listed = ' + " " + '.join(f"java.net.HttpURLConnection.{name}" for name in names.values())
    program = (
        f"class Main {{ public static void main(String[] a) {{ System.out.println({listed}); }} }}"
    )
    return by_order(names, run(folder, "java", "Main.java", Main_java=program))


def in_spring(names: dict[str, str], folder: Path) -> dict[str, int]:
    run(
        folder,
        *("mvn", "-q", "dependency:copy", "-DoutputDirectory=."),
        *("-Dmdep.stripVersion=true", f"-Dartifact=org.springframework:spring-web:{SPRING}"),
    )
    listed = ' + " " + '.join(
        f"org.springframework.http.HttpStatus.{name}.value()" for name in names.values()
    )
    program = (
        f"class Main {{ public static void main(String[] a) {{ System.out.println({listed}); }} }}"
    )
    command = ("java", "-cp", "spring-web.jar", "Main.java")
    return by_order(names, run(folder, *command, Main_java=program))


def in_rust(names: dict[str, str], folder: Path) -> dict[str, int]:
    listed = ", ".join(f"http::StatusCode::{name}.as_u16()" for name in names.values())
    (folder / "src").mkdir()
    (folder / "src/main.rs").write_text(
        f'fn main() {{ println!("{" ".join("{}" for _ in names)}", {listed}); }}'
    )
    manifest = '[package]\nname = "constants"\nversion = "0.0.0"\n[dependencies]\nhttp = "1"\n'
    return by_order(names, run(folder, "cargo", "run", "-q", Cargo_toml=manifest))


def by_order(names: dict[str, str], printed: str) -> dict[str, int]:
    return dict(zip(names, map(int, printed.split()), strict=True))


SPRING = "7.0.0"
LOOK_UP: dict[str, Callable[[dict[str, str], Path], dict[str, int]]] = {
    "python": in_python,
    "werkzeug": in_werkzeug,
    "starlette": in_starlette,
    "drf": in_drf,
    "requests": in_requests,
    "node": in_node,
    "go": in_go,
    "java": in_java,
    "spring": in_spring,
    "rust": in_rust,
}


@pytest.mark.parametrize("row", CHECKED, ids=lambda row: row["check"])
def test_a_constant_has_the_number_it_stands_for(row: dict[str, Any], tmp_path: Path) -> None:
    names = {kind: row[kind] for kind in CODES if kind in row}
    found = LOOK_UP[row["check"]](names, tmp_path)
    assert found == {kind: CODES[kind] for kind in names}


def test_every_way_to_look_up_is_used() -> None:
    assert {row["check"] for row in CHECKED} == set(LOOK_UP)
