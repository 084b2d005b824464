"""The pages of the site of ``flask docgen build`` that findings link to.

Each shows what is right and what is wrong: a rule of the inspector an exchange that passes and one
that fails, a vector its request, its answer, and who fails it with which. They are where somebody
has published them; ``None`` stands for a site that nobody has named.
"""

from functools import cache
from urllib.parse import urlsplit

from .conformance import load_vectors
from .exceptions import SetupError


def read_site(text: str | None) -> str | None:
    """Read the address of a site, if there is one, and give it with a slash at its end.

    :raises SetupError: when it is no http or https URL without query and fragment.
    """
    if text is None:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise SetupError(
            f"--site is the URL of a site, such as https://docs.example/, not {text!a}"
        )
    return f"{text.rstrip('/')}/"


def rule_page(site: str | None, id: str) -> str | None:
    """Give the page of a rule of the inspector."""
    return f"{site}try/rules/#{id}" if site else None


def vector_page(site: str | None, id: str) -> str | None:
    """Give the page of a vector, if the table has it."""
    group = _groups().get(id)
    return f"{site}vectors/{group}/#{id}" if site and group else None


@cache
def _groups() -> dict[str, str]:
    return {vector.id: vector.group for vector in load_vectors()}
