"""Profile customers: the customer template of source A (客户信息基础档案表) as CSV or workbook.

Headers match in simplified or traditional characters, with pinyin inserts and in English
(R-314, R-315, D-42); the stored text keeps the original.
"""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.domain.records.problem import Problem
from crm_tui.domain.records.values import to_date
from crm_tui.exchange.headers import Column, fold, simplify
from crm_tui.exchange.profiles.base import Case, CustomerRow, Refused, digest_of, misfit, refuse
from crm_tui.exchange.tabular import Row

SEGMENTS: Final = {
    "高价值": "high_value",
    "潜力": "potential",
    "普通": "ordinary",
    "流失风险": "churn_risk",
    "highvalue": "high_value",
    "potential": "potential",
    "ordinary": "ordinary",
    "churnrisk": "churn_risk",
}
"""Segment by its folded name without 客户."""

T = TypeVar("T")

_UNITS: Final = {"": 1, "万": 10_000, "亿": 100_000_000}
_MONEY: Final = re.compile(r"¥?(\d[\d,]*(?:\.\d+)?)(万|亿|)(?:元|圆|rmb|cny)?")
_SPAN: Final = re.compile(r"(?:(\d+(?:\.\d+)?)(?:年|years?))?(?:(\d+)(?:个月|月|months?))?")
_NUMBER: Final = re.compile(r"C\d{4}\d{3,}")
_PHONE: Final = re.compile(r"\+?[\dXx*()\s-]{5,}")
_TAGS: Final = re.compile(r"[+＋、,，;；/|]")
_GUARD: Final = re.compile(r"'[=+\-@\t\r＝＋－＠]")

CUSTOMERS: Final = "customers"
"""What keys begin with under either name of the profile."""
_NO: Final = "客户编号"
_NAME: Final = "客户名称"
_INDUSTRY: Final = "所属行业"
_MAKER: Final = "决策人"
_CONTACT: Final = "联系方式"
_DURATION: Final = "历史合作时长"
_TOTAL: Final = "累计合作金额"
_TAG: Final = "核心需求标签"
_SEGMENT: Final = "客户分层"
_LAST: Final = "最近合作时间"


def money(text: str) -> int | None:
    """Fen of ``500万``, ``5,000,000`` or ``80万元`` (D-36); None if empty, else ValueError."""
    plain = "".join(simplify(text).split())
    if not plain:
        return None
    found = _MONEY.fullmatch(plain)
    if found is None:
        raise ValueError(text)
    fen = Decimal(found[1].replace(",", "")) * _UNITS[found[2]] * 100
    if fen != fen.to_integral_value() or fen >= 10**17:
        raise ValueError(text)
    return int(fen)


def months(text: str) -> int | None:
    """Months of ``2年``, ``6个月``, ``1年6个月``; None if empty, ValueError if unreadable."""
    plain = "".join(simplify(text).split())
    if not plain:
        return None
    found = _SPAN.fullmatch(plain)
    if found is None or (whole := Decimal(found[1] or 0) * 12 + int(found[2] or 0)) > 2400:
        raise ValueError(text)
    return int(whole)


