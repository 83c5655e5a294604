"""Profiles on small tables: every rule of the mapping, every row accounted for."""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.exchange import profiles
from crm_tui.exchange.profiles.base import (
    Case,
    CustomerRow,
    ImportedCase,
    ImportedEvent,
    Profile,
    Refused,
)
from crm_tui.exchange.profiles.customers import contact, day, money, months, segment
from crm_tui.exchange.profiles.groups import Times, day_first, year_first
from crm_tui.exchange.profiles.servicenow import state_of
from crm_tui.exchange.tabular import Row, open_table
from tests.exchange.conftest import MakeFile


def incident(state: str, at: str, **other: str) -> dict[str, str]:
    """One update of an incident, all on 1 March 2016."""
    return {
        "sys_mod_count": "?",
        "assignment_group": "?",
        "assigned_to": "?",
        "category": "?",
        "number": "INC1",
        "incident_state": state,
        "reopen_count": "0",
        "sys_updated_by": "Updated by 1",
        "sys_updated_at": f"1/3/2016 {at}",
        "opened_at": "1/3/2016 08:00",
        "sys_created_at": "1/3/2016 08:05",
        "caller_id": "Caller 7",
        "priority": "3 - Moderate",
        "contact_type": "Phone",
        "resolved_at": "9/9/2016 00:00",
    } | other


def rows_of(values: Iterable[dict[str, str]]) -> list[Row]:
    """Rows as a table gives them, from line 2."""
    return [Row(line, row) for line, row in enumerate(values, 2)]


def parse(name: str, values: Iterable[dict[str, str]]) -> list[Case | Refused]:
    """What a profile makes of the rows."""
    return list(profiles.get(name).parse(rows_of(values)))


def one(name: str, values: Iterable[dict[str, str]]) -> ImportedCase:
    """The only case the rows make."""
    [case] = parse(name, values)
    assert isinstance(case, ImportedCase)
    return case


def story(events: Sequence[ImportedEvent]) -> list[tuple[str, str]]:
    """Type and state of each event."""
    return [(str(event.type), event.state) for event in events]


def at(text: str) -> datetime.datetime:
    """A time of 1 March 2016 in Shanghai as UTC."""
    return day_first(f"1/3/2016 {text}", profiles.base.SHANGHAI)


def test_profiles_are_found_by_name() -> None:
    for name in profiles.NAMES:
        profile: Profile = profiles.get(name)
        assert profile.name == name
        assert profile.title
    with pytest.raises(ValidationError, match="customers"):
        profiles.get("other")


def test_incident_becomes_its_history() -> None:
    case = one(
        "servicenow-events",
        [
            incident("New", "08:10", assignment_group="Group 1"),
            incident("Active", "08:30", assignment_group="Group 2", assigned_to="Resolver 3"),
            incident("Awaiting Vendor", "09:00", assigned_to="?"),
            incident("Awaiting User Info", "10:00"),
            incident("Resolved", "11:00", category="Category 5"),
            incident("Active", "12:00", reopen_count="1", priority="1 - Critical"),
            incident("Active", "12:30", reopen_count="1", priority="1 - Critical"),
            incident("Closed", "13:00", reopen_count="1", priority="1 - Critical"),
        ],
    )
    assert story(case.events) == [
        ("created", "registered"),
        ("registered", "registered"),
        ("assigned", "registered"),
        ("staff_reply", "registered"),
        ("state", "accepted"),
        ("transferred", "accepted"),
        ("assigned", "accepted"),
        ("state", "waiting_third_party"),
        ("state", "waiting_customer"),
        ("state", "resolved"),
        ("state", "accepted"),
        ("urgency", "accepted"),
        ("activity", "accepted"),
        ("state", "closed"),
    ]
    assert (case.received_at, case.registered_at) == (at("08:00"), at("08:05"))
    assert [event.at for event in case.events[2:4]] == [at("08:10"), at("08:30")]
    assert case.events[9].at == at("11:00")  # never the resolved_at of the last row
    assert case.events[9].fields["category"] == "Category 5"
    assert case.events[10].fields["reopened"] == "1"
    assert case.events[5].fields == {"from": "Group 1", "to": "Group 2", "what": "department"}
    assert (case.urgency, case.kind, case.channel) == ("urgent", "after_sales", "phone")
    assert (case.department_name, case.assignee_name) == ("Group 2", "Resolver 3")
    assert (case.customer_key, case.state) == ("servicenow-events:Caller 7", "closed")
    assert case.lines == tuple(range(2, 10))
    assert {line for event in case.events for line in event.lines} == set(case.lines)
    assert len({event.key for event in case.events}) == len(case.events)
    assert case.raw["incident_state"] == "New"


