"""``flask docgen``."""

import click


@click.group()
def docgen() -> None:
    """Build the reference on HTTP preconditions."""
