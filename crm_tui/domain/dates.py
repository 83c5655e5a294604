"""Dates and stretches of time as people type them, in both languages (ux.md 3.9)."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from crm_tui.domain.business_time import Calendar, wall_instant, zone_named
from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg

END_OF_DAY: Final = time(18, 0)
_UNITS: Final = {"m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_ZH_UNITS: Final = {
    "分钟": "m",
    "分": "m",
    "小时": "h",
    "个小时": "h",
    "天": "d",
    "周": "w",
    "星期": "w",
}
_ZH_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "十": 10}
_WEEKDAYS: Final = {
    **{w: i for i, w in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
    **{w: i for i, w in enumerate("一二三四五六日")},
    "天": 6,
}
_TIME: Final = re.compile(
    r"(上午|下午|晚上|早上|中午)?\s*(\d{1,2}|[一二三四五六七八九十两]{1,3})(?:[:：](\d{2})|点(半|(\d{1,2})分?)?)?\s*(am|pm)?"
)
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(min|m|h|d|w)")


def refuse_date(text: str) -> ValidationError:
    """The sentence for a date that cannot be read."""
    return ValidationError(
        msg(
            "“{text}” is not a time like 2024-06-03 14:00, +2d, fri 17:00, 明天下午5点",
            text=text[:40],
        ),
        field="due",
        code="bad_date",
    )


def duration(text: str) -> timedelta:
    """``90m``, ``1h30m``, ``2d``, ``2小时``; raises `ValidationError` for anything else."""
    plain = text.strip().lower().replace(" ", "")
    for word, unit in sorted(_ZH_UNITS.items(), key=lambda p: -len(p[0])):
        plain = plain.replace(word, unit)
    total, at = 0.0, 0
    for found in _DURATION.finditer(plain):
        if found.start() != at:
            break
        total += float(found.group(1)) * _UNITS[found.group(2)]
        at = found.end()
    if not plain or at != len(plain) or total > 4e9:
        raise ValidationError(
            msg("“{text}” is not a stretch of time like 90m, 1h30m or 2d", text=text[:40]),
            code="bad_duration",
        )
    return timedelta(seconds=total)


def day_of(text: str, today: date) -> date | None:
    """The date of ``today``, ``明天``, ``fri``, ``下周一``, ``月底``, ``2024-06-03``; None if it is none."""
    word = text.strip().lower()
    fixed = {
        "today": 0,
        "今天": 0,
        "tomorrow": 1,
        "明天": 1,
        "后天": 2,
        "大后天": 3,
        "yesterday": -1,
        "昨天": -1,
        "前天": -2,
    }
    try:
        if word in fixed:
            return today + timedelta(days=fixed[word])
        if word in ("eom", "月底"):
            first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
            return first - timedelta(days=1)
        week = re.fullmatch(r"(下+|这|本)?(?:周|星期|礼拜)([一二三四五六日天])", word)
        if week is not None:
            monday = today - timedelta(days=today.weekday())
            day = _WEEKDAYS[week.group(2)]
            ahead = len(week.group(1)) if (week.group(1) or "").startswith("下") else 0
            found = monday + timedelta(days=day + 7 * ahead)
            return found + timedelta(days=7) if not week.group(1) and found < today else found
        if word[:3] in _WEEKDAYS and word.isascii() and word.isalpha():
            ahead = (_WEEKDAYS[word[:3]] - today.weekday()) % 7
            return today + timedelta(days=ahead or 7)
        chinese = re.fullmatch(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]?", word)
        if chinese is not None:
            year = int(chinese.group(1) or today.year)
            return date(year, int(chinese.group(2)), int(chinese.group(3)))
        return date.fromisoformat(word.replace("/", "-"))
    except (ValueError, OverflowError):
        return None


def _hour(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text == "十":
        return 10
    if text.startswith("十"):
        return 10 + _ZH_DIGITS[text[1]]
    return _ZH_DIGITS.get(text, 99) if len(text) == 1 else 99


def time_of(text: str) -> time | None:
    """The time of ``14:00``, ``5pm``, ``下午5点``, ``九点半``, ``eod``; None if it is none."""
    word = text.strip().lower()
    if word in ("eod", "下班"):
        return END_OF_DAY
    found = _TIME.fullmatch(word)
    if found is None:
        return None
    part, hours, minutes, half, more, meridiem = found.groups()
    if not (part or minutes or meridiem or "点" in word):
        return None
    hour = _hour(hours)
    minute = int(minutes or more or (30 if half == "半" else 0))
    if (part in ("下午", "晚上") or meridiem == "pm") and hour < 12:
        hour += 12
    if meridiem == "am" and hour == 12:
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def resolve(
    text: str,
    now: datetime,
    zone_name: str,
    calendar: Calendar | None = None,
    *,
    past: bool = False,
) -> datetime:
    """The instant that ``text`` means at ``now``; a bare date is its close of business at 18:00.

    ``past`` reads a bare time as the last such time and a stretch as one ago. ``+3bd`` counts working
    days of ``calendar``. Raises `ValidationError` with code ``bad_date``.
    """
    zone = zone_named(zone_name)
    local = now.astimezone(zone)
    word = text.strip()
    working = re.fullmatch(r"\+(\d{1,4})bd", word.lower())
    if working is not None and calendar is not None:
        return calendar.add_working_days(now, int(working.group(1)))
    if word.startswith(("+", "-")):
        try:
            step = duration(word[1:])
            return now + (-step if word[0] == "-" or past else step)
        except (ValidationError, OverflowError):
            raise refuse_date(text) from None
    try:
        iso = datetime.fromisoformat(word)
        if len(word) > 10:
            return iso if iso.tzinfo is not None else wall_instant(iso, zone)
    except ValueError:
        pass
    only = time_of(word)
    if only is not None:
        found = wall_instant(datetime.combine(local.date(), only), zone)
        return found - timedelta(days=1) if past and found > now else found
    for split in range(len(word), 0, -1):
        day = day_of(word[:split], local.date())
        if day is None:
            continue
        rest = word[split:].strip()
        at = time_of(rest) if rest else END_OF_DAY
        if at is not None:
            return wall_instant(datetime.combine(day, at), zone)
    raise refuse_date(text)
