"""``flask preconditions``.

Only Click is imported here: a command that fails to import would break every ``flask``
command of the application.
"""

import click


@click.group()
def preconditions() -> None:
    """Look at how this application guards its writes."""


@preconditions.command()
@click.pass_context
def routes(context: click.Context) -> None:
    """List the guarded routes."""
    from flask.cli import ScriptInfo

    from .extension import guarded_routes

    app = context.ensure_object(ScriptInfo).load_app()
    rows = [
        (route.rule, " ".join(route.methods), route.guarded.describe())
        for route in guarded_routes(app)
    ]
    if not rows:
        click.echo("No route is guarded. Put @require_match(…) under a route's decorator.")
        return
    rows.insert(0, ("Route", "Methods", "Compared"))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for rule, methods, compared in rows:
        click.echo(f"{rule:{widths[0]}}  {methods:{widths[1]}}  {compared}")
