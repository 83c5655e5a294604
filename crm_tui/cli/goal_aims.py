"""The aim of a goal from the command line: its target, given or worked out of a change (R-186, D-02)."""

from argparse import Namespace
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from crm_tui.cli import registers
from crm_tui.cli.outcomes import on_one
from crm_tui.cli.parser import Parser
from crm_tui.domain.errors import UsageError
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

KIND: Final = "goal"


def plain(value: Decimal | None) -> str:
    """A figure without zeros at its end."""
    return "" if value is None else f"{value.normalize():f}"


def preview_arguments(parser: Parser) -> None:
    """Options of `preview`."""
    from crm_tui.domain.records.enums import GoalMode

    parser.add_argument("--baseline", required=True, metavar="N", help=tr(N_("the value before")))
    parser.add_argument(
        "--change",
        required=True,
        metavar="N",
        help=tr(N_("the value to reach, by how much it changes, or in words: 降低15%")).replace(
            "%", "%%"
        ),
    )
    parser.add_argument(
        "--mode",
        default="",
        choices=[m.value for m in GoalMode],
        help=tr(N_("how --change is meant")),
    )


def preview(ctx: "Context", args: Namespace) -> int:
    """Print the target that an aim means."""
    found = ctx.services.goals.preview(args.mode, args.baseline, args.change)
    if ctx.out.as_json:
        ctx.out.json(found)
    else:
        told = msg(
            "from {start} to {target}", start=plain(found.baseline), target=plain(found.target)
        )
        ctx.out.line(told)
    return 0


def aimed(ctx: "Context", data: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be written with the target that an aim means, as the form works it out (R-186, D-02).

    ``--change`` says the aim: by percent, by points, or in words; a new baseline moves the target of
    a change. A target that is given itself stands, and is held against the change by the services.
    """
    whole = {**stored, **data}
    by_change = str(whole.get("mode") or "reach") != "reach"
    touched = {"baseline", "mode", "change"} & data.keys()
    amount = whole.get("change")
    if "target" in data or not touched or amount is None or not (by_change or "change" in data):
        return dict(data)
    aim = ctx.services.goals.preview(whole.get("mode") or "", whole.get("baseline"), amount)
    if aim.change is None and not _says_value(amount):
        raise UsageError(
            msg("Say how --change is meant: --mode change_percent or --mode change_points"),
            field="mode",
        )
    return {
        **data,
        "mode": aim.mode,
        "baseline": aim.baseline,
        "target": aim.target,
        "change": aim.change,
    }


def _says_value(amount: Any) -> bool:
    """Whether an aim says in words that it is the value to reach: 「降至15%」."""
    from crm_tui.domain.attainment import aim_in_words

    return isinstance(amount, str) and aim_in_words(amount) is not None


def new(ctx: "Context", args: Namespace) -> int:
    """Create a goal, or several from JSON."""
    return registers.new(KIND, ctx, args, lambda data: aimed(ctx, data, {}))


def change(ctx: "Context", args: Namespace) -> int:
    """Change fields of a goal."""
    stored = ctx.services.registers.get(KIND, args.id, actor=ctx.actor).values
    result = registers.changed(KIND, ctx, args, lambda data: aimed(ctx, data, stored))
    return on_one(ctx, str(args.id), result)
