"""Which period the figures are of, and as of when: kinds, steps, typed days (R-251)."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final

from crm_tui.domain.dates import day_of, refuse_date, resolve
from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import N_
from crm_tui.domain.periods import Period, around, custom, default, parse, rolling_months, shifted
from crm_tui.i18n import render, tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.dateprompt import DatePrompt
from crm_tui.tui.widgets.dialogs import Menu, Option, Prompt

KINDS: Final = (
    ("week", N_("Week"), "w"),
    ("month", N_("Month"), "m"),
    ("quarter", N_("Quarter"), "q"),
    ("year", N_("Year"), "y"),
    ("rolling", N_("Twelve months to today"), "r"),
)
"""Kinds of periods with the letters of their menu."""
NOW_WORDS: Final = ("now", "现在")


class PeriodChoice(BaseScreen):
    """The period of the figures and the moment they are looked at from."""

    def __init__(self) -> None:
        super().__init__()
        self.period: Period | None = None
        self.as_of: datetime | date | None = None
        """A moment, or the end of a day; None is now."""

    def read(self) -> None:
        """Read what the screen shows of the period."""

    def today(self) -> date:
        """The day on the desk's wall clock that the figures are seen from."""
        at = self.as_of or self.now
        return self.local(at).date() if isinstance(at, datetime) else at

    def period_now(self) -> Period:
        """The chosen period; at first the usual one."""
        if self.period is None:
            self.period = default(self.today())
        return self.period

    def put_period(self, period: Period) -> None:
        """Show another period."""
        self.period = period
        self.read()

    def do_figures_previous(self) -> None:
        """The period before."""
        self._step(-1)

    def do_figures_next(self) -> None:
        """The period after."""
        self._step(1)

    def _step(self, by: int) -> None:
        try:
            self.put_period(shifted(self.period_now(), by))
        except DomainError as error:
            self.crm.show_error(error)

    def do_figures_period(self) -> None:
        """Choose the kind of period, or type the days."""
        here = self.period_now()
        options: list[Option] = [Option(n, tr(t), k) for n, t, k in KINDS]
        options.append(Option("custom", tr("From one day to another"), "c"))

        def chosen(kind: str | None) -> None:
            if kind == "custom":
                self._ask_days()
            elif kind is not None:
                self.put_period(self.period_of(kind))

        at = next((i for i, o in enumerate(options) if o.value == here.kind), 0)
        self.app.push_screen(Menu(tr("Period"), options, self.crm.terminal.theme, at), chosen)

    def period_of(self, kind: str) -> Period:
        """The period of a kind round the days that are shown, up to today."""
        here = self.period_now()
        return _of(kind, max(here.start, min(here.end, self.today())))

    def _ask_days(self) -> None:
        """First and last day, each echoed as it is typed."""

        def first(text: str | None) -> None:
            if text is not None:
                start = self.day(text)
                self._ask_day(
                    tr("To, the last day"),
                    lambda line: self.put_period(custom(start, self.day(line))),
                    lambda line: custom(start, self.day(line)),
                )

        self._ask_day(tr("From, like 2024-01-01, yesterday, eom"), first, self.day)

    def _ask_day(
        self, label: str, then: Callable[[str], object], read: Callable[[str], object]
    ) -> None:
        def check(text: str) -> str | None:
            try:
                read(text)
            except DomainError as error:
                return render(error.message)
            return None

        def meant(text: str) -> str:
            day = day_of(text, self.today())
            return f"{day.isoformat()} " if day is not None else ""

        def given(text: str | None) -> None:
            if text is not None:
                then(text)

        self.app.push_screen(DatePrompt(label, meant, check, self.gateway.run), given)

    def day(self, text: str) -> date:
        """A day as people type it; raises `ValidationError`."""
        found = day_of(text, self.today())
        if found is None:
            raise refuse_date(text)
        return found

    def typed_period(self, text: str) -> Period:
        """``month``, ``2024Q2``, ``12m`` or two days, ``2024-01-01..today``; raises `ValidationError`."""
        word = text.strip().lower()
        if word == "rolling":
            return self.period_of(word)
        first, dots, last = word.replace(" ", "..").partition("..")
        if dots:
            return custom(self.day(first), self.day(last))
        return parse(word, self.today())

    # As of when

    def do_figures_asof(self) -> None:
        """Ask for the moment to look from; nothing typed is now."""

        def check(text: str) -> str | None:
            try:
                self.typed_moment(text)
            except DomainError as error:
                return render(error.message)
            return None

        def given(text: str | None) -> None:
            if text is not None:
                self.put_as_of(self.typed_moment(text))

        label = tr("As of, like 2024-05-31 or yesterday 18:00; empty is now")
        self.app.push_screen(Prompt(label, self.as_of_text(), check=check), given)

    def as_of_text(self) -> str:
        """The moment as one would type it; empty is now."""
        if isinstance(self.as_of, datetime):
            return f"{self.local(self.as_of):%Y-%m-%d %H:%M}"
        return self.as_of.isoformat() if self.as_of is not None else ""

    def typed_moment(self, text: str) -> datetime | date | None:
        """A moment as people type it, or a day, None for now; raises `ValidationError`."""
        if not text.strip() or text.strip().lower() in NOW_WORDS:
            return None
        day = day_of(text, self.local(self.now).date())
        if day is not None:
            return day
        return resolve(text, self.now, self.gateway.services.core.rules.zone, past=True)

    def put_as_of(self, at: datetime | date | None) -> None:
        """Look from another moment."""
        self.as_of = at
        self.read()

    # The place

    def period_state(self) -> dict[str, Any]:
        """The period as plain values; the one we are in is kept as that."""
        here = self.period_now()
        if here.kind != "custom" and here == _of(here.kind, self.today()):
            return {"period": here.kind}
        return {"period": here.kind, "from": here.start.isoformat(), "to": here.end.isoformat()}

    def put_period_state(self, state: dict[str, Any]) -> None:
        """The period that was kept; what cannot be read is left."""
        kind = str(state.get("period"))
        with suppress(DomainError, KeyError, TypeError, ValueError):
            if "from" not in state:
                self.period = _of(kind, self.today())
            elif kind == "custom":
                start, end = (date.fromisoformat(state[name]) for name in ("from", "to"))
                self.period = custom(start, end)
            else:
                self.period = _of(kind, date.fromisoformat(state["to"]))


def _of(kind: str, day: date) -> Period:
    """The period of a kind that a day lies in, or ends."""
    return rolling_months(12, day) if kind == "rolling" else around(kind, day)