def test_reopening_without_a_change_of_state_is_an_activity() -> None:
    case = one(
        "servicenow-events",
        [incident("Active", "08:10"), incident("Active", "09:00", reopen_count="1")],
    )
    assert [e.fields.get("reopened") for e in case.events if e.type == "activity"] == ["1"]


def test_first_row_that_is_not_new_is_the_first_response() -> None:
    case = one("servicenow-events", [incident("Resolved", "09:00", sys_created_at="?")])
    assert story(case.events)[2:] == [("staff_reply", "registered"), ("state", "resolved")]
    assert case.registered_at == case.events[2].at == at("09:00")
    assert case.received_at == at("08:00")


def test_unknown_values_stay_text_and_are_counted() -> None:
    case = one(
        "servicenow-events",
        [
            incident("New", "08:10", caller_id="?", priority="?"),
            incident("-100", "08:20", sys_updated_by="?"),
            incident("Strange", "08:30", priority="9"),
        ],
    )
    assert case.customer_key == "servicenow-events:Caller 7"
    assert case.unknown["caller_id", "?"] == 1
    assert case.unknown["incident_state", "-100"] == 1
    assert case.unknown["incident_state", "Strange"] == 1
    assert (case.unknown["priority", "?"], case.unknown["priority", "9"]) == (1, 1)
    assert (case.state, case.urgency) == ("registered", "normal")
    assert "staff_reply" not in [event.type for event in case.events]
    texts = [event.text for event in case.events if event.type == "activity"]
    assert texts == ["?", "-100", "Strange 9"]
    assert case.events[-1].unknown == (("incident_state", "Strange"), ("priority", "9"))
    assert case.events[-2].actor_name == ""
    nobody = one("servicenow-events", [incident("New", "08:10", caller_id="?")])
    assert nobody.customer_key is None


def test_every_other_waiting_state_waits_for_a_third_party() -> None:
    assert state_of("Awaiting Problem") == state_of("Awaiting Godot") == "waiting_third_party"
    assert state_of("-100") is None


def test_times_that_go_back_are_kept_and_reported() -> None:
    case = one(
        "servicenow-events",
        [incident("New", "08:10"), incident("Active", "09:00"), incident("Closed", "08:50")],
    )
    assert case.out_of_order == (4,)
    assert [event.at for event in case.events if event.type == "state"] == [
        at("09:00"),
        at("08:50"),
    ]
    late = one("servicenow-events", [incident("New", "07:00", sys_created_at="?")])
    assert late.out_of_order == (2,)


def test_rows_without_number_or_time_and_scattered_rows_are_refused() -> None:
    found = parse(
        "servicenow-events",
        [
            incident("New", "08:10"),
            incident("Active", "08:20", number="?"),
            incident("Active", "08:20", number=" INC1 "),
            incident("Active", "08:30", sys_updated_at="soon"),
            incident("New", "08:30", number="INC2", sys_updated_at="?"),
            incident("New", "08:40", number="INC3"),
            incident("Closed", "08:50"),
        ],
    )
    assert [item.code for item in found if isinstance(item, Refused)] == [
        "no_number",
        "bad_time",
        "bad_time",
        "not_together",
    ]
    assert [item.row_count for item in found if isinstance(item, ImportedCase)] == [2, 1]


def test_the_same_rows_have_the_same_keys_and_a_grown_log_adds_to_them() -> None:
    start = [incident("New", "08:10"), incident("Active", "08:20"), incident("Active", "08:20")]
    first, again = one("servicenow-events", start), one("servicenow-events", start)
    assert first == again
    later = [row | {"resolved_at": "1/1/2017 00:00", "closed_at": "x"} for row in start]
    grown = one("servicenow-events", [*later, incident("Closed", "09:00")])
    assert grown.source_key == first.source_key
    assert grown.digest != first.digest
    assert [event.key for event in grown.events][: len(first.events)] == [
        event.key for event in first.events
    ]


def activity(name: str, hour: int, **other: str) -> dict[str, str]:
    """One activity of a help desk case."""
    return {
        "Case ID": "Case 1",
        "Activity": name,
        "Resource": "Value 2",
        "Complete Timestamp": f"2010/10/29 {hour}:14:06.000",
        "customer": "Value 3",
        "product": "Value 4",
        "workgroup": "Value 1",
    } | other


