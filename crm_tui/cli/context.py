"""What a command works with: settings, services and the actor, each opened when first asked for."""

from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crm_tui import i18n
from crm_tui import settings as config
from crm_tui.bootstrap import enter, login_name, open_services, system_clock
from crm_tui.cli.language import choose
from crm_tui.cli.output import Output, use_zone
from crm_tui.domain.errors import NotFound, RuleViolation, UsageError
from crm_tui.domain.msg import msg

if TYPE_CHECKING:
    from crm_tui.services.actor import Actor
    from crm_tui.services.facade import Services
    from crm_tui.services.unit import Unit


YEARS = range(1900, 9000)
"""Years of times that people may give: calendars have room on both sides of them."""


class Context:
    """One run of one command; `close` gives back what was opened."""

    def __init__(self, args: Namespace) -> None:
        self.args = args
        self.places = config.Places.of_user()
        self.settings = config.load(self.places)
        if args.lang is None and self.settings.lang:
            i18n.use(choose(self.settings.lang))
        self.zone = ZoneInfo(self.settings.rules.zone)
        use_zone(self.zone)
        self.out = Output(as_json=args.json)
        self._services: Services | None = None
        self._actor: Actor | None = None

    @property
    def url(self) -> str:
        """The database meant: ``--db``, else the setting, else the user's own file."""
        # An empty --db is refused: a script whose variable is unset must not work on another database.
        given = self.args.db
        return str(self.settings.database(self.places) if given is None else given)

    @property
    def key_file(self) -> Path:
        """The key of protected fields."""
        return self.settings.key_path(self.places)

    @property
    def files(self) -> Path:
        """Attachments: beside a database file, else in the user's data folder."""
        path = self.sqlite_path
        return path.with_name("files") if path is not None else self.places.files

    @property
    def sqlite_path(self) -> Path | None:
        """The database file; None for PostgreSQL."""
        from crm_tui.db.engine import parse_url

        url = parse_url(self.url)
        return Path(url.database or "") if url.get_backend_name() == "sqlite" else None

    @cached_property
    def fixed_now(self) -> datetime | None:
        """The time of ``--now`` in UTC; without an offset it is meant in the setting's zone."""
        given = self.args.now
        return None if given is None else self.moment(given, "--now")

    def meant(self, text: str, option: str, *, past: bool = False) -> datetime:
        """A time as people type it, ``+2d``, ``fri 17:00``, ``明天下午5点``, in UTC (ux.md 3.9)."""
        from crm_tui.domain.dates import resolve
        from crm_tui.domain.errors import ValidationError

        try:
            now = self.services.core.clock()
            try:
                found = resolve(text, now, self.zone.key, past=past).astimezone(UTC)
                if found.year in YEARS:
                    return found
            except OverflowError:
                # Before the first or after the last day of the calendar: too far all the more.
                pass
            raise ValidationError(
                msg(
                    "{date} is too far away; give a time between {first} and {last}",
                    date=text,
                    first=YEARS[0],
                    last=YEARS[-1],
                ),
                code="bad_date",
            )
        except ValidationError as error:
            raise ValidationError(
                error.message, field=option.removeprefix("--"), code=error.code
            ) from None

    def moment(self, text: str, option: str) -> datetime:
        """An ISO time in UTC, local where it has no offset; `UsageError` names the option."""
        try:
            found = datetime.fromisoformat(text.strip())
            if found.year not in YEARS:
                raise ValueError(text)
            if found.tzinfo is None:
                found = found.replace(tzinfo=self.zone)
            return found.astimezone(UTC)
        except (ValueError, OverflowError):
            raise UsageError(
                msg(
                    "{option}: “{text}” is not a time like 2024-06-03T09:00+08:00",
                    option=option,
                    text=text,
                ),
                field=option.lstrip("-"),
            ) from None

    @property
    def clock(self) -> Callable[[], datetime]:
        """The present, or the time of ``--now``."""
        fixed = self.fixed_now
        return system_clock if fixed is None else lambda: fixed

    def need_database(self) -> None:
        """Refuse to make a file by looking at it."""
        path = self.sqlite_path
        if path is not None and not path.exists():
            raise NotFound(
                msg("There is no database {place}; `crm-tui db init` makes it", place=str(path)),
                code="no_database",
            )

    def open(self) -> "Services":
        """The services alone; nobody has come in yet."""
        if self._services is None:
            path = self.sqlite_path
            if path is not None:
                if self.fixed_now is not None and not (self.args.allow_now or path.exists()):
                    raise only_looks()
                path.parent.mkdir(parents=True, exist_ok=True)
            self._services = open_services(
                self.url,
                key_file=self.key_file,
                files=self.files,
                rules=self.settings.rules,
                clock=self.clock,
            )
            if self.fixed_now is not None:
                self._guard(self._services, self.fixed_now)
        return self._services

    def _guard(self, services: "Services", now: datetime) -> None:
        """Refuse writes at a fixed time where they would spoil a record of real work (design 4.9)."""
        last = services.last_event_at()
        allowed = self.args.allow_now or services.is_demo()

        def check(unit: "Unit") -> None:
            if not allowed:
                raise only_looks()
            if last is not None and now < last:
                raise RuleViolation(
                    msg(
                        "--now {now} is before the last event at {last}; nothing can be written there",
                        now=now,
                        last=last,
                    ),
                    code="now_before_last_event",
                )

        services.core.before_commit.insert(0, check)

    def _enter(self) -> None:
        opened = enter(
            self.open(),
            login_name(),
            acting_as=self.args.as_login,
            may_create=self.sqlite_path is not None,
        )
        self._actor = opened.actor

    @property
    def services(self) -> "Services":
        """The services, once it is known who asks."""
        if self._actor is None:
            self._enter()
        return self.open()

    @property
    def actor(self) -> "Actor":
        """Who acts."""
        if self._actor is None:
            self._enter()
        assert self._actor is not None
        return self._actor

    def close(self) -> None:
        """Give back the connections."""
        if self._services is not None:
            self._services.close()
            self._services = None


def only_looks() -> RuleViolation:
    """The refusal of a write at a time that is not the present (design.md 4.9)."""
    return RuleViolation(
        msg("--now only looks: add --allow-now to write, or use a demo database"),
        code="now_read_only",
    )
