"""Reading tables: encodings, delimiters, headers, damage."""

import gzip
import io
import tempfile
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm_tui.domain.errors import DomainError, NotFound, Unavailable
from crm_tui.exchange import encodings, records, workbooks
from crm_tui.exchange.headers import Column, fold, match, unique
from crm_tui.exchange.sources import as_domain_error
from crm_tui.exchange.tabular import Row, open_table
from tests.exchange.conftest import MakeFile

TEXT = "留言编号,留言用户,留言主题\r\n1,甲,路灯不亮\r\n2,乙,噪音扰民\r\n"
COLUMNS = (Column("留言编号", ("number",)), Column("留言用户"), Column("留言主题", required=False))


def code_of(path: Path, *columns: Column, **options: str) -> str:
    """The code of the refusal that reading the whole file gives."""
    with pytest.raises(DomainError) as caught:
        list(open_table(path, columns, **options).rows())  # type: ignore[arg-type]
    return caught.value.code


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
    ],
)
def test_encoding_is_found(make: MakeFile, written: str, read: str) -> None:
    table = open_table(make(TEXT, encoding=written), COLUMNS)
    assert table.encoding == read
    assert list(table.rows()) == [
        Row(2, {"留言编号": "1", "留言用户": "甲", "留言主题": "路灯不亮"}),
        Row(3, {"留言编号": "2", "留言用户": "乙", "留言主题": "噪音扰民"}),
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark_is_found_by_its_zeros(make: MakeFile, encoding: str) -> None:
    table = open_table(make("number,name\n1,Ann\n2,Bob\n", encoding=encoding))
    assert (table.encoding, table.columns) == (encoding, ("number", "name"))


def test_utf8_that_turns_up_late_is_not_missed(make: MakeFile) -> None:
    late = "a,b\n" + "x,y\n" * (encodings.CHUNK // 2) + "中文,路灯\n"
    assert open_table(make(late, encoding="gb18030")).encoding == "gb18030"
    assert open_table(make(late)).encoding == "utf-8"


def test_big5_is_refused_until_it_is_named(make: MakeFile) -> None:
    path = make("編號,名稱\n1,開放時間與景點管理權責單位\n" * 5, encoding="big5")
    assert code_of(path) == "unknown_encoding"
    assert open_table(path, encoding="big5").columns == ("編號", "名稱")


def test_wrong_and_unknown_encoding_names_are_refused(make: MakeFile) -> None:
    path = make(TEXT, encoding="gbk")
    assert code_of(path, encoding="utf-8") == "wrong_encoding"
    assert code_of(path, encoding="base64") == "unknown_encoding_name"
    assert code_of(path, encoding="no\0such") == "unknown_encoding_name"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(make: MakeFile, delimiter: str) -> None:
    path = make(TEXT.replace(",", delimiter))
    assert open_table(path, COLUMNS).delimiter == delimiter
    assert open_table(path).delimiter == delimiter


def test_delimiter_may_be_named(make: MakeFile) -> None:
    assert open_table(make("a:b\n1:2\n"), delimiter=":").columns == ("a", "b")
    assert code_of(make("a:b\n1:2\n"), delimiter="::") == "bad_delimiter"
    named_in_file = open_table(make("sep=:\na:b\n1:2\n"))
    assert [row.values for row in named_in_file.rows()] == [{"a": "1", "b": "2"}]


def test_titles_above_the_header_are_passed_over(make: MakeFile) -> None:
    table = open_table(make("客户留言汇总\n\n2024年,,\n" + TEXT), COLUMNS)
    assert (table.header_line, next(table.rows()).line) == (4, 5)


def test_missing_header_and_columns_name_what_is_expected(make: MakeFile) -> None:
    path = make("1,2,3\n4,5,6\n")
    with pytest.raises(DomainError) as caught:
        open_table(path, COLUMNS)
    assert caught.value.code == "no_header"
    assert "留言编号, 留言用户" in str(caught.value)
    assert code_of(path) == "no_header"
    with pytest.raises(DomainError) as caught:
        open_table(make("留言编号,留言主题\n1,x\n"), COLUMNS)
    assert caught.value.code == "missing_columns"
    assert "留言用户" in str(caught.value)


def test_columns_match_in_every_form() -> None:
    assert fold("產(chǎn)品 名稱：") == "产品名称"
    assert fold("客戶_編號") == fold("客户编号") == fold("\ufeff客 户 编 号")
    assert fold("ＮＡＭＥ") == "name"
    assert fold("联系(lián)方式") == "联系方式"
    columns = (Column("b"), Column("a", ("x",)))
    assert match(["X", "b", "B"], columns) == {0: columns[1], 1: columns[0]}
    assert unique(["a", "", "a", " a "]) == ("a", "#2", "a (2)", "a (3)")


def test_equal_and_nameless_headers_get_their_own_keys(make: MakeFile) -> None:
    table = open_table(make("留言编号,留言用户,留言用户,\n1,甲,乙,丙\n"), COLUMNS)
    assert next(table.rows()).values == {
        "留言编号": "1",
        "留言用户": "甲",
        "留言用户 (2)": "乙",
        "#4": "丙",
    }


def test_rows_of_other_width(make: MakeFile) -> None:
    rows = list(open_table(make("a,b\n1\n1,2,,\n\n , \n1,2,3,4\n")).rows())
    assert [(row.line, row.values, row.problem is None) for row in rows] == [
        (2, {"a": "1", "b": ""}, True),
        (3, {"a": "1", "b": "2"}, True),
        (5, {"a": " ", "b": " "}, True),
        (6, {"a": "1", "b": "2", "#3": "3 | 4"}, False),
    ]


def test_lines_may_end_in_cr_alone_and_quotes_hold_lines(make: MakeFile) -> None:
    old_mac = open_table(make("a,b\r1,2\r3,4\r"))
    assert [row.values["b"] for row in old_mac.rows()] == ["2", "4"]
    quoted = open_table(make('a,b\n"x\n\n""y""",2\n3,4\n'))
    assert [(row.line, row.values["a"]) for row in quoted.rows()] == [(2, 'x\n\n"y"'), (5, "3")]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('1,"open\n2,x\n', 2),
        ('1,x\n2,"open\n3,"y"\n', 3),
        ('1,"fine\nstill",\n2,"ok","open\n3,z\n', 4),
        ('1,"a"b\n', 2),
        ('1,"' + "x\n" * (records.MAX_RECORD_LINES + 5), 2),
    ],
    ids=["at the end", "before a quoted field", "in a later line", "inside text", "many lines"],
)
def test_open_quote_is_refused_with_its_line(make: MakeFile, body: str, line: int) -> None:
    for above in (0, 100):  # within the rows searched for the header, and below them
        path = make("a,b,c\n" + "0,0,0\n" * above + body)
        with pytest.raises(DomainError) as caught:
            list(open_table(path).rows())
        assert caught.value.code == "unclosed_quote"
        assert f"line {line + above} " in str(caught.value)


