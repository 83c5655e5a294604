"""Profiles of orders: invoices by line (online-retail) and one order a row (cdnow).

Amounts have no currency in these files and are taken as yuan. What an order is worth is reckoned in
exact decimals and becomes whole fen once, for the whole order.

Of online-retail: the lines of an invoice are one order. An invoice whose number begins with C gives money
back: a credit note. One that begins with A adjusts the seller's books and is refused. Postage, discounts,
bank charges and the like are money on the invoice and no goods: they count towards the amount, neither
towards the quantity nor as products. An invoice without a customer is an order without one.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.exchange.headers import Column
from crm_tui.exchange.profiles.base import (
    Case,
    OrderRow,
    Refused,
    digest_of,
    misfit,
    refuse,
    too_long,
)
from crm_tui.exchange.profiles.groups import YEARS, grouped
from crm_tui.exchange.tabular import Row

CHARGES: Final = frozenset(
    {
        "POST",
        "DOT",
        "M",
        "D",
        "C2",
        "S",
        "B",
        "CRUK",
        "AMAZONFEE",
        "BANK CHARGES",
    }
)
"""Codes of what is no goods: postage, manual entries, discounts, carriage, fees, samples, bad debt."""
MOST_FEN: Final = 10**15
MOST_PIECES: Final = 2**31 - 1
MOST_NUMBER: Final = 60
"""Characters of an order's number."""
REMARK: Final = 2_000
"""Characters of the lines that an order keeps."""


def bad_value(column: str, value: str, example: str) -> ValidationError:
    """The sentence for a cell that cannot be read."""
    return ValidationError(
        msg(
            "{column}: {value} cannot be read; write it like {example}",
            column=column,
            value=repr(value[:40]),
            example=example,
        ),
        code="bad_value",
        field=column,
    )


def number(values: dict[str, str], column: str, example: str) -> Decimal:
    """A cell as a finite decimal of sensible size."""
    text = values[column].strip()
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise bad_value(column, text, example) from None
    if not found.is_finite() or abs(found) >= 10**13 or int(found.as_tuple().exponent) < -12:
        raise bad_value(column, text, example)
    return found


def day(values: dict[str, str], column: str, form: str, example: str) -> datetime.date:
    """A cell as a day; what follows a blank is left out."""
    text = values[column].strip()
    try:
        found = datetime.datetime.strptime(text.partition(" ")[0], form).date()
    except ValueError:
        raise bad_value(column, text, example) from None
    if found.year not in YEARS:
        raise bad_value(column, text, example)
    return found


def fen_of(yuan: Decimal) -> tuple[int, bool]:
    """Whole fen, halves upwards, and whether that changed the amount."""
    fen = yuan * 100
    whole = fen.to_integral_value(ROUND_HALF_UP)
    return int(whole), whole != fen


def sign_refusal(amount_fen: int, credit_note: bool) -> tuple[Msg, str] | None:
    """Why an amount has the wrong sign."""
    if credit_note and amount_fen > 0:
        return msg("The amount of a credit note is not above zero"), "credit_above_zero"
    if not credit_note and amount_fen < 0:
        reason = msg("The amount is below zero; money given back is a credit note")
        return reason, "amount_below_zero"
    return None


_INVOICE: Final = "InvoiceNo"
_CODE: Final = "StockCode"
_TEXT: Final = "Description"
_PIECES: Final = "Quantity"
_DATE: Final = "InvoiceDate"
_PRICE: Final = "UnitPrice"
_CUSTOMER: Final = "CustomerID"
_COUNTRY: Final = "Country"


