"""The code of a page or file as its readers get it, and the writes that it has."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
UNSAFE = ("DELETE", "PATCH", "POST", "PUT")


def sources() -> list[Path]:
    """Every page and file whose code is there to be copied into an application."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "snippets/README.md"]
    pages += sorted((ROOT / "docgen/content").rglob("*.md"))
    files = [*(ROOT / "snippets/flask").glob("*.py"), *(ROOT / "snippets/stores").glob("*.py")]
    return [*pages, *sorted(files), ROOT / "snippets/download/app.py"]


def blocks_of(source: Path) -> list[str]:
    """Give the Python code of a page, block by block, or a file as the one block it is."""
    text = source.read_text()
    if source.suffix == ".py":
        return [text]
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def writes_in(code: str) -> set[str]:
    """Name the writes that code offers, such as ``PUT /notes/<int:id>``.

    A view whose body is left out (``...``) writes nothing.
    """
    return {
        f"{method} {rule}"
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_left_out(node)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
        for method, rule in _routed(decorator, decorator.func.attr)
    } | {
        f"{method} {node.name}"
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id.endswith("View") for base in node.bases)
        for function in node.body
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        if (method := function.name.upper()) in UNSAFE and not _is_left_out(function)
    }


def _routed(decorator: ast.Call, name: str) -> Iterator[tuple[str, str]]:
    if not decorator.args or not isinstance(decorator.args[0], ast.Constant):
        return
    methods = [name.upper()]
    for option in decorator.keywords:
        if name == "route" and option.arg == "methods":
            methods = ast.literal_eval(option.value)
    for method in methods:
        if method in UNSAFE:
            yield method, str(decorator.args[0].value)


def _is_left_out(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    [*_, last] = function.body
    return isinstance(last, ast.Expr) and getattr(last.value, "value", None) is Ellipsis