def test_what_is_too_long_or_not_text_is_refused(make: MakeFile) -> None:
    assert code_of(make("a,b\n" + "x" * (records.MAX_FIELD + 1) + ",1\n")) == "field_too_long"
    assert code_of(make("a,b\n" + "x," * records.MAX_LINE)) == "line_too_long"
    wide = '"' + "x" * 100_000 + '",'
    assert code_of(make("a,b\n" + (wide * 6 + '"\n') * 3)) == "unclosed_quote"
    assert code_of(make("a,b\n1,\0\n")) == "nul_byte"


def test_files_that_are_not_there_or_damaged(make: MakeFile, tmp_path: Path) -> None:
    assert code_of(tmp_path / "none.csv") == "no_file"
    assert code_of(Path("a\0b")) == "no_file"
    assert code_of(tmp_path) == "is_folder"
    assert code_of(make(b"")) == "empty_file"
    assert code_of(make("\ufeff\n \n")) == "empty_file"
    packed = gzip.compress(TEXT.encode() * 500)
    assert code_of(make(packed[:-9])) == "gzip_damaged"
    assert code_of(make(packed[:40] + b"\xff" * 40 + packed[80:])) == "gzip_damaged"
    assert isinstance(as_domain_error(PermissionError(), tmp_path), Unavailable)
    assert isinstance(as_domain_error(FileNotFoundError(), tmp_path), NotFound)


def test_damage_below_the_header_shows_while_rows_are_read(make: MakeFile) -> None:
    table = open_table(make(TEXT))
    make(TEXT.encode("gbk"))
    with pytest.raises(DomainError, match="changed while"):
        list(table.rows())
    (table.path).unlink()
    with pytest.raises(NotFound):
        list(table.rows())


def test_progress_counts_bytes_of_the_file(make: MakeFile) -> None:
    calls: list[tuple[int, int]] = []
    path = make(gzip.compress(TEXT.encode() * 5000))
    table = open_table(path, progress=lambda done, size: calls.append((done, size)))
    calls.clear()
    assert sum(1 for _ in table.rows()) == 14_999
    assert calls[-1] == (path.stat().st_size, path.stat().st_size)