@dataclass(frozen=True, slots=True)
class OnlineRetail:
    """The profile of invoices by line."""

    name: str = "online-retail"
    title: str = N_("Invoices by line (online retail)")
    columns: tuple[Column, ...] = (
        Column(_INVOICE, ("Invoice", "invoice no")),
        Column(_CODE),
        Column(_TEXT, required=False),
        Column(_PIECES),
        Column(_DATE),
        Column(_PRICE, ("Price",)),
        Column(_CUSTOMER, ("Customer ID",)),
        Column(_COUNTRY, required=False),
    )

    def parse(self, rows: Iterable[Row]) -> Iterator[Case | Refused]:
        """One order an invoice; a row that cannot be read takes its whole invoice with it."""
        for item in grouped(rows, _INVOICE):
            if isinstance(item, Refused):
                yield item
            else:
                yield from self._invoice(item)

    def _invoice(self, rows: list[Row]) -> Iterator[Case | Refused]:
        invoice = rows[0].values[_INVOICE].strip()
        if len(invoice) > MOST_NUMBER:
            yield from (
                refuse(row, too_long(_INVOICE, MOST_NUMBER), "number_too_long") for row in rows
            )
            return
        if invoice[:1].upper() == "A":
            reason = msg("{number} adjusts the seller's books and is no order", number=invoice)
            yield from (refuse(row, reason, "adjustment") for row in rows)
            return
        try:
            order = self._order(invoice, rows)
        except ValidationError as error:
            # Half an invoice would be a wrong amount.
            yield from (refuse(row, error.message, error.code) for row in rows)
            return
        wrong = sign_refusal(order.amount_fen, order.credit_note)
        if wrong is not None:
            yield from (refuse(row, *wrong) for row in rows)
            return
        yield order

    def _order(self, invoice: str, rows: list[Row]) -> OrderRow:
        first = rows[0].values
        customer = first[_CUSTOMER].strip()
        ordered_on = day(first, _DATE, "%Y-%m-%d", "2010-12-01 08:45:00")
        yuan, pieces = Decimal(0), Decimal(0)
        codes: list[str] = []
        told: list[str] = []
        notes: list[str] = []
        for row in rows:
            values = row.values
            if values[_CUSTOMER].strip() != customer:
                raise ValidationError(
                    msg("{number} names several customers", number=invoice),
                    code="several_customers",
                    field=_CUSTOMER,
                )
            code = values[_CODE].strip()
            quantity = number(values, _PIECES, "6")
            yuan += quantity * number(values, _PRICE, "2.55")
            if code.upper() in CHARGES:
                notes.append("charge")
            else:
                pieces += quantity
                codes.append(code)
            told.append(f"{quantity} × {code} {values.get(_TEXT, '').strip()}".rstrip())
        amount_fen, rounded = fen_of(yuan)
        if abs(amount_fen) > MOST_FEN or abs(pieces) > MOST_PIECES:
            raise bad_value(_PIECES, str(pieces), "6")
        notes += ["rounded"] if rounded else []
        notes += [] if customer else ["no_customer"]
        return OrderRow(
            source_key=f"{self.name}:{invoice}",
            digest=digest_of(*[cell for row in rows for cell in row.values.values()]),
            number=invoice,
            customer_key=customer or None,
            customer_name=f"Online Retail {customer}",
            region=first.get(_COUNTRY, "").strip(),
            ordered_on=ordered_on,
            amount_fen=amount_fen,
            quantity=max(1, int(abs(pieces))),
            credit_note=invoice[:1].upper() == "C",
            products=tuple(dict.fromkeys(codes)),
            remark="\n".join(told)[:REMARK],
            notes=tuple(notes),
            lines=tuple(row.line for row in rows),
            raw=first,
            rows=tuple(row.values for row in rows),
        )


@dataclass(frozen=True, slots=True)
class Cdnow:
    """The profile of one order a row."""

    name: str = "cdnow"
    title: str = N_("Orders, one a row (CDNOW)")
    columns: tuple[Column, ...] = (
        Column("customer_id"),
        Column("date"),
        Column("quantity"),
        Column("amount"),
    )

    def parse(self, rows: Iterable[Row]) -> Iterator[Case | Refused]:
        """One order a row; rows that are equal are orders of their own, told apart by their count."""
        equal: Counter[str] = Counter()
        for row in rows:
            if row.problem is not None:
                yield misfit(row, row.problem)
                continue
            try:
                yield self._order(row, equal)
            except ValidationError as error:
                yield refuse(row, error.message, error.code)

    def _order(self, row: Row, equal: Counter[str]) -> OrderRow:
        values = row.values
        customer = values["customer_id"].strip()
        ordered_on = day(values, "date", "%Y%m%d", "19970101")
        pieces = number(values, "quantity", "2")
        if pieces != pieces.to_integral_value() or not 1 <= pieces <= MOST_PIECES:
            raise bad_value("quantity", values["quantity"], "2")
        amount_fen, rounded = fen_of(number(values, "amount", "11.77"))
        wrong = sign_refusal(amount_fen, False)
        if wrong is not None:
            raise ValidationError(wrong[0], code=wrong[1], field="amount")
        same = f"{customer}:{ordered_on:%Y%m%d}:{pieces}:{amount_fen}"
        equal[same] += 1
        key = f"{same}:{equal[same]}"
        if len(key) + len("CDNOW-") > MOST_NUMBER:
            raise ValidationError(
                too_long("customer_id", 20), code="number_too_long", field="customer_id"
            )
        notes = (("rounded",) if rounded else ()) + (() if customer else ("no_customer",))
        return OrderRow(
            source_key=f"{self.name}:{key}",
            digest=digest_of(*values.values()),
            number=f"CDNOW-{key}",
            customer_key=customer or None,
            customer_name=f"CDNOW {customer}",
            region="",
            ordered_on=ordered_on,
            amount_fen=amount_fen,
            quantity=int(pieces),
            credit_note=False,
            notes=notes,
            lines=(row.line,),
            raw=values,
        )


ONLINE_RETAIL: Final = OnlineRetail()
CDNOW: Final = Cdnow()
