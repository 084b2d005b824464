"""What a block is: data and the name of a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field

from flask import Flask
from jinja2 import Environment
from markupsafe import Markup

from .. import templating
from ..facts import Facts
from ..linked_data import LinkedData
from ..records.servers import Servers


@dataclass(frozen=True, slots=True)
class Sources:
    """What blocks are made from.

    :param app: the application that runs the command, where it guards anything.
    """

    facts: Facts
    servers: Servers
    app: Flask | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A block of a page, not yet rendered.

    :param name: the name of its template.
    :param data: what the template gets.
    :param inline: whether it stands within a sentence.
    :param linked_data: what it tells search engines, such as an FAQPage of schema.org.
    """

    name: str
    data: Mapping[str, object] = field(default_factory=dict)
    inline: bool = False
    linked_data: LinkedData | None = None

    def to_html(self, templates: Environment, tools: Mapping[str, object]) -> Markup:
        """Render it for a page.

        :raises BuildError: when its template has a mistake.
        """
        name = f"blocks/{self.name}.html"
        return Markup(templating.render(templates, name, {**tools, **self.data}).strip())
