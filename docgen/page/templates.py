"""The templates of a site, compiled once for each user of a machine."""

import contextlib
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from traceback import walk_tb

from jinja2 import ChoiceLoader
from jinja2 import Environment
from jinja2 import FileSystemBytecodeCache
from jinja2 import FileSystemLoader
from jinja2 import PrefixLoader
from jinja2 import StrictUndefined
from jinja2 import TemplateError
from jinja2 import TemplateSyntaxError
from jinja2.bccache import Bucket

from ..sources.errors import BuildError
from ..sources.settings import PACKAGE
from ..sources.stamps import digest_stamps


def environment(over: Sequence[Path]) -> Environment:
    """Give the templates: those of the site over those of the package.

    A template that replaces one extends it by the name ``docgen/…``.

    :param over: directories of templates, the first one on top.
    """
    own = FileSystemLoader(PACKAGE / "templates")
    loaders = [*map(FileSystemLoader, over), own, PrefixLoader({"docgen": own})]
    return Environment(
        loader=ChoiceLoader(loaders),
        bytecode_cache=_compiled(),
        autoescape=True,
        auto_reload=False,  # a build has its own; within it no template becomes another one
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates, where Jinja keeps them for a user. They are only ever a shortcut."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):  # a full disk, say
            super().dump_bytecode(bucket)


def _compiled() -> _Compiled | None:
    # Jinja asks for a file whether the template is the same, but not whether it was compiled
    # by the same Jinja and with the options above.
    compiler = digest_stamps([], [Path(__file__)])
    try:
        return _Compiled(pattern=f"docgen-{compiler[:16]}-%s.cache")
    except (OSError, RuntimeError):  # no place that is safe from others
        return None


def render_template(templates: Environment, name: str, variables: Mapping[str, object]) -> str:
    """Render a template.

    :raises BuildError: with the file and line of the template that has a mistake.
    """
    try:
        return templates.get_template(name).render(variables)
    except TemplateSyntaxError as error:
        if error.filename is None:
            raise
        message = error.message or "syntax error"
        raise BuildError(Path(error.filename), error.lineno, message) from None
    except TemplateError as error:
        place = _last_template(error)
        if place is None:
            raise
        raise BuildError(*place, str(error)) from None


def _last_template(error: Exception) -> tuple[Path, int] | None:
    """Find the line of a template that an error comes from."""
    # Jinja rewrites the traceback so that it names the lines of templates.
    found = None
    for frame, line in walk_tb(error.__traceback__):
        if frame.f_code.co_filename.endswith(".html"):
            found = Path(frame.f_code.co_filename), line
    return found