def day(text: str) -> datetime.date | None:
    """The day of ``2024-05-20``, ``2024/5/20``, ``２０２４年5月20日``; None if empty, or `Problem`."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return to_date(plain) if plain else None


def segment(text: str) -> str:
    """The segment value of 高价值客户, 高價值 or high_value; empty stays so, else ValueError."""
    plain = fold(text).removesuffix("客户")
    if plain and plain not in SEGMENTS:
        raise ValueError(text)
    return SEGMENTS.get(plain, "")


def contact(text: str) -> dict[str, str]:
    """What kind of contact detail ``text`` is: ``phone``, ``email`` or ``other``."""
    plain = text.strip()
    if _GUARD.match(plain):
        plain = plain[1:]  # our own export put the apostrophe before it
    if not plain:
        return {}
    if "@" in plain and " " not in plain:
        return {"email": plain}
    return {"phone": plain} if _PHONE.fullmatch(plain) else {"other": plain}


def _read(row: Row, column: str, reader: Callable[[str], T], example: str) -> T:
    text = row.values.get(column, "")
    try:
        return reader(text)
    except Problem as problem:
        reason = Msg(problem.message.msgid, {**problem.message.params, "field": column})
        raise ValidationError(reason, code=problem.code, field=column) from problem
    except (ValueError, OverflowError) as error:
        raise ValidationError(
            msg(
                "{column}: {value} cannot be read; write it like {example}",
                column=column,
                value=repr(text[:40]),
                example=example,
            ),
            code="bad_value",
            field=column,
        ) from error


@dataclass(frozen=True, slots=True)
class Customers:
    """The profile."""

    name: str = "customers"
    title: str = N_("Customer master file (template)")
    columns: tuple[Column, ...] = (
        Column(_NO, ("编号", "customer no", "customer number"), required=False),
        Column(_NAME, ("名称", "客户", "customer name", "name")),
        Column(_INDUSTRY, ("行业", "industry"), required=False),
        Column(
            _MAKER,
            ("决策人(姓名/职位)", "决策人姓名/职位", "联系人", "decision maker"),
            required=False,
        ),
        Column(_CONTACT, ("联系电话", "电话", "手机", "contact", "phone"), required=False),
        Column(_DURATION, ("合作时长", "cooperation duration"), required=False),
        Column(
            _TOTAL,
            ("合作金额", "累计合作金额(元)", "累计金额", "total amount"),
            required=False,
        ),
        Column(_TAG, ("需求标签", "标签", "tags"), required=False),
        Column(_SEGMENT, ("分层", "客户分类", "segment"), required=False),
        Column(_LAST, ("最近合作日期", "last cooperation"), required=False),
    )

    def parse(self, rows: Iterable[Row]) -> Iterator[Case | Refused]:
        """One customer per row; refuses rows without name, with bad values or a number twice."""
        seen: set[str] = set()
        for row in rows:
            if row.problem is not None:
                yield misfit(row, row.problem)
                continue
            try:
                customer = self._customer(row)
            except ValidationError as error:
                yield refuse(row, error.message, error.code)
                continue
            if customer.source_key in seen:
                number = customer.customer_no or customer.name
                reason = msg("The number {number} stands in the file twice", number=number)
                yield refuse(row, reason, "number_twice")
                continue
            seen.add(customer.source_key)
            yield customer

    def _customer(self, row: Row) -> CustomerRow:
        values = row.values
        name = values[_NAME].strip()
        if not name:
            raise ValidationError(
                msg("{column} is empty: a customer needs a name", column=_NAME),
                code="no_name",
                field=_NAME,
            )
        number = unicodedata.normalize("NFKC", values.get(_NO, "")).strip().upper()
        if number and not _NUMBER.fullmatch(number):
            raise ValidationError(
                msg(
                    "{column}: {value} cannot be read; write it like {example}",
                    column=_NO,
                    value=repr(number[:40]),
                    example="C2024001",
                ),
                code="bad_value",
                field=_NO,
            )
        who, _, title = values.get(_MAKER, "").replace("／", "/").partition("/")
        total = _read(row, _TOTAL, money, "500万")
        duration = _read(row, _DURATION, months, "2年, 6个月")
        last = _read(row, _LAST, day, "2024-05-20")
        level = _read(row, _SEGMENT, segment, "高价值, 潜力, 普通, 流失风险")
        tags = [tag.strip() for tag in _TAGS.split(values.get(_TAG, ""))]
        return CustomerRow(
            source_key=f"{CUSTOMERS}:{number or fold(name)}",
            digest=digest_of(*[part for pair in values.items() for part in pair]),
            customer_no=number or None,
            name=name,
            industry=values.get(_INDUSTRY, "").strip(),
            decision_maker_name=who.strip(),
            decision_maker_title=title.strip(),
            contact=contact(values.get(_CONTACT, "")),
            cooperation_months=duration,
            total_fen=total,
            need_tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
            segment=level,
            last_cooperation_on=last,
            lines=(row.line,),
            raw=values,
        )


PROFILE: Final = Customers()
TEMPLATE: Final = Customers("template-customer")
"""The same under the name of its template, beside the four others."""
