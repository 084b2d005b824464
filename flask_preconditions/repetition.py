"""An option of one value that is given twice, which Click takes the last of."""

import click


def seen(command: click.Command, context: click.Context, args: list[str]) -> list[str]:
    """Give the arguments, where no option of one value is there twice.

    :raises click.UsageError: when one is; the message has the line to type, and no value.
    """
    order = command.make_parser(context).parse_args(args=[*args])[2]
    for option in order:
        is_value = isinstance(option, click.Option) and not (option.is_flag or option.multiple)
        if is_value and order.count(option) > 1:
            name = option.opts[-1]
            raise click.UsageError(
                f"{name} is given {order.count(option)} times, and takes one value; type it "
                f"once:\n  {context.command_path} … {name} {name.strip('-').upper()}"
            )
    return args
