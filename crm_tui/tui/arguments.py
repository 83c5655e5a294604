"""What may stand behind a word of the command line: values by kind, read and completed (ux.md 3.5).

All of this looks into the store and so runs off the loop; a wrong value is a `ValidationError` in words.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from crm_tui.domain.errors import NotFound, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.domain.numbers import parse_ticket_no
from crm_tui.domain.terms import LABELS, RequirementPriority, TaskStatus
from crm_tui.i18n import tr
from crm_tui.tui.labels import DEPARTMENTS, STATES, URGENCIES
from crm_tui.tui.platform import ADVANCE, THEMES
from crm_tui.tui.screens.filtered import Filtered

if TYPE_CHECKING:
    from crm_tui.services.dto import Found
    from crm_tui.tui.screens.base import BaseScreen
    from crm_tui.tui.screens.named_views import NamedViews
    from crm_tui.tui.screens.queue import QueueScreen

SETTINGS: Final[Mapping[str, Sequence[str]]] = {"theme": THEMES, "advance": ADVANCE}
NOBODY: Final = ("nobody", "none", "无人")
ON: Final = ("on", "off")
WAITS: Final = {"customer": "waiting_customer", "third_party": "waiting_third_party"}
VIEW_ACTS: Final = ("save", "pin", "unpin", "share", "unshare", "remove")
CANNED: Final = "@canned."
"""Stands before the name of a canned text in `:note` and `:reply`."""
_COMMA: Final = re.compile(r"[,，、]")
FIGURE_FILES: Final = ("csv", "json", "markdown", "xlsx")
PERIODS: Final = ("week", "month", "quarter", "year", "rolling")


def split(text: str) -> tuple[str, str]:
    """The first word and the rest."""
    word, _, rest = text.strip().partition(" ")
    return word, rest.strip()


def pick(text: str, names: Mapping[str, Sequence[str]], what: str) -> str:
    """The one of ``names`` that is called or spelled so, or the only one that begins so."""
    wanted = text.casefold()
    exact = [n for n, also in names.items() if wanted in (n, *(a.casefold() for a in also))]
    found = exact or [n for n in names if n.startswith(wanted)] if wanted else []
    if len(found) != 1:
        raise ValidationError(
            msg(
                "“{value}” is no {what}; there are {known}",
                value=text,
                what=what,
                known=", ".join(found or names),
            ),
            code="bad_argument",
        )
    return found[0]


def state(text: str) -> str:
    """A state by its name or its word on the screen."""
    return pick(text, {n: (tr(word),) for n, word in STATES.items()}, tr("state"))


def urgency(text: str) -> str:
    """An urgency by name, word or letter."""
    return pick(text, {n: (tr(word), n[0]) for n, word in URGENCIES.items()}, tr("urgency"))


def department(screen: "BaseScreen", text: str) -> str:
    """A department by code or name."""
    known = screen.gateway.services.org.departments()
    return pick(text, {d.code: (d.name_zh, d.name_en) for d in known}, tr("department"))


def task_status(text: str) -> str:
    """A column of the board by its name or its words."""
    labels = LABELS[TaskStatus]
    return pick(text, {n: (word, tr(word)) for n, word in labels.items()}, tr("status"))


def task_priority(text: str) -> str:
    """A priority by name or word."""
    labels = LABELS[RequirementPriority]
    return pick(text, {n: (tr(word),) for n, word in labels.items()}, tr("priority"))


def departments(screen: "BaseScreen", text: str) -> tuple[int, ...]:
    """Ids of departments by codes or names, parted by commas."""
    known = screen.gateway.services.org.departments()
    names = {d.code: (d.name_zh, d.name_en) for d in known}
    codes = [pick(part.strip(), names, tr("department")) for part in _COMMA.split(text)]
    ids = {d.code: d.id for d in known}
    return tuple(dict.fromkeys(ids[code] for code in codes))


def lanes(text: str) -> str:
    """What the board is grouped by."""
    from crm_tui.tui.widgets.board_layout import LANES

    return pick(text, {n: (tr(word),) for n, word in LANES.items()}, tr("kind of lanes"))


def person(screen: "BaseScreen", text: str) -> int | None:
    """A colleague by login or name, ``@me``, or nobody."""
    wanted = text.removeprefix("@").strip()
    if wanted.casefold() in NOBODY:
        return None
    if wanted.casefold() == "me":
        return screen.gateway.actor.staff_id
    known = [s for s in screen.gateway.services.org.staff_list() if s.role != "viewer"]
    login = pick(wanted, {s.login: (s.name,) for s in known}, tr("colleague"))
    return next(s.id for s in known if s.login == login)


def found(screen: "BaseScreen", text: str, kinds: Iterable[str]) -> "Found":
    """The ticket or customer that is called so or has that number."""
    services, actor = screen.gateway.services, screen.gateway.actor
    hits = [f for f in services.find.find(text, actor=actor, limit=12) if f.kind in kinds]
    if not hits:
        raise NotFound(msg("Nothing found for “{text}”", text=text))
    return hits[0]


def ticket_number(text: str) -> int:
    """The number of ``T-12`` or ``12``."""
    return parse_ticket_no(text)


def tags(text: str) -> tuple[list[str], list[str]]:
    """Tags to add and, with a minus before them, to remove."""
    words = text.split()
    add = [w.removeprefix("+") for w in words if not w.startswith("-")]
    return add, [w[1:] for w in words if w.startswith("-") and len(w) > 1]


# Completion: whole arguments that the last word could become


def _begins(names: Iterable[str], text: str) -> list[str]:
    return [n for n in names if n.casefold().startswith(text.casefold())]


def _person(screen: "BaseScreen", text: str) -> list[str]:
    people = [s for s in screen.gateway.services.org.staff_list() if s.role != "viewer"]
    names = ["@me", "nobody", *(f"@{s.login}" for s in people)]
    by_name = [f"@{s.login}" for s in people if text and s.name.startswith(text)]
    return [*_begins(names, text if text[:1] in ("@", "", "n") else f"@{text}"), *by_name]


def _found(kinds: Sequence[str]) -> "Completer":
    def complete(screen: "BaseScreen", text: str) -> list[str]:
        services, actor = screen.gateway.services, screen.gateway.actor
        hits = services.find.find(text, actor=actor, limit=12) if text else []
        return [f.title.split(" ")[0] for f in hits if f.kind in kinds]

    return complete


def _tags(screen: "BaseScreen", text: str) -> list[str]:
    head, _, last = text.rpartition(" ")
    sign = last[:1] if last[:1] in ("+", "-") else ""
    services, actor = screen.gateway.services, screen.gateway.actor
    known = services.views.complete(f"tag:{last.removeprefix(sign)}", actor=actor)
    start = f"{head} " if head else ""
    return [start + sign + k.removeprefix("tag:") for k in known]


def _tickets(screen: "BaseScreen", text: str) -> list[str]:
    return screen.gateway.services.views.complete(text, actor=screen.gateway.actor)


def _macro(screen: "BaseScreen", text: str) -> list[str]:
    known = screen.gateway.services.macros.macros(actor=screen.gateway.actor)
    return _begins((m.name for m in known), text)


def _text(screen: "BaseScreen", text: str) -> list[str]:
    if not text.startswith("@"):
        return []
    known = screen.gateway.services.texts.canned(actor=screen.gateway.actor)
    return _begins((f"{CANNED}{t.name}" for t in known), text)


def _binding(screen: "BaseScreen", text: str) -> list[str]:
    from crm_tui.tui.commands import complete

    key, blank, line = text.partition(" ")
    if not blank:
        return _begins(screen.crm.binds.lines, key)
    done, quote, last = re.fullmatch(r'(.*;\s*|)("?)(.*)', line).groups()  # type: ignore[union-attr]
    return [f"{key} {done}{quote}{found}" for found in complete(screen, last)]


def _tasks(screen: "BaseScreen", text: str) -> list[str]:
    return screen.gateway.services.tasks.complete(text, actor=screen.gateway.actor)


def _filter(screen: "BaseScreen", text: str) -> Sequence[str]:
    return _filtered(screen).complete_filter(text)


def _departments(screen: "BaseScreen", text: str) -> list[str]:
    done, comma, last = text.rpartition(",")
    chosen = done.split(",")
    codes = (d.code for d in screen.gateway.services.org.departments() if d.code not in chosen)
    return [f"{done}{comma}{n}" for n in _begins(codes, last)]


def _limit(screen: "BaseScreen", text: str) -> list[str]:
    words = text.split(" ")
    if len(words) == 1:
        return _begins(LABELS[TaskStatus], text)
    if len(words) == 2:
        return _begins((f"{words[0]} none",), text)
    codes = _begins((d.code for d in screen.gateway.services.org.departments()), words[-1])
    return [f"{words[0]} {words[1]} {code}" for code in codes]


def _lanes(screen: "BaseScreen", text: str) -> list[str]:
    from crm_tui.tui.widgets.board_layout import LANES

    return _begins(LANES, text)


def _view(screen: "BaseScreen", text: str) -> list[str]:
    shown = _named(screen)
    names = [v.title for v in shown.views]
    act, rest = split(text)
    if act in VIEW_ACTS and " " in text:
        return [f"{act} {n}" for n in _begins((v.title for v in shown.views if v.id), rest)]
    return _begins([*VIEW_ACTS, *names], text)


def _sort(screen: "BaseScreen", text: str) -> list[str]:
    name, rest = split(text)
    names = _filtered(screen).sort_names()
    if name in names and " " in text:
        return [f"{name} {d}" for d in _begins(("asc", "desc"), rest)]
    return _begins(names, text)


def _columns(screen: "BaseScreen", text: str) -> list[str]:
    done, comma, last = text.rpartition(",")
    chosen = done.split(",")
    names = (n for n in _queue(screen).column_names() if n not in chosen)
    return [f"{done}{comma}{n}" for n in _begins(names, last)]


def _setting(screen: "BaseScreen", text: str) -> list[str]:
    name, value = split(text)
    if name in SETTINGS and " " in text:
        return [f"{name} {v}" for v in _begins(SETTINGS[name], value)]
    return _begins(SETTINGS, text)


def _named(screen: "BaseScreen") -> "NamedViews":
    from crm_tui.tui.screens.named_views import NamedViews

    if not isinstance(screen, NamedViews):
        raise ValidationError(msg("This list has no views by name"), code="bad_argument")
    return screen


def _queue(screen: "BaseScreen") -> "QueueScreen":
    from crm_tui.tui.screens.queue import QueueScreen

    if not isinstance(screen, QueueScreen):
        raise ValidationError(msg("This works in the queue only"), code="bad_argument")
    return screen


def _filtered(screen: "BaseScreen") -> Filtered:
    if not isinstance(screen, Filtered):
        raise ValidationError(msg("This works in lists only"), code="bad_argument")
    return screen


def _fixed(names: Iterable[str]) -> "Completer":
    return lambda screen, text: _begins(names, text)


Completer = Callable[["BaseScreen", str], Sequence[str]]
COMPLETERS: Final[Mapping[str, Completer]] = {
    "person": _person,
    "state": _fixed(STATES),
    "urgency": _fixed(URGENCIES),
    "task_status": _fixed(LABELS[TaskStatus]),
    "priority": _fixed(LABELS[RequirementPriority]),
    "department": _fixed(DEPARTMENTS),
    "departments": _departments,
    "lanes": _lanes,
    "limit": _limit,
    "waiting": _fixed(WAITS),
    "switch": _fixed(ON),
    "place": _found(("ticket", "customer")),
    "customer": _found(("customer",)),
    "tags": _tags,
    "binding": _binding,
    "filter": _filter,
    "format": _fixed(("csv", "json", "xlsx")),
    "macro": _macro,
    "number": _fixed(()),
    "ticket": _found(("ticket",)),
    "tickets": _tickets,
    "tasks": _tasks,
    "view": _view,
    "sort": _sort,
    "columns": _columns,
    "setting": _setting,
    "period": _fixed(PERIODS),
    "moment": _fixed(("now", "yesterday", "today")),
    "figure_file": _fixed(FIGURE_FILES),
    "text": _text,
}
"""By the kind of an action's argument."""
