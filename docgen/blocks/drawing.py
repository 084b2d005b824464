"""Lines, boxes and words as inline SVG: enough for the diagrams of the site.

Colours belong to the stylesheet, by class; without one everything is drawn in the colour of
the text. A drawing is narrow enough to be read on a phone, and the page scales it up.
"""

from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager

from markupsafe import Markup

WIDTH = 346
"""The width of every drawing, in its own units: the text column of a 390 px screen."""
LINE = 14
"""The height of a line of text."""
_HEAD = 6


class Drawing:
    """A drawing under construction, from the top down.

    :param height: where it ends; whoever draws moves it.
    """

    def __init__(self) -> None:
        self.height = 0.0
        self._parts: list[Markup] = []
        self._has_links = False

    def text(self, x: float, y: float, text: str, kind: str, anchor: str = "middle") -> None:
        """Write a line.

        :param y: its base line.
        :param anchor: which part of it stands at ``x``: start, middle or end.
        """
        at = "" if anchor == "middle" else Markup(' text-anchor="{}"').format(anchor)
        self._parts.append(
            Markup('<text class="draw-{}" x="{:g}" y="{:g}"{}>{}</text>').format(
                kind, x, y, at, text
            )
        )

    def _add(self, part: Markup, behind: bool) -> None:
        self._parts.insert(0 if behind else len(self._parts), part)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        kind: str,
        *,
        behind: bool = False,
    ) -> None:
        """Draw a box with round corners.

        :param behind: whether everything drawn so far lies on top of it.
        """
        box = Markup(
            '<rect class="draw-{}" x="{:g}" y="{:g}" width="{:g}" height="{:g}" rx="6" '
            'fill="none" stroke="currentColor"/>'
        ).format(kind, x, y, width, height)
        self._add(box, behind)

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        kind: str,
        *,
        behind: bool = False,
    ) -> None:
        """Draw a straight line.

        :param behind: whether everything drawn so far lies on top of it.
        """
        path = Markup(
            '<path class="draw-{}" d="M{:g} {:g}L{:g} {:g}" stroke="currentColor"/>'
        ).format(kind, *start, *end)
        self._add(path, behind)

    def curve(self, points: Sequence[tuple[float, float]], dash: str) -> None:
        """Draw a line through points.

        :param dash: the lengths of strokes and gaps; empty for a line without gaps.
        """
        self._parts.append(
            Markup(
                '<path d="M{}" fill="none" stroke="currentColor" stroke-width="1.5" '
                'stroke-dasharray="{}"/>'
            ).format(_through(points), dash or "none")
        )

    def area(self, points: Sequence[tuple[float, float]], bottom: float, kind: str) -> None:
        """Draw a line through points, and fill what is below it.

        :param bottom: where the ground is.
        """
        (left, _), (right, _) = points[0], points[-1]
        path = _through(points)
        self._parts.append(
            Markup(
                '<path class="draw-area {kind}" '
                'd="M{left:g} {bottom:g}L{path}L{right:g} {bottom:g}Z" '
                'fill-opacity=".15" stroke-opacity="0"/>'
                '<path class="{kind}" d="M{path}" fill="none" stroke="currentColor"/>'
            ).format(kind=kind, left=left, right=right, bottom=bottom, path=path)
        )

    def arrow(self, start: tuple[float, float], end: tuple[float, float], kind: str) -> None:
        """Draw an arrow that is level or plumb."""
        (x, y), (to_x, to_y) = start, end
        along_x, along_y = _sign(to_x - x), _sign(to_y - y)
        base_x, base_y = to_x - along_x * _HEAD, to_y - along_y * _HEAD
        half = _HEAD / 2
        self.line(start, (base_x, base_y), kind)
        self._parts.append(
            Markup('<path class="draw-head draw-{}" d="M{:g} {:g}L{:g} {:g}L{:g} {:g}Z"/>').format(
                kind,
                *end,
                *(base_x + along_y * half, base_y + along_x * half),
                *(base_x - along_y * half, base_y - along_x * half),
            )
        )

    @contextmanager
    def group(self, kind: str) -> Iterator[None]:
        """Keep together what is drawn meanwhile."""
        self._parts.append(Markup('<g class="draw-{}">').format(kind))
        yield
        self._parts.append(Markup("</g>"))

    @contextmanager
    def link(self, href: str) -> Iterator[None]:
        """Make a link of what is drawn meanwhile; its words are its name."""
        self._parts.append(Markup('<a href="{}">').format(href))
        yield
        self._parts.append(Markup("</a>"))
        self._has_links = True

    def to_svg(self, name: str, title: str, description: str) -> Markup:
        """Give the SVG element: an image, or a group where it has links, which an image would hide.

        :param name: unique on the page, for what refers to title and description. Who hears a
            group hears its texts, so its name is the title alone.
        """
        role = Markup(
            'role="group" overflow="visible" aria-labelledby="{0}-title"'
            if self._has_links
            else 'role="img" aria-labelledby="{0}-title {0}-desc"'
        )
        return Markup(
            '<svg class="drawing" viewBox="0 0 {width} {height:g}" width="{width}" '
            'height="{height:g}" font-size="11" fill="currentColor" text-anchor="middle" {role}>'
            '<title id="{name}-title">{title}</title><desc id="{name}-desc">{description}</desc>'
            "{parts}</svg>"
        ).format(
            width=WIDTH,
            height=self.height,
            role=role.format(name),
            name=name,
            title=title,
            description=description,
            parts=Markup("\n").join(self._parts),
        )


def _through(points: Sequence[tuple[float, float]]) -> str:
    return "L".join(f"{x:g} {y:g}" for x, y in points)


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
