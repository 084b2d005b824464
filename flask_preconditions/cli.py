"""``flask preconditions``."""

import click


@click.group()
def preconditions() -> None:
    """Look at how this application guards its writes."""
