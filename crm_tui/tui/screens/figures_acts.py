"""What is done with figures: definition, target, copy, export (R-250, R-255)."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from crm_tui.domain import kpi
from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.money import parse_fen
from crm_tui.domain.msg import N_, msg
from crm_tui.exchange.figures_text import (
    against_baseline,
    against_target,
    beside_words,
    change_of,
    marks,
    number,
    period_words,
    plain_number,
    rounded,
)
from crm_tui.i18n import render, tr
from crm_tui.services.figures_dto import Breakdown, Figure, Grid, Panel
from crm_tui.tui.screens.figures_period import PeriodChoice
from crm_tui.tui.screens.records import Refused, Saved
from crm_tui.tui.widgets.dialogs import Menu, Option, Page, Prompt
from crm_tui.tui.widgets.form import FieldSpec, Form
from crm_tui.tui.widgets.lines import Line, labelled

FORMATS: Final = (
    ("csv", N_("CSV, for spreadsheets"), "c"),
    ("json", N_("JSON, for programs"), "j"),
    ("markdown", N_("Markdown, for texts"), "m"),
    ("xlsx", N_("Excel workbook"), "x"),
)


class FigureActs(PeriodChoice):
    """Acts on the figure under the cursor and on what is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.panel: Panel | None = None
        self.shown: Panel | Grid | Breakdown | None = None

    @property
    def figure(self) -> Figure | None:
        """The figure under the cursor."""
        return None

    def value_text(self) -> str:
        """The value under the cursor as it is shown."""
        return ""

    # What the registry says

    @staticmethod
    def dimensions(figure_id: str) -> Sequence[str]:
        """What a figure can be divided by."""
        return kpi.spec(figure_id).dimensions

    def team_refusal(self, panel: Panel) -> str:
        """Why the figures of the team are missing, in the services' words; empty where they are not."""
        hidden = [name for name, spec in kpi.FIGURES.items() if spec.group == "team"]
        if not hidden or any(f.group == "team" for f in panel.figures):
            return ""
        figures, actor = self.gateway.services.figures, self.gateway.actor
        try:
            figures.value(hidden[0], panel.period, actor=actor)
        except DomainError as error:
            return render(error.message)
        return ""

    def do_figures_definition(self) -> None:
        """What the figure is, and the numbers it was made of (R-250)."""
        figure = self.figure
        if figure is None:
            self.crm.say(tr("Go to a figure first"), "warning")
            return
        rows = self._definition(figure)
        page = Page(tr(figure.name), self.crm.terminal.theme, lambda width: labelled(rows, width))
        self.app.push_screen(page)

    def _definition(self, figure: Figure) -> list[tuple[str, Line | str]]:
        definition = kpi.spec(figure.id)
        moment = "%Y-%m-%d %H:%M:%S"
        target, since = against_target(figure), against_baseline(figure)
        told: list[tuple[str, str]] = [
            (tr("Value"), number(figure.value, figure.unit)),
            (tr("Formula"), tr(definition.formula)),
            (tr("Numerator"), _counted(definition.numerator, figure.numerator, figure.unit)),
        ]
        if figure.denominator is not None:
            counted = _counted(definition.denominator, figure.denominator, figure.unit)
            told.append((tr("Denominator"), counted))
        told += [
            (tr("Rows"), f"{figure.rows:,}"),
            (tr("Beside"), "  ".join(beside_words(figure))),
            (tr("Marks"), marks(figure)),
            (tr("Period"), period_words(figure.period)),
            (
                tr("Before"),
                f"{number(figure.previous, figure.unit)}  {change_of(figure)[0]}",
            ),
            (tr("Target"), target[0] if target is not None else ""),
            (tr("Baseline"), since[0] if since is not None else ""),
            (tr("As of"), self.local(figure.as_of).strftime(moment)),
            (tr("Computed"), self.local(figure.computed_at).strftime(moment)),
        ]
        return [(label, text) for label, text in told if text]

    # Targets

    def do_figures_target(self) -> None:
        """Set target and baseline of the figure."""
        figure = self.figure
        if figure is None:
            self.crm.say(tr("Go to a figure first"), "warning")
            return
        figures, actor = self.gateway.services.figures, self.gateway.actor
        asked = [
            FieldSpec("target", N_("Target"), value=typed(figure.target, figure.unit)),
            FieldSpec("baseline", N_("Baseline"), value=typed(figure.baseline, figure.unit)),
            FieldSpec("baseline_name", N_("Name of the baseline"), value=figure.baseline_name),
        ]

        def save(data: dict[str, Any], done: Saved, refused: Refused) -> None:
            def work() -> tuple[int | None]:
                undo = figures.set_target(
                    figure.id,
                    read_number(data["target"], figure.unit, "target"),
                    read_number(data["baseline"], figure.unit, "baseline"),
                    data["baseline_name"].strip(),
                    actor=actor,
                )
                return (undo,)

            self.gateway.run(work, done, refused=refused)

        def closed(answer: tuple[int | None] | None) -> None:
            if answer is None:
                return
            if answer[0] is not None:
                self.crm.say(f"{tr('Target of a figure set')}   {tr('u undo')}")
            self.changed([])

        form = Form(tr(figure.name), asked, self.crm.terminal.theme, save)
        self.app.push_screen(form, closed)

    # Copy and export

    def do_figures_copy(self) -> None:
        """Copy the value."""
        text = self.value_text()
        if text:
            self.copy(text)

    def do_figures_export(self) -> None:
        """Ask for the format, then where to."""
        options = [Option(n, tr(t), k) for n, t, k in FORMATS]

        def chosen(form: str | None) -> None:
            if form is not None:
                self._ask_file(form)

        self.app.push_screen(Menu(tr("Export"), options, self.crm.terminal.theme), chosen)

    def _ask_file(self, form: str) -> None:
        def check(text: str) -> str | None:
            try:
                self.place_of_file(text)
            except DomainError as error:
                return render(error.message)
            return None

        def given(text: str | None) -> None:
            if text is not None:
                self.export(form, self.place_of_file(text))

        prompt = Prompt(tr("File"), self.file_name(form), check=check, required=True)
        self.app.push_screen(prompt, given)

    def file_name(self, form: str) -> str:
        """What a file of what is shown is called where nobody says otherwise."""
        from crm_tui.exchange.figures_files import default_name

        period = self.period_now()
        return default_name(self._table(), f"{period.start}", f"{period.end}", form)

    @staticmethod
    def place_of_file(text: str) -> Path:
        """Where a file goes; nothing is written over what is there."""
        path = Path(text.strip()).expanduser()
        if path.exists():
            raise ValidationError(
                msg("{file} is there already; choose another name", file=path.name),
                code="file_exists",
            )
        return path

    def export(self, form: str, path: Path) -> None:
        """Write what is shown."""
        from crm_tui.exchange import figures_files

        if self.shown is None:
            return
        table, zone = self._table(), self.gateway.zone

        def then(count: int) -> None:
            self.crm.say(
                tr("{count} rows written to {file}").format(count=count, file=path.resolve())
            )

        self.gateway.run(lambda: figures_files.write(table, form, path, zone), then)

    def _table(self) -> Any:
        """What is shown as a table; the numbers are those of the screen, nothing is computed anew."""
        from crm_tui.exchange import figures_files

        if isinstance(self.shown, Grid):
            return figures_files.grid_table(self.shown)
        if isinstance(self.shown, Breakdown):
            return figures_files.breakdown_table(self.shown)
        assert self.shown is not None
        return figures_files.panel_table(self.shown)


def _counted(words: str, value: Decimal, unit: str) -> str:
    return f"{tr(words)}: {plain_number(value, unit)}" if words else plain_number(value, unit)


def typed(value: Decimal | None, unit: str) -> str:
    """A value as one would type it."""
    return "" if value is None else f"{rounded(value, unit).normalize():f}"


def read_number(text: str, unit: str, field: str) -> Decimal | None:
    """A number as people type it, None where nothing is typed; raises `ValidationError` at the field."""
    plain = text.strip()
    if not plain:
        return None
    try:
        if unit == "yuan":
            return Decimal(parse_fen(plain)) / 100
        found = Decimal(plain.removesuffix("%").strip().replace(",", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    except ValidationError as error:
        error.field = field
        raise
    if not found.is_finite():
        raise ValidationError(
            msg("“{text}” is not a number", text=plain[:40]), field=field, code="bad_number"
        )
    return found
