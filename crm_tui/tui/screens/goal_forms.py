"""Forms of goals: an aim with its target shown before it is kept, a value, a review (R-186, R-190)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from crm_tui.domain.dates import day_of, refuse_date
from crm_tui.domain.errors import DomainError, RuleViolation
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import editable
from crm_tui.domain.records.enums import GoalMode
from crm_tui.i18n import tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.goal_words import metric, number, share, standing
from crm_tui.tui.screens.records import (
    Held,
    Refused,
    Saved,
    allowed,
    edited,
    field_of,
    record_form,
    show_record,
)
from crm_tui.tui.widgets.dialogs import Question
from crm_tui.tui.widgets.form import FieldSpec, Form
from crm_tui.tui.widgets.lines import Layout, wrap

KIND: Final = "goal"
AMOUNT: Final = "change"
"""The form's field for what is aimed at: the value to reach, or by how much to change."""
LEFT_OUT: Final = frozenset({"target", "current", "state", "reported_attainment"})
"""What follows from the aim, from measuring and from the steps."""
ORDER: Final = (
    *("objective", "metric", "metric_source", "baseline", "mode", AMOUNT, "unit", "deadline_on"),
    *("review_on", "owner_id", "strategic_objective"),
)
"""What is asked first."""


def goal_form(screen: BaseScreen, record: Any = None) -> None:
    """A new goal, or the fields of one; the target is worked out and confirmed (R-186)."""
    kind = registry.kind(KIND)
    if not allowed(screen, KIND, quiet=record is not None):
        if record is not None:
            show_record(screen, kind, record.title, record.values, record.names)
        return
    services, actor = screen.gateway.services, screen.gateway.actor
    asked = _fields(screen, record)
    held = Held(
        screen,
        record.version if record is not None else 0,
        lambda: services.registers.get(KIND, record.id, actor=actor).version,
    )
    confirmed: list[Any] = []

    def save(values: dict[str, Any], done: Saved, refused: Refused) -> None:
        try:
            data = _data(services.goals, values, record, asked)
        except DomainError as error:
            refused(error)
            return
        aim = (data.get("mode"), data.get("change"), data.get("target"))

        def keep() -> None:
            screen.gateway.run(
                lambda: _write(services.registers, record, data, held.version, actor),
                done,
                refused=held.refusing(refused),
            )

        def answered(yes: bool | None) -> None:
            if yes:
                confirmed[:] = [aim]
                keep()
            else:
                refused(
                    RuleViolation(
                        msg("Not saved: the target was not confirmed"),
                        code="not_confirmed",
                        field=AMOUNT,
                    )
                )

        def ask() -> None:
            question = tr("The target is then {target}. Is that meant?")
            screen.app.push_screen(
                Question(
                    f"{_said(values, data)}\n{question.format(target=number(data['target']))}"
                ),
                answered,
            )

        if data.get("change") is None or aim in confirmed:
            keep()
        else:
            # Whatever else is wrong comes before the question.
            key = record.id if record is not None else None
            screen.gateway.run(
                lambda: services.registers.check(KIND, data, actor=actor, record_id=key),
                lambda _: ask(),
                refused=refused,
            )

    def closed(answer: Any) -> None:
        if answer is None:
            return
        if record is None:
            added = tr("{what} added").format(what=tr(kind.title))
            screen.crm.say(f"{added}   {tr('u undo')}")
        else:
            screen.tell(answer)
        screen.changed([])

    title = tr("New goal") if record is None else f"{tr(kind.title)}: {record.title}"
    form = Form(title, asked, screen.crm.terminal.theme, save, preview=_previewer(services.goals))
    screen.app.push_screen(form, closed)


def _fields(screen: BaseScreen, record: Any) -> list[FieldSpec]:
    specs = {n: s for n, s in editable(registry.kind(KIND)).items() if n not in LEFT_OUT}
    values = record.values if record is not None else {}
    found: dict[str, FieldSpec] = {}
    for name, spec in specs.items():
        value = values.get(name, spec.default)
        names = record.names.get(name, "") if record is not None else ""
        found[name] = field_of(spec, value, screen, names=names)
    amount = values.get("change")
    if amount is None:
        amount = values.get("target")
    found[AMOUNT] = FieldSpec(
        AMOUNT,
        N_("Target or change"),
        "text",
        "" if amount is None else f"{amount:f}",
        required=True,
        help=N_("The value to reach, or by how much it changes: -15, 降低15%"),
    )
    rest = [n for n in found if n not in ORDER]
    return [found[n] for n in (*ORDER, *rest)]


def _data(
    goals: Any, values: Mapping[str, Any], record: Any, asked: Sequence[FieldSpec]
) -> dict[str, Any]:
    """What is to be written: the aim resolved where it was touched."""
    data = dict(values) if record is None else edited(values, asked)
    touched = {"baseline", "mode", AMOUNT} & data.keys()
    if record is None:
        data = {k: v for k, v in data.items() if v not in ("", None)}
    if touched:
        aim = goals.preview(values["mode"], values["baseline"], values[AMOUNT])
        data |= {"mode": aim.mode, "baseline": aim.baseline, "target": aim.target}
        data["change"] = aim.change
    return data


def _write(registers: Any, record: Any, data: dict[str, Any], version: int, actor: Any) -> Any:
    if record is None:
        return registers.create(KIND, data, actor=actor)
    result = registers.change(KIND, record.id, data, actor=actor, expected=version)
    result.one()
    return result


