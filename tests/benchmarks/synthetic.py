"""The same made-up pages for every site generator of the benchmark.

A page is about 3.9 kB of Markdown: prose with links and lists, a table, and three blocks of
code in three languages. A section has 25 pages. Names and numbers differ from page to page,
so that no tool gets by with what it remembers of another page.
"""

import random
from collections.abc import Iterator

PER_SECTION = 25

_WORDS = [
    *("the", "server", "compares", "condition", "state", "tag", "request", "write", "client"),
    *("reads", "again", "current", "resource", "version", "change", "field", "response"),
    *("stored", "copy", "fresh", "merge", "retry", "store", "update", "method", "header"),
    *("value", "clause", "evaluation", "order", "guard", "race", "winner", "loser"),
    *("document", "page"),
]

_CODE = {
    "python": """\
import sqlite3
from dataclasses import dataclass

@dataclass(frozen=True)
class Document{n}:
    name: str
    revision: int = {n}

def save_{n}(db: sqlite3.Connection, document: Document{n}, text: str) -> bool:
    "Write what was compared, and tell whether it was still there."
    sql = "UPDATE docs SET text = ?, rev = rev + 1 WHERE name = ? AND rev = ?"
    changed = db.execute(sql, (text, document.name, document.revision))
    if changed.rowcount == 0:
        raise LookupError(f"{{document.name}} moved on from {n}")
    return True
""",
    "javascript": """\
const address{n} = new URL("/docs/{n}", location.href);

export async function save{n}(text, tag) {{
  const response = await fetch(address{n}, {{
    method: "PUT",
    headers: {{ "If-Match": tag, "Content-Type": "application/json" }},
    body: JSON.stringify({{ text, attempt: {n} }}),
  }});
  if (response.status === 412) return null; // read again, merge, and come back
  return response.headers.get("ETag") ?? `"{n}"`;
}}
""",
    "go": """\
package store{n}

import "database/sql"

// Save writes revision {n} over the one that was compared.
func Save(db *sql.DB, name, text string, revision int64) (bool, error) {{
	result, err := db.Exec("UPDATE docs SET text = ?, rev = rev + 1 WHERE name = ? AND rev = ?",
		text, name, revision+{n})
	if err != nil {{
		return false, err
	}}
	rows, err := result.RowsAffected()
	return rows == 1, err
}}
""",
}


def pages(count: int) -> Iterator[tuple[int, int, str, str]]:
    """Give section, number, title and Markdown of each page, without a head of any tool."""
    for number in range(count):
        yield number // PER_SECTION, number, f"Page {number}", _body(number)


def _body(number: int) -> str:
    chance = random.Random(number)

    def words(count: int) -> str:
        return " ".join(chance.choice(_WORDS) for _ in range(count))

    def sentence() -> str:
        return f"{words(9).capitalize()}, *{words(2)}* and `{words(1)}-{number}` {words(4)}."

    parts = []
    for part, (language, code) in enumerate(_CODE.items()):
        parts += [
            f"## {words(3).capitalize()} {part}",
            " ".join(sentence() for _ in range(3)),
            "\n".join(f"- **{words(2)}**: {words(6)}" for _ in range(4)),
            f"```{language}\n{code.format(n=number)}```",
        ]
    rows = [f"| `{words(1)}-{row}` | {words(4)} | {number + row} |" for row in range(5)]
    parts += ["## All of them", "\n".join(["| Name | Meaning | Number |", "|---|---|---|", *rows])]
    parts += [sentence()]
    return "\n\n".join(parts) + "\n"