def test_memory_does_not_grow_with_the_file(make: MakeFile) -> None:
    path = make(gzip.compress(("a,b\n" + "x,y\n" * 40_000).encode()))
    tracemalloc.start()
    try:
        assert sum(1 for _ in open_table(path).rows()) == 40_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 << 20


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    """An XLSX file with these sheets."""
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for index, row in enumerate(rows):
                page.write_row(index, 0, row)
    return path


def test_workbook_numbers_come_back_whole(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        Empty=[],
        Notes=[["just a note"]],
        Data=[["标题"], ["number", "留言用户"], [13812345678, 1.5], [True, None]],
    )
    calls: list[tuple[int, int]] = []
    table = open_table(path, COLUMNS, progress=lambda *call: calls.append(call))
    assert (table.sheet, table.unread_sheets, table.header_line) == ("Data", ("Notes",), 2)
    assert [row.values for row in table.rows()] == [
        {"留言编号": "13812345678", "留言用户": "1.5"},
        {"留言编号": "true", "留言用户": ""},
    ]
    assert len(calls) == 1
    assert code_of(path, sheet="None") == "no_sheet"
    assert code_of(workbook(tmp_path / "e.xlsx", Empty=[])) == "empty_file"


def test_damaged_and_huge_workbooks_are_refused(tmp_path: Path, make: MakeFile) -> None:
    whole = workbook(tmp_path / "a.xlsx", Data=[["a", "b"], [1, 2]]).read_bytes()
    assert code_of(make(whole[:-200])) == "bad_workbook"
    assert code_of(make(b"PK\x03\x04")) == "bad_workbook"
    assert code_of(make(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))) == "bad_workbook"
    far = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(str(far)) as book:
        page = book.add_worksheet()
        page.write(0, 0, "a")
        page.write(1_048_575, 16_383, "b")
    assert code_of(far) == "workbook_too_big"
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b'<c r="A1"')
    data = bytearray(bomb.getvalue())
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = (workbooks.MAX_UNPACKED + 1).to_bytes(4, "little")
    assert code_of(make(bytes(data))) == "workbook_too_big"


ANY_BYTES = st.binary(max_size=400) | st.text(
    st.sampled_from('",;|\t\n\r\0ab1甲?=\ufeff'), max_size=120
).map(lambda text: text.encode("utf-8"))
MAGIC = st.sampled_from([b"", b"\x1f\x8b\x08", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])


@settings(max_examples=150)
@given(magic=MAGIC, body=ANY_BYTES, expected=st.booleans())
@example(magic=b"", body=b'a,b\n"', expected=False)
@example(magic=b"", body=b"\xff\xfe\x00", expected=False)
def test_any_bytes_give_rows_or_a_domain_error(magic: bytes, body: bytes, expected: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.bin"
        path.write_bytes(magic + body)
        before = sorted(Path(folder).iterdir())
        with suppress(DomainError):
            table = open_table(path, COLUMNS if expected else ())
            for row in table.rows():
                assert set(table.columns) <= set(row.values)
        assert sorted(Path(folder).iterdir()) == before


MESSY = {
    "211_sf_directory.csv.gz": ("mac-roman", 2132, 96),
    "characters.csv": ("big5", 382, 18),
    "doublequote.csv": (None, 5, 17),
    "simple.psv": (None, 28, 6),
    "simple.ssv": (None, 6, 3),
    "spanish_chars.csv": ("cp1252", 115, 8),
    "utf-16le_encoded.csv": (None, 327, 19),
    "zh_customers_padded_columns.csv": (None, 10, 20),
    "zh_messages_gb18030.csv": (None, 200, 7),
    "zh_messages_semicolon_bom.csv": (None, 120, 7),
    "zh_quarter_sales_gbk.csv": (None, 856, 7),
    "zh_traffic.xls": (None, 22, 5),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", MESSY)
def test_messy_file_is_read_whole(shared_data: Path, name: str) -> None:
    encoding, rows, columns = MESSY[name]
    table = open_table(shared_data / "messy" / name, encoding=encoding)
    read = list(table.rows())
    assert (len(read), len(table.columns)) == (rows, columns)
    assert not any(row.problem for row in read)


@pytest.mark.shared
def test_every_messy_file_is_read_or_refused_with_a_sentence(shared_data: Path) -> None:
    refused = {}
    for path in sorted((shared_data / "messy").iterdir()):
        try:
            list(open_table(path).rows())
        except DomainError as error:
            refused[path.name] = error.code
    assert refused == {
        "211_sf_directory.csv.gz": "unknown_encoding",
        "characters.csv": "unknown_encoding",
        "lost_header_question_marks.csv": "header_lost",
        "null.csv": "no_header",
        "spanish_chars.csv": "unknown_encoding",
        "weird_head_padding.csv": "no_header",
    }
