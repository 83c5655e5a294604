"""Quick find on both engines: what is typed on the phone, in every spelling, and what it costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, update

from crm_tui.db.readings import beginnings, readings
from crm_tui.db.schema.customers import customer
from crm_tui.services.reindex import reindex
from tests.services.conftest import Desk


def found(desk: Desk, text: str, login: str = "ana", **more: Any) -> list[tuple[str, int]]:
    return [(f.kind, f.id) for f in desk.services.find.find(text, actor=desk.actor(login), **more)]


def named(desk: Desk, name: str, **data: Any) -> int:
    return desk.services.customers.create({"name": name, **data}, actor=desk.actor("ana"))


@contextmanager
def statements(desk: Desk) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the store, transactions aside."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _k: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append((statement, parameters))

    event.listen(desk.core.engine, "before_cursor_execute", note)
    yield sent
    event.remove(desk.core.engine, "before_cursor_execute", note)


SPELLINGS = (
    "13912340001",
    "+8613912340001",
    "+86 139 1234 0001",
    "0086-139-1234-0001",
    "139-1234-0001",
    "(139) 1234 0001",
    "139.1234.0001",
    "１３９１２３４０００１",
    "139\u20131234\u20130001",
    "tel:+86-139-1234-0001",
    " 0001 ",
)


@pytest.mark.req("R-005")
@pytest.mark.parametrize("text", SPELLINGS)
def test_a_phone_finds_its_customer_in_every_spelling(desk: Desk, text: str) -> None:
    other = named(desk, "B企业")
    made = desk.customer()
    assert found(desk, text) == [("customer", made)]
    assert ("customer", other) not in found(desk, text)
    assert found(desk, "13912340002") == []


def test_an_e_mail_or_document_finds_its_customer_exactly(desk: Desk) -> None:
    made = desk.customer()
    key = desk.services.contacts.ids_of(made, actor=desk.actor("ana"))[0]
    document = "11010519491231002X"
    desk.services.contacts.change(key, {"id_document_no": document}, actor=desk.actor("root")).one()
    for text in ("w@example.com", "W@Example.com ", document, document.lower()):
        assert found(desk, text) == [("customer", made)], text
    for text in ("v@example.com", "110105194912310021"):
        assert found(desk, text) == [], text


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("长宁新材料股份公司", "cn cnx cnxcl changning 新材 长宁 料 xcl gfgs"),
        ("重庆银行", "cqyh chongqingyinhang yh qy 银行"),
        ("上海曾伟强有限公司", "zwq cwq zengwei shzwq 伟强 强"),
        ("吕氏绿地", "lvshi lushi lyushi lsld 绿"),
        ("金桥 Logistics GmbH", "jq jqlog log jinqiaolog 金 GMBH"),
        ("A公司", "ags a公司 gs A"),
        ("華為產(chǎn)品部", "华为 hw 产品 產品 華 cp"),
        ("ｶﾌｪ Ｔｏｋｙｏ", "tokyo カフェ"),
        ("Müller & Söhne", "müller söh"),
        ("一二三四五六七八九十甲乙丙", "sswlqbjs 甲乙 yes"),
    ],
)
@pytest.mark.req("R-315")
def test_a_name_is_found_by_any_part_and_by_pinyin(desk: Desk, name: str, typed: str) -> None:
    made = named(desk, name)
    named(desk, "Northwind")
    for text in typed.split():
        assert found(desk, text) == [("customer", made)], text


@pytest.mark.req("R-315")
def test_traditional_characters_and_pinyin_inserts_find_tickets(desk: Desk) -> None:
    made = desk.ticket(subject="产品质量问题")
    for text in ("產(chǎn)品", "產品", "产品(pǐn)质", "質量"):
        assert found(desk, text) == [("ticket", made)], text
    assert found(desk, "品产") == []


def test_exact_first_then_what_begins_so_then_the_rest_newest_first(desk: Desk) -> None:
    exact = named(desk, "东湖")
    begins = [named(desk, "东湖软件"), named(desk, "东湖电子")]
    part = named(desk, "新东湖")
    ticket = desk.ticket(subject="东湖停电")
    order = [exact, *reversed(begins), part]
    assert found(desk, "东湖") == [*(("customer", i) for i in order), ("ticket", ticket)]
    assert found(desk, "donghu")[-1] == ("customer", part)
    assert found(desk, "dh", limit=2) == [("customer", i) for i in reversed(begins)]


def test_many_customers_do_not_hide_tickets_nor_a_ticket_its_number(desk: Desk) -> None:
    for number in range(9):
        named(desk, f"T{number} 打印 1")
    first, second = desk.ticket(subject="打印机卡纸"), desk.ticket(subject="打印机冒烟")
    hits = found(desk, "打印", limit=8)
    assert len(hits) == 8
    assert hits[-2:] == [("ticket", second), ("ticket", first)]
    assert found(desk, "T-1", limit=4)[0] == ("ticket", first)
    assert found(desk, "t2", limit=4)[0] == ("ticket", second)
    assert found(desk, "1", limit=4)[0] == ("ticket", first)


def test_a_customer_is_found_by_its_number(desk: Desk) -> None:
    made = desk.customer()
    for text in ("C2024001", "c2024001", "2024001", "C2024"):
        assert found(desk, text) == [("customer", made)], text
    assert found(desk, "C2024002") == []


@pytest.mark.parametrize(
    "text",
    ["", " ", "%", "'", '"', "*", "a*", "\x00", "(", "NEAR", "t-", "🙂", "x" * 999],
)
def test_whatever_is_typed_gets_an_answer(desk: Desk, text: str) -> None:
    desk.customer(name="东湖")
    assert found(desk, text) == []


def test_an_archived_customer_is_not_found(desk: Desk) -> None:
    made = desk.customer(name="东湖")
    with desk.core.engine.begin() as conn:
        conn.execute(update(customer).where(customer.c.id == made).values(archived=True))
    assert found(desk, "东湖") == []


def test_the_index_filled_again_finds_the_same(desk: Desk) -> None:
    made = desk.customer(name="长宁新材料")
    ticket = desk.ticket(subject="打印机冒烟", customer_id=made)
    reindex(desk.core)
    assert found(desk, "cnx") == found(desk, "王总") == [("customer", made)]
    assert found(desk, "冒烟") == [("ticket", ticket)]


def test_a_viewer_sees_who_it_is_and_no_phone(desk: Desk) -> None:
    made = desk.customer()
    hits = desk.services.find.find("0001", actor=desk.actor("vic"))
    assert [(h.id, h.title, h.detail) for h in hits] == [
        (made, "A公司", "C2024001 C 王总/采购总监")
    ]


@pytest.mark.parametrize(
    "text", ["东湖", "dh", "龘龘", "no such name", "2024", "+86 139 1234 0001"]
)
def test_a_look_up_costs_few_statements_all_on_an_index(desk: Desk, text: str) -> None:
    desk.customer(name="东湖软件")
    desk.ticket(subject="东湖停电")
    ana = desk.actor("ana")
    with statements(desk) as sent:
        desk.services.find.find(text, actor=ana)
    assert len(sent) <= 4
    with desk.core.engine.connect() as conn:
        sqlite = conn.dialect.name == "sqlite"
        if not sqlite:
            # A table of two rows is read whole, whatever its indexes.
            conn.exec_driver_sql("SET enable_seqscan = off")
        for statement, parameters in sent:
            explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
            plan = [str(r[-1]) for r in conn.exec_driver_sql(explain + statement, parameters)]
            tables = ("SCAN customer", "SCAN contact", "SCAN ticket", "Seq Scan")
            assert not [line for line in plan if any(t in line for t in tables)], plan


def test_readings_follow_the_word_and_stay_small() -> None:
    assert "chongqingyin" in readings("重庆银行")
    assert not any(t.startswith("chongqingyin") for t in readings("重量银行"))
    assert all(len(t) <= 12 for t in readings("上海东湖明远医疗器械股份有限公司"))
    assert sum(map(len, readings("上海东湖明远医疗器械股份有限公司"))) < 700
    assert readings("Northgate") == beginnings("Northgate") == []