def test_help_desk_activities_become_states_or_events() -> None:
    case = one(
        "helpdesk-events",
        [
            activity("Assign seriousness", 8, workgroup="?"),
            activity("Take in charge ticket", 9, workgroup=""),
            activity("Wait", 10),
            activity("Require upgrade", 11),
            activity("Resolve ticket", 12),
            activity("Take in charge ticket", 13, Resource="?"),
            activity("?", 14, product="Value 5"),
            activity("Closed", 15),
        ],
    )
    assert story(case.events) == [
        ("created", "registered"),
        ("registered", "registered"),
        ("activity", "registered"),
        ("staff_reply", "registered"),
        ("state", "accepted"),
        ("assigned", "accepted"),
        ("state", "waiting_third_party"),
        ("assigned", "waiting_third_party"),
        ("activity", "waiting_third_party"),
        ("state", "resolved"),
        ("state", "accepted"),
        ("activity", "accepted"),
        ("state", "closed"),
    ]
    assert case.events[2].text == "Assign seriousness"
    assert case.events[10].fields["reopened"] == "1"
    assert case.events[11].fields["product"] == "Value 5"
    assert (case.subject, case.customer_name) == ("Case 1 · Value 4", "Value 3")
    assert case.unknown["workgroup", "?"] == 1
    refused = parse("helpdesk-events", [activity("Wait", 8, **{"Complete Timestamp": "?"})])
    assert [item.code for item in refused if isinstance(item, Refused)] == ["bad_time"]


def message(**other: str) -> dict[str, str]:
    """One message with its reply."""
    return {
        "留言编号": "1",
        "留言用户": "A1",
        "留言主题": " 路灯 不亮",
        "留言时间": "2019/4/25 9:32:09",
        "留言详情": "\n\t\t\t第一行\n\t\t第二行\u3000\n",
        "答复意见": "已收悉",
        "答复时间": "2019-05-10 14:56:53",
    } | other


def test_message_is_a_complaint_and_its_reply_public() -> None:
    case = one("zh-messages", [message()])
    assert story(case.events) == [
        ("created", "registered"),
        ("registered", "registered"),
        ("customer_message", "registered"),
        ("staff_reply", "registered"),
        ("result_fed_back", "result_fed_back"),
    ]
    assert (case.kind, case.subject, case.description) == (
        "complaint",
        "路灯 不亮",
        "第一行\n第二行",
    )
    assert case.events[3].fields["public"] == "true"
    assert case.events[3].at.isoformat() == "2019-05-10T06:56:53+00:00"
    assert case.received_at.isoformat() == "2019-04-25T01:32:09+00:00"


def test_messages_without_reply_or_with_faults() -> None:
    open_case = one("zh-messages", [message(答复意见=" ", 答复时间="", 留言用户="?")])
    assert (open_case.state, open_case.customer_key) == ("registered", None)
    early = one("zh-messages", [message(答复时间="2019/4/25")])
    assert early.out_of_order == (2,)
    assert early.unknown["答复时间", "2019/4/25"] == 1
    found = parse(
        "zh-messages",
        [
            message(),
            message(),
            message(留言编号=""),
            message(留言编号="2", 留言时间="昨天"),
            message(留言编号="3", 答复时间="?"),
        ],
    )
    codes = [item.code for item in found if isinstance(item, Refused)]
    assert codes == ["number_twice", "no_number", "bad_time", "bad_time"]


TEMPLATE = (
    "客户编号,客户名称,所属行业,决策人(姓名/职位),联系方式,历史合作时长,累计合作金额,核心需求标签,"
    "客户分层,最近合作时间\n"
    "C2024001,A公司,制造业,*总/采购总监,,2年,500万,降本增效+供应链优化,高价值,2024-05-20\n"
    "C2024002,B企业,IT服务,*经理/技术负责人,139XXXX,6个月,80万,系统稳定性+售后支持,潜力,2024-05-15\n"
)
AS_SOURCE_A_PRINTS = TEMPLATE.replace(
    "客户编号,客户名称,所属行业", "客戶(hù)編號,客戶名稱(chēng),所屬(shǔ)行業(yè)"
).replace(
    "联系方式,历史合作时长,累计合作金额", "聯(lián)系方式,曆史合作時(shí)長,累計(jì)合作金額(é)"
)


@pytest.mark.req("R-314", "R-315", "D-42", "D-36")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("text", [TEMPLATE, AS_SOURCE_A_PRINTS], ids=["simplified", "as printed"])
def test_template_customers_map_by_themselves(make: MakeFile, text: str, encoding: str) -> None:
    if encoding == "gbk" and text is not TEMPLATE:
        encoding = "gb18030"
    profile = profiles.get("customers")
    table = open_table(make(text, encoding=encoding), profile.columns)
    first, second = profile.parse(table.rows())
    assert isinstance(first, CustomerRow)
    assert isinstance(second, CustomerRow)
    assert (first.customer_no, first.name, first.industry) == ("C2024001", "A公司", "制造业")
    assert (first.decision_maker_name, first.decision_maker_title) == ("*总", "采购总监")
    assert (first.total_fen, first.cooperation_months) == (500_000_000, 24)
    assert (first.segment, first.need_tags) == ("high_value", ("降本增效", "供应链优化"))
    assert first.last_cooperation_on == datetime.date(2024, 5, 20)
    assert (second.contact, second.cooperation_months) == ({"phone": "139XXXX"}, 6)
    assert (second.total_fen, second.segment) == (80_000_000, "potential")
    assert (first.row_count, first.source_key) == (1, "customers:C2024001")


