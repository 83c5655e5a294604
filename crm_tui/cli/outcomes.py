"""Answers of verbs that take several tickets: one outcome each, refused ones on the error stream."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crm_tui.cli import refs
from crm_tui.cli.output import error_object, sentence
from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import Msg, msg

if TYPE_CHECKING:
    from crm_tui.cli.context import Context
    from crm_tui.services.result import Result


def on_tickets(ctx: "Context", numbers: list[str], act: Callable[[list[int]], "Result"]) -> int:
    """Do ``act`` to the tickets and say what became of each; 1 where any was refused.

    Numbers that lead to the same ticket are done once. An error before any ticket was touched (a
    blank reason, an unknown state) is raised.
    """
    found = refs.ticket_ids(ctx, numbers)
    ids = list(dict.fromkeys(i for _, i in found if isinstance(i, int)))
    result = act(ids) if ids else None
    outcomes = {o.id: o for o in result.outcomes} if result is not None else {}
    label = result.label if result is not None else msg("Nothing was done")
    lines: list[tuple[str, DomainError | None, Msg | None]] = []
    for number, item in found:
        if isinstance(item, DomainError):
            lines.append((number, item, None))
        else:
            lines.append((number, outcomes[item].error, outcomes[item].notice))
    return show(ctx, label, lines, result.undo_id if result is not None else None)


def show(
    ctx: "Context",
    label: Msg,
    lines: list[tuple[str, DomainError | None, Msg | None]],
    undo_id: int | None,
    **more: Any,
) -> int:
    """Print outcomes by the name of their item; 1 where any was refused. ``more`` is for programs."""
    refused = any(error is not None for _, error, _ in lines)
    if ctx.out.as_json:
        ctx.out.json(
            {
                "label": label,
                "outcomes": [outcome_object(*line) for line in lines],
                "undo_id": undo_id,
                **more,
            }
        )
        return 1 if refused else 0
    for name, error, notice in lines:
        if error is not None:
            ctx.out.warn(f"{name}: {sentence(error.message)}")
        else:
            told = f" ({sentence(notice)})" if notice is not None else ""
            ctx.out.line(f"{name}: {sentence(label)}{told}")
    return 1 if refused else 0


def outcome_object(number: str, error: DomainError | None, notice: Msg | None) -> dict[str, Any]:
    """One outcome for programs."""
    return {
        "number": number,
        "ok": error is None,
        "notice": notice,
        "error": error_object(error) if error is not None else None,
    }


def on_one(ctx: "Context", name: str, result: "Result") -> int:
    """Print the outcome of a mutation of one item."""
    one = result.outcomes[0]
    return show(ctx, result.label, [(name, one.error, one.notice)], result.undo_id)