def _said(values: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """The aim in words: from where, by how much."""
    change, start = data["change"], number(data.get("baseline"))
    if data["mode"] == GoalMode.CHANGE_PERCENT:
        text = tr("lower by {amount} % from {start}"), tr("raise by {amount} % from {start}")
    else:
        text = (
            tr("lower by {amount} points from {start}"),
            tr("raise by {amount} points from {start}"),
        )
    words = text[0] if change < 0 else text[1]
    return f"{values['metric']}: {words.format(amount=number(abs(change)), start=start)}"


def _previewer(goals: Any) -> Any:
    """Shows while one types what the aim means, and whether the program knows the metric."""

    def preview(values: dict[str, Any], show: Any) -> None:
        texts: list[tuple[str, str]] = []
        try:
            aim = goals.preview(values["mode"], values["baseline"], values[AMOUNT])
        except DomainError:
            texts.append((tr("Baseline and target say what the goal is"), "dim"))
        else:
            told = tr("from {start} to {target}").format(
                start=number(aim.baseline), target=number(aim.target)
            )
            texts.append((f"{tr('Target')}: {told}", "head"))
            if aim.change is not None:
                said = _said(
                    values, {"change": aim.change, "mode": aim.mode, "baseline": aim.baseline}
                )
                texts.append((said, ""))
        if values["metric"]:
            texts.append(_measured_by(goals, values))

        def layout(width: int) -> Any:
            return [[(part, role)] for text, role in texts for part in wrap(text, width)]

        lines: Layout = layout
        show(lines)

    return preview


def _measured_by(goals: Any, values: Mapping[str, Any]) -> tuple[str, str]:
    if values["metric_source"]:
        return tr("Values are typed, from: {source}").format(source=values["metric_source"]), "dim"
    figure = goals.metric(values["metric"])
    if figure is None:
        return tr("The program does not compute this metric: say its source"), "warn"
    better = tr("higher is better") if figure.direction == "higher" else tr("lower is better")
    return f"{tr('Computed by the program')}: {tr(figure.name)}, {better}", "dim"


# A value


def measure_form(screen: BaseScreen, goal: Any) -> None:
    """A value with day and source; empty it is computed where the program can (R-190)."""
    if not allowed(screen, KIND):
        return
    services, actor = screen.gateway.services, screen.gateway.actor
    computed = goal.figure_id is not None
    today = screen.local(screen.now).date()
    asked = [
        FieldSpec("told", N_("Metric"), "static", f"{metric(goal)}  {number(goal.current)}"),
        FieldSpec(
            "value",
            N_("Value"),
            required=not computed,
            help=N_("Empty: computed by the program") if computed else "",
        ),
        FieldSpec("day", N_("Day"), value=today.isoformat(), help=N_("Empty: today")),
        FieldSpec("source", N_("Source"), value=goal.metric_source, help=N_("Of a typed value")),
        FieldSpec(
            "reason", N_("Reason"), help=N_("Where the day has a value that this one corrects")
        ),
    ]

    def save(values: dict[str, Any], done: Saved, refused: Refused) -> None:
        def work() -> Any:
            value = values["value"].strip() or (None if computed else "")
            result = services.goals.measure(
                goal.id,
                value,
                day=_day(values["day"], today, "day"),
                source=values["source"],
                reason=values["reason"],
                actor=actor,
            )
            result.one()
            return result

        screen.gateway.run(work, done, refused=refused)

    _ask(screen, f"{tr('Measure')}: {goal.objective}", asked, save)


def _day(text: str, today: date, field: str) -> date | None:
    """A typed day; refused at its field where it is none."""
    if not text.strip():
        return None
    found = day_of(text, today)
    if found is None:
        error = refuse_date(text)
        error.field = field
        raise error
    return found


def _ask(screen: BaseScreen, title: str, asked: Sequence[FieldSpec], save: Any) -> None:
    def closed(answer: Any) -> None:
        if answer is not None:
            screen.tell(answer)
            screen.changed([])

    screen.app.push_screen(Form(title, asked, screen.crm.terminal.theme, save), closed)


# A review


def review_form(screen: BaseScreen, goal: Any) -> None:
    """How it stands, where the gap comes from, what is done, and when to look again (R-179)."""
    if not allowed(screen, KIND):
        return
    services, actor = screen.gateway.services, screen.gateway.actor
    today = screen.local(screen.now).date()
    word, _ = standing(goal)
    told = tr("{word}, {progress} done in {elapsed} of the time").format(
        word=word, progress=share(goal.progress), elapsed=share(goal.elapsed)
    )
    asked = [
        FieldSpec("told", N_("Standing"), "static", told),
        FieldSpec("gap_analysis", N_("Gap analysis"), "lines", goal.gap_analysis),
        FieldSpec(
            "improvement_measure", N_("Improvement measure"), "lines", goal.improvement_measure
        ),
        FieldSpec("next_on", N_("Next review"), help=N_("Empty: at the deadline")),
        FieldSpec("note", N_("Note")),
    ]

    def save(values: dict[str, Any], done: Saved, refused: Refused) -> None:
        def work() -> Any:
            result = services.goals.review(
                goal.id,
                gap_analysis=values["gap_analysis"],
                improvement_measure=values["improvement_measure"],
                next_on=_day(values["next_on"], today, "next_on"),
                note=values["note"],
                actor=actor,
            )
            result.one()
            return result

        screen.gateway.run(work, done, refused=refused)

    _ask(screen, f"{tr('Review')}: {goal.objective}", asked, save)


# A key action


def action_form(screen: BaseScreen, goal: Any, template: Any = None) -> None:
    """A task that serves the goal, with the texts of a template (R-187, R-189)."""
    preset: dict[str, Any] = {"goal_id": goal.objective, "owner_id": "@me"}
    if template is not None:
        preset |= {
            "description": tr(template.title),
            "completion_standard": tr(template.standard),
            "deliverable": tr(template.deliverable),
        }
    record_form(screen, "task", preset=preset, told=[(N_("Goal"), goal.objective)])
