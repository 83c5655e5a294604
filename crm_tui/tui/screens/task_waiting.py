"""What a task waits for: chosen from all tasks, or taken away (R-206)."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from crm_tui.domain.text import fold
from crm_tui.i18n import tr
from crm_tui.services.work_dto import TaskCard
from crm_tui.tui.screens.task_words import days
from crm_tui.tui.widgets.dialogs import Finder, Option

if TYPE_CHECKING:
    from crm_tui.services.result import Result
    from crm_tui.tui.screens.base import BaseScreen

LISTED: Final = 50
"""Tasks that a finder lists at once; typing narrows."""
Do = Callable[[Callable[[], "Result"]], object]
"""Runs a change and shows what it brought."""


def wait_for(screen: "BaseScreen", card: TaskCard, do: Do) -> None:
    """Let a task wait for another one, whatever the filter shows."""
    tasks, actor = screen.gateway.services.tasks, screen.gateway.actor

    def search(text: str) -> list[Option]:
        hits = tasks.find(text, actor=actor, limit=LISTED)
        return [
            Option(c.id, f"{c.number} {c.title}", detail=days(c)) for c in hits if c.id != card.id
        ]

    def chosen(before: int | None) -> None:
        if before is not None:
            do(lambda: tasks.link(before, card.id, actor=actor))

    def ask() -> None:
        title = tr("{task} waits for").format(task=card.number)
        finder = Finder(title, screen.crm.terminal.theme, search, screen.gateway.run)
        screen.app.push_screen(finder, chosen)

    screen.gateway.run(lambda: tasks.need_change([card.id], actor=actor), lambda _: ask())


def wait_no_more(
    screen: "BaseScreen",
    card: TaskCard,
    links: Sequence[tuple[int, int]],
    cards: Mapping[int, TaskCard],
    do: Do,
) -> None:
    """Take one of a task's dependencies away; ``cards`` are those that ``links`` tie."""
    tasks, actor = screen.gateway.services.tasks, screen.gateway.actor
    if not links:
        screen.crm.say(tr("This task has no dependencies here"))
        return
    options = []
    for before, after in links:
        other = cards[before if after == card.id else after]
        way = tr("{task} waits for").format(task=cards[after].number)
        options.append(Option((before, after), f"{way} {cards[before].number}", "", other.title))

    def search(text: str) -> list[Option]:
        return [o for o in options if fold(text) in fold(f"{o.label} {o.detail}")]

    def chosen(link: tuple[int, int] | None) -> None:
        if link is not None:
            do(lambda: tasks.unlink(*link, actor=actor))

    title = tr("Which dependency is removed?")
    screen.app.push_screen(Finder(title, screen.crm.terminal.theme, search), chosen)
