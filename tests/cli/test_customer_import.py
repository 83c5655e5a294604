"""The customer template of source A through the command line (A.4, R-314, R-315)."""

import codecs
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.words import answer, refused

HEAD = (
    "客户编号,客户名称,所属行业,决策人(姓名/职位),联系方式,历史合作时长,累计合作金额,"
    "核心需求标签,客户分层,最近合作时间"
)
ROWS = (
    "C2024001,A公司,制造业,*总/采购总监,138XXXX,2年,500万,降本增效+供应链优化,高价值,2024-05-20",
    "C2024002,B企业,IT服务,*经理/技术负责人,139XXXX,6个月,80万,系统稳定性+售后支持,潜力,2024-05-15",
)
TEMPLATE = "\n".join((HEAD, *ROWS)) + "\n"


def check(run: Run) -> None:
    """Both rows, with everything they say."""
    rows = {r["number"]: r for r in answer(run, "customer", "list")}
    assert set(rows) == {"C2024001", "C2024002"}
    one = answer(run, "customer", "show", "C2024001")
    assert one["name"] == "A公司"
    assert one["fields"]["total_amount_fen"] == 500_000_000
    assert one["fields"]["segment"] == "high_value"
    assert list(one["tags"]) == ["降本增效", "供应链优化"]
    assert (rows["C2024001"]["tier"], rows["C2024002"]["tier"]) == ("A", "B")
    assert rows["C2024001"]["decision_maker"] == "*总/采购总监"


@pytest.mark.req("R-312", "R-314")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_in_every_encoding_and_twice(run: Run, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(TEMPLATE.encode(encoding))
    first = answer(run, "import", "--profile", "customers", str(path))
    assert (first["created"], first["refused"]) == (2, 0)
    check(run)
    before = answer(run, "audit", "verify")["entries"]
    second = answer(run, "import", "--profile", "customers", str(path))
    assert (second["created"], second["refused"]) == (0, 0)
    assert len(answer(run, "customer", "list")) == 2
    assert answer(run, "audit", "verify")["entries"] - before <= 1


@pytest.mark.req("R-314")
def test_xlsx(run: Run, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "customers.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(TEMPLATE.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    assert answer(run, "import", "--profile", "customers", str(path))["created"] == 2
    check(run)


@pytest.mark.req("R-315")
def test_refused_rows_go_to_a_file_with_their_reason(run: Run, tmp_path: Path) -> None:
    path, errors = tmp_path / "customers.csv", tmp_path / "refused.csv"
    bad = "C2024003, ,IT服务,,,,,,,\nC2024004,丁,,,,,很多,,,\n"
    path.write_text(TEMPLATE + bad, encoding="utf-8")
    status, out, err = run(
        "import", "--profile", "customers", str(path), "--errors", str(errors), "--lang", "zh"
    )
    assert status == 1, (out, err)
    kept = errors.read_text("utf-8-sig")
    assert "C2024003" in kept and "C2024004" in kept and "A公司" not in kept
    assert "累计合作金额" in kept
    assert len(answer(run, "customer", "list")) == 2
    # What was mended comes in the next time, and nothing twice.
    path.write_text(TEMPLATE + bad.replace(", ,", ",丙,").replace("很多", "1万"), encoding="utf-8")
    assert answer(run, "import", "--profile", "customers", str(path))["created"] == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("no header", "\n".join(ROWS).encode()),
        ("open quote", (HEAD + '\nC2024001,"A公司,制造业\n' + "x\n" * 5).encode()),
        ("empty", b""),
        ("zeros", b"\x00" * 400),
        ("half utf-16", codecs.BOM_UTF16_LE + TEMPLATE.encode("utf-16-le")[:-1]),
        ("no workbook", b"PK\x03\x04 this is no workbook"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_files_that_cannot_be_read_are_refused_whole(
    run: Run, tmp_path: Path, name: str, content: bytes, language: str
) -> None:
    path = tmp_path / ("customers.xlsx" if name == "no workbook" else "customers.csv")
    path.write_bytes(content)
    status, _, err = run("import", "--profile", "customers", str(path), "--lang", language)
    assert status == 1, err
    assert "Traceback" not in err
    assert answer(run, "customer", "list") == [], name


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert refused(run, "import", "--profile", "customers", str(tmp_path / "none.csv")) != ""


def test_export_comes_back_the_same(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(TEMPLATE, encoding="utf-8")
    answer(run, "import", "--profile", "customers", str(path))
    for ending in ("csv", "json", "xlsx"):
        target = tmp_path / f"out.{ending}"
        assert run("export", "customers", str(target))[0] == 0
        assert target.stat().st_size > 100
    assert "A公司" in (tmp_path / "out.csv").read_text("utf-8-sig")
    assert run("export", "tickets", str(tmp_path / "t.csv"), "is:open")[0] == 0
