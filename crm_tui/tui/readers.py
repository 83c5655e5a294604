"""What the argument of each command means: read off the loop, done on the screen (ux.md 3.5)."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.macros import MacroStep
from crm_tui.domain.msg import msg
from crm_tui.domain.views import ViewSpec
from crm_tui.i18n import current, tr
from crm_tui.tui import arguments, binds, exporting
from crm_tui.tui.screens.filtered import Filtered
from crm_tui.tui.screens.ticket_verbs import ANSWERED, ASKED, BY_STATE, SOLUTION_KEYS, TicketVerbs

if TYPE_CHECKING:
    from crm_tui.tui.screens.base import BaseScreen
    from crm_tui.tui.screens.board import BoardScreen
    from crm_tui.tui.screens.figures import FiguresScreen
    from crm_tui.tui.screens.named_views import NamedViews
    from crm_tui.tui.screens.queue import QueueScreen
    from crm_tui.tui.screens.task_verbs import TaskVerbs
    from crm_tui.tui.screens.timeline_screen import TimelineScreen

Do = Callable[[], object]
Reader = Callable[[Any, str], Do]
"""Reads an argument on a screen, off the loop; what it answers is done on the loop."""


# Verbs on tickets


def _assign(screen: TicketVerbs, text: str) -> Do:
    who = arguments.person(screen, text)
    tickets, actor = screen.gateway.services.tickets, screen.gateway.actor
    return lambda: screen.perform(
        lambda ids: tickets.assign(ids, who, actor=actor, expected=screen.versions(ids))
    )


def _status(screen: TicketVerbs, text: str) -> Do:
    word, rest = arguments.split(text)
    to = arguments.state(word)
    services, actor = screen.gateway.services, screen.gateway.actor
    ids = list(screen.targets())
    choices = services.tickets.choices(ids[0], actor=actor) if ids else ()
    choice = next((c for c in choices if str(c.to) == to), None)
    if ids and choice is None:
        raise RuleViolation(
            msg(
                "From here it leads to {known}", known=", ".join(str(c.to) for c in choices) or "-"
            ),
            code="no_way",
        )
    code = choice.refusal.code if choice is not None and choice.refusal is not None else ""
    if choice is not None and choice.refusal is not None and code not in ANSWERED:
        raise RuleViolation(choice.refusal.message, code=code)
    if to == "solution_proposed" and rest:
        return _propose(screen, rest)
    if to == "cancelled" and rest:
        return lambda: screen.perform(
            lambda chosen: services.closing.cancel(chosen, rest, actor=actor)
        )
    if code in ASKED and rest and to not in BY_STATE:
        return lambda: screen._to_state(to, {ASKED[code][0]: rest})
    if rest:
        raise ValidationError(
            msg("{word} takes nothing behind it here", word=word), code="bad_argument"
        )
    return lambda: screen._status_chosen((to, code))


def _urgency(screen: TicketVerbs, text: str) -> Do:
    value = arguments.urgency(text)
    tickets, actor = screen.gateway.services.tickets, screen.gateway.actor
    return lambda: screen.perform(
        lambda ids: tickets.urgency(ids, value, actor=actor, expected=screen.versions(ids))
    )


def _transfer(screen: TicketVerbs, text: str) -> Do:
    word, reason = arguments.split(text)
    code = arguments.department(screen, word)
    tickets, actor = screen.gateway.services.tickets, screen.gateway.actor

    def go(why: str) -> None:
        screen.perform(
            lambda ids: tickets.transfer(ids, code, why, actor=actor, expected=screen.versions(ids))
        )

    if reason:
        return lambda: go(reason)
    return lambda: screen.ask(tr("Why does it go there?"), go)


def _wait(screen: TicketVerbs, text: str) -> Do:
    word, reason = arguments.split(text)
    on = arguments.pick(word, {n: (tr(n),) for n in arguments.WAITS}, tr("kind of waiting"))
    tickets, actor = screen.gateway.services.tickets, screen.gateway.actor

    def go(why: str) -> None:
        screen.perform(
            lambda ids: tickets.wait(
                ids, actor=actor, on=on, reason=why, expected=screen.versions(ids)
            )
        )

    if reason:
        return lambda: go(reason)
    return lambda: screen.ask(tr("What does it wait for?"), go)


def _tags(screen: TicketVerbs, text: str) -> Do:
    add, remove = arguments.tags(text)
    tickets, actor = screen.gateway.services.tickets, screen.gateway.actor
    return lambda: screen.perform(lambda ids: tickets.tag(ids, actor=actor, add=add, remove=remove))


def _follow(screen: TicketVerbs, text: str) -> Do:
    on = arguments.pick(text, {n: (tr(n),) for n in arguments.ON}, tr("choice")) == "on"
    tickets, actor = screen.gateway.services.tickets, screen.gateway.actor
    return lambda: screen.perform(lambda ids: tickets.watch(ids, actor=actor, on=on))


def _reopen(screen: TicketVerbs, text: str) -> Do:
    tickets, actor = screen.gateway.services.tickets, screen.gateway.actor
    return lambda: screen.perform(lambda ids: tickets.reopen(ids, text, actor=actor))


def _escalate(screen: TicketVerbs, text: str) -> Do:
    tickets, actor = screen.gateway.services.tickets, screen.gateway.actor
    return lambda: screen.perform(lambda ids: tickets.escalate(ids, text, actor=actor))


def _propose(screen: TicketVerbs, text: str) -> Do:
    word, rest = arguments.split(text)
    if rest and word in SOLUTION_KEYS:
        return lambda: screen.propose(rest, word)
    return lambda: screen.propose(text)


def _clarify(screen: TicketVerbs, text: str) -> Do:
    return lambda: screen.clarify(text)


def _note(screen: TicketVerbs, text: str) -> Do:
    messages, actor = screen.gateway.services.messages, screen.gateway.actor
    if text.startswith(arguments.CANNED):
        return _canned(screen, "note", text)
    return lambda: screen.perform(lambda ids: messages.note(ids, text, actor=actor))


def _reply(screen: TicketVerbs, text: str) -> Do:
    messages, actor = screen.gateway.services.messages, screen.gateway.actor
    if text.startswith(arguments.CANNED):
        return _canned(screen, "reply", text)
    return lambda: screen.perform(lambda ids: messages.reply(ids, text, actor=actor))


def _canned(screen: TicketVerbs, verb: str, text: str) -> Do:
    """A canned text, filled for each ticket."""
    macros, actor = screen.gateway.services.macros, screen.gateway.actor
    step = MacroStep(verb, f"@{text.removeprefix(arguments.CANNED)}")
    return lambda: screen.perform(
        lambda ids: macros.step(ids, step, actor=actor, language=current())
    )


def _macro(screen: TicketVerbs, text: str) -> Do:
    known = screen.gateway.services.macros.macros(actor=screen.gateway.actor)
    name = arguments.pick(text, {m.name: (m.title,) for m in known}, tr("macro"))
    return lambda: screen.run_macro(name)


def _merge(screen: TicketVerbs, text: str) -> Do:
    number = arguments.ticket_number(text)
    target = screen.gateway.services.views.by_number(number, actor=screen.gateway.actor)
    return lambda: screen.merge_into(target, number)


def _delete(screen: "BaseScreen", text: str) -> Do:
    return screen.delete(text)


# Verbs on tasks


def _task_assign(screen: "TaskVerbs", text: str) -> Do:
    who = arguments.person(screen, text)
    return lambda: screen.again("assign_cards", who)


def _task_status(screen: "TaskVerbs", text: str) -> Do:
    to = arguments.task_status(text)
    return lambda: screen.again("move_cards", to)


def _task_priority(screen: "TaskVerbs", text: str) -> Do:
    value = arguments.task_priority(text)
    return lambda: screen.again("set_priority", value)


def _task_departments(screen: "TaskVerbs", text: str) -> Do:
    ids = arguments.departments(screen, text)
    return lambda: screen.again("hand_over", ids)


def _task_progress(screen: "TaskVerbs", text: str) -> Do:
    return lambda: screen.again("note_progress", text)


def _lanes(screen: "BoardScreen", text: str) -> Do:
    lanes = arguments.lanes(text)
    return lambda: screen.put_lanes(lanes)


def _limit(screen: "BoardScreen", text: str) -> Do:
    from crm_tui.tui.screens.board_change import set_limit

    word, rest = arguments.split(text)
    most, of = arguments.split(rest)
    status = arguments.task_status(word)
    (department,) = arguments.departments(screen, of) if of else (0,)
    number = "" if most in arguments.NOBODY else most
    return lambda: set_limit(screen, status, department, number)


# Places and settings


def _go(screen: "BaseScreen", text: str) -> Do:
    task = screen.gateway.services.registers.find_number("task", text.strip().upper())
    if task is not None:
        return lambda: screen.crm.open_task(task)
    hit = arguments.found(screen, text, ("ticket", "customer"))
    opens = screen.crm.open_ticket if hit.kind == "ticket" else screen.crm.open_customer
    return lambda: opens(hit.id)


def _customer(screen: "BaseScreen", text: str) -> Do:
    hit = arguments.found(screen, text, ("customer",))
    return lambda: screen.crm.open_customer(hit.id)


def _checked(screen: "BaseScreen", text: str) -> str:
    screen.gateway.services.views.page(text, actor=screen.gateway.actor, limit=1)
    return text


def _queue(screen: "BaseScreen", text: str) -> Do:
    spec = ViewSpec("queue", _checked(screen, text))
    return lambda: screen.crm.open_view(spec)


def _board(screen: "BaseScreen", text: str) -> Do:
    return _plan(screen, "board", text)


def _timeline(screen: "BaseScreen", text: str) -> Do:
    return _plan(screen, "timeline", text)


def _plan(screen: "BaseScreen", place: str, text: str) -> Do:
    screen.gateway.services.registers.page(
        "task", actor=screen.gateway.actor, filter_text=text, limit=1
    )
    # How one looked at it last is kept.
    kept = screen.crm.place_of(place)
    state = {**(kept if isinstance(kept, dict) else {}), "view": ViewSpec(place, text).to_text()}
    return lambda: screen.crm.open_plan(place, {**state, "name": ""})


def _timeline_progress(screen: "TimelineScreen", text: str) -> Do:
    return lambda: screen.note_progress(text)


def _filter(screen: Filtered, text: str) -> Do:
    screen.check_filter(text)
    return lambda: screen.put_filter(text)


def _mark(screen: "QueueScreen | BoardScreen | TimelineScreen", text: str) -> Do:
    ids = screen.matching_ids(text)
    return lambda: screen.add_marks(ids)


def _view(screen: "NamedViews", text: str) -> Do:
    act, rest = arguments.split(text)
    if act not in arguments.VIEW_ACTS:
        place = screen.view_called(text)
        return lambda: screen.to_view(place)
    if not rest:
        raise ValidationError(msg("Say the name of the view"), code="bad_argument")
    if act == "remove":
        return lambda: screen.remove_view(rest)
    if act != "save":
        which, on = VIEW_MARKS[act]
        return lambda: screen.mark_view(rest, **{which: on})
    words = rest.split()
    extra = {w for w in words[1:] if w in ("pin", "share")}
    name = " ".join(w for i, w in enumerate(words) if not i or w not in extra)
    return lambda: screen.save_view(name, pinned="pin" in extra, shared="share" in extra)


def _sort(screen: Filtered, text: str) -> Do:
    name, way = arguments.split(text)
    sort = arguments.pick(name, dict.fromkeys(screen.sort_names(), ()), tr("order"))
    down = bool(way) and arguments.pick(way, {"asc": (), "desc": ()}, tr("direction")) == "desc"
    return lambda: screen.put_order(sort, down=down)


def _columns(screen: "QueueScreen", text: str) -> Do:
    names = [n.strip() for n in text.replace(" ", ",").split(",") if n.strip()]
    known = screen.column_names()
    chosen = [arguments.pick(n, known, tr("column")) for n in names]
    return lambda: screen.put_columns(tuple(dict.fromkeys(chosen)))


def _set(screen: "BaseScreen", text: str) -> Do:
    word, value = arguments.split(text)
    name = arguments.pick(word, dict.fromkeys(arguments.SETTINGS, ()), tr("setting"))
    chosen = arguments.pick(value, dict.fromkeys(arguments.SETTINGS[name], ()), name)
    return lambda: screen.crm.put_setting(name, chosen)


def _bind(screen: "BaseScreen", text: str) -> Do:
    key, line = binds.read(screen, text)
    return lambda: screen.crm.binds.put(key, line)


def _export(screen: "BaseScreen", text: str) -> Do:
    path = exporting.target(text, screen.SCOPE, screen.local(screen.now))
    return lambda: exporting.export(screen, path)


# Figures


def _period(screen: "FiguresScreen", text: str) -> Do:
    period = screen.typed_period(text)
    return lambda: screen.put_period(period)


def _as_of(screen: "FiguresScreen", text: str) -> Do:
    at = screen.typed_moment(text)
    return lambda: screen.put_as_of(at)


def _export_figures(screen: "FiguresScreen", text: str) -> Do:
    word, name = arguments.split(text)
    form = arguments.pick(word, dict.fromkeys(arguments.FIGURE_FILES, ()), tr("format"))
    path = screen.place_of_file(name or screen.file_name(form))
    return lambda: screen.export(form, path)


VIEW_MARKS: Final[Mapping[str, tuple[str, bool]]] = {
    "pin": ("pinned", True),
    "unpin": ("pinned", False),
    "share": ("shared", True),
    "unshare": ("shared", False),
}
"""What `:view pin NAME` and its like change."""

READERS: Final[Mapping[str, Reader]] = {
    "assign": _assign,
    "bind": _bind,
    "board.assign": _task_assign,
    "board.departments": _task_departments,
    "board.lanes": _lanes,
    "board.limit": _limit,
    "board.priority": _task_priority,
    "board.progress": _task_progress,
    "board.status": _task_status,
    "clarify": _clarify,
    "columns": _columns,
    "delete": _delete,
    "escalate": _escalate,
    "export": _export,
    "figures.asof": _as_of,
    "figures.export": _export_figures,
    "figures.period": _period,
    "filter": _filter,
    "follow": _follow,
    "go": _go,
    "go.board": _board,
    "go.timeline": _timeline,
    "go.customer": _customer,
    "go.queue": _queue,
    "macro": _macro,
    "mark": _mark,
    "merge": _merge,
    "note": _note,
    "propose": _propose,
    "reopen": _reopen,
    "reply": _reply,
    "set": _set,
    "sort": _sort,
    "status": _status,
    "tags": _tags,
    "timeline.progress": _timeline_progress,
    "transfer": _transfer,
    "urgency": _urgency,
    "view": _view,
    "wait": _wait,
}
"""By action: what its argument means."""