def test_customers_with_faults_are_refused_with_the_column() -> None:
    found = parse(
        "customers",
        [
            {"客户名称": "甲", "客户编号": "C2024001"},
            {"客户名称": "乙", "客户编号": "c2024001"},
            {"客户名称": " "},
            {"客户名称": "丙", "客户编号": "X1"},
            {"客户名称": "丁", "累计合作金额": "很多"},
            {"客户名称": "戊", "最近合作时间": "2024-13-01"},
            {"客户名称": "己", "客户分层": "特别"},
            {"客户名称": "庚", "历史合作时长": "-2年"},
            {"客户名称": "辛"},
        ],
    )
    codes = [item.code if isinstance(item, Refused) else "" for item in found]
    bad = "bad_value"
    assert codes == ["", "number_twice", "no_name", bad, bad, "bad_date", bad, bad, ""]
    assert "累计合作金额" in str(found[4].reason) if isinstance(found[4], Refused) else False


def test_values_of_customers() -> None:
    assert [money(t) for t in ("", "5,000,000", "¥80萬元", "1.5亿", "０.01")] == [
        None,
        500_000_000,
        80_000_000,
        15_000_000_000,
        1,
    ]
    for text in ("-5", "1.001", "abc", "1e5", "9" * 30):
        with pytest.raises(ValueError):
            money(text)
    assert [months(t) for t in ("", "1年6个月", "2.5年", "3 months")] == [None, 18, 30, 3]
    assert day("2024年5月2日") == day("2024/5/2 00:00:00") == datetime.date(2024, 5, 2)
    assert [segment(t) for t in ("", "高價值客戶", "Churn_risk")] == [
        "",
        "high_value",
        "churn_risk",
    ]
    assert contact("'+86 139 0000 0000") == {"phone": "+86 139 0000 0000"}
    assert contact("a@b.cn") == {"email": "a@b.cn"}
    assert contact("微信 abc") == {"other": "微信 abc"}


def test_times_are_read_in_their_zone_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    zone = profiles.base.SHANGHAI
    assert year_first("2010/10/29 10:14:06.500", zone).isoformat() == (
        "2010-10-29T02:14:06.500000+00:00"
    )
    assert year_first("2024年5月2日", zone).isoformat() == "2024-05-01T16:00:00+00:00"
    monkeypatch.setattr("crm_tui.exchange.profiles.groups._CACHE_LIMIT", 2)
    times = Times(day_first, zone)
    known = [
        times.get(text) for text in ("1/1/2016 00:00", "1/1/2016 00:00", "x", "2/1/0001 00:00")
    ]
    assert known[0] == known[1]
    assert known[2] is None
    assert times.get("1/1/0001 00:00") is None  # before the first day there is in UTC


@pytest.mark.parametrize("name", profiles.NAMES)
def test_rows_that_do_not_fit_the_header_are_refused(make: MakeFile, name: str) -> None:
    profile = profiles.get(name)
    header = ",".join(column.name for column in profile.columns)
    path = make(f"{header}\n" + "x," * 60 + "x\n")
    found = list(profile.parse(open_table(path, profile.columns).rows()))
    assert [item.code for item in found if isinstance(item, Refused)] == ["row_width"]


CELLS = st.sampled_from(
    [
        "",
        "?",
        "-100",
        "1",
        "2",
        "New",
        "Closed",
        "1/3/2016 08:00",
        "2019/4/25",
        "Wait",
        "500万",
        "²",
    ]
) | st.text(max_size=4)


@settings(max_examples=60)
@given(data=st.data(), name=st.sampled_from(profiles.NAMES))
def test_every_row_is_in_one_case_or_refusal(data: st.DataObject, name: str) -> None:
    profile = profiles.get(name)
    columns = [column.name for column in profile.columns]
    rows = rows_of(
        dict(zip(columns, cells, strict=True))
        for cells in data.draw(
            st.lists(st.lists(CELLS, min_size=len(columns), max_size=len(columns)), max_size=6)
        )
    )
    lines: list[int] = []
    for item in profile.parse(rows):
        lines += [item.line] if isinstance(item, Refused) else item.lines
    assert sorted(lines) == [row.line for row in rows]


def test_header_of_another_file_is_refused_for_every_profile(make: MakeFile) -> None:
    path: Path = make("a,b\n1,2\n")
    for name in profiles.NAMES:
        with pytest.raises(DomainError) as caught:
            open_table(path, profiles.get(name).columns)
        assert caught.value.code == "no_header"
