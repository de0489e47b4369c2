"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

paths = click.argument("paths", nargs=-1, required=True, type=click.Path())
sandbox = click.option(
    "--sandbox", is_flag=True, help="Run against an embedded, persistent sandbox: no account, no port, no money."
)
select = click.option(
    "--select",
    multiple=True,
    metavar="SELECTOR",
    help="Only these outputs: NAME, label:KEY=VALUE, process:ID; * and ? match parts; commas join (and). Repeatable.",
)
replace = click.option(
    "--replace",
    multiple=True,
    metavar="NAME",
    help="Pay for a fresh job for this output, whatever exists. Repeatable.",
)
rebuy = click.option("--rebuy", is_flag=True, help="Pay again where results were deleted from storage.")
max_credits = click.option(
    "--max-credits", type=click.IntRange(0), metavar="N", help="Spend at most N credits: more is refused."
)
fit = click.option(
    "--fit", is_flag=True, help="Take what fits --max-credits and the policies by priority; defer the rest."
)
parallelism = click.option(
    "--parallelism", type=click.IntRange(1, 256), metavar="N", help="How many outputs are worked on at once."
)


def output_format(*formats: str) -> Callable[[_Command], _Command]:
    """`--format`, the first being the default."""
    return click.option(
        "--format", "form", type=click.Choice(formats), default=formats[0], show_default=True, help="Of the output."
    )


class Duration(click.ParamType[float]):
    """`90s`, `10m`, `2h`: seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds, more than 0."""
        if isinstance(value, float):
            return value
        number, unit = str(value)[:-1], str(value)[-1:]
        if unit not in "smh" or not number.isascii() or not number.isdigit() or not int(number):
            self.fail(f"{value!r} is no duration; write 90s, 10m or 2h.", param, ctx)
        return float(number) * {"s": 1, "m": 60, "h": 3600}[unit]
