"""Nothing is written over a file that is there, unless that is said."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.words import answer, chinese, refused

EXPORTS = {
    "tickets": ("export", "tickets", "{}.csv"),
    "customers": ("export", "customers", "{}.json"),
    "workbook": ("export", "customers", "{}.xlsx"),
    "kpi csv": ("kpi", "show", "--csv", "{}.csv"),
    "kpi markdown": ("kpi", "show", "--markdown", "{}.md"),
    "kpi workbook": ("kpi", "show", "--xlsx", "{}.xlsx"),
    "kpi table": ("kpi", "show", "--table", "cohorts", "--csv", "{}.csv"),
}


@pytest.mark.req("R-255", "R-316")
@pytest.mark.parametrize("words", EXPORTS.values(), ids=EXPORTS)
def test_no_export_overwrites_a_file_unasked(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    answer(run, "customer", "new", "--name", "Works")
    given = tuple(w.format(tmp_path / "out") for w in words)
    path = Path(given[-1])
    path.write_text("mine", "utf-8")
    assert refused(run, *given) == "file_exists"
    for language in ("en", "zh"):
        status, _, err = run(*given, "--lang", language)
        assert status == 1
        assert path.name in err
        assert "--force" in err
        assert chinese(err) == (language == "zh")
    assert path.read_text("utf-8") == "mine"
    told = answer(run, *given, "--force")
    assert (told[0] if isinstance(told, list) else told)["file"] == str(path)
    assert path.read_bytes() != b"mine"


def test_force_gives_up_no_folder(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "out.csv"
    folder.mkdir()
    assert refused(run, "kpi", "show", "--csv", str(folder), "--force") == "file_exists"
    assert folder.is_dir()


def test_figures_go_to_standard_output(run: Run) -> None:
    status, out, _ = run("kpi", "show", "--csv", "-")
    assert status == 0
    assert out.splitlines()[0].startswith("id,name,")
    status, out, _ = run("kpi", "show", "--markdown", "-")
    assert status == 0
    assert out.startswith("# KPI\n")
    assert refused(run, "kpi", "show", "--xlsx", "-", status=2) == "usage"
    assert refused(run, "kpi", "show", "--csv", "-", "--markdown", "-", status=2) == "usage"


def test_an_error_file_that_is_being_corrected_stays(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('客户名称\n""\nWorks\n,\n', "utf-8")
    header = "客户编号,客户名称,所属行业,决策人姓名/职务,联系方式,合作时长,累计合作金额,核心需求标签,客户分层"
    source.write_text(f"{header}\nKH2024001,,制造业,,,,,,\n", "utf-8")
    words = ("import", "--profile", "template-customer", str(source))
    first = json.loads(run(*words, "--json")[1])["errors"]
    Path(first).write_text("being corrected", "utf-8")
    second = json.loads(run(*words, "--json")[1])["errors"]
    assert second != first
    assert Path(first).read_text("utf-8") == "being corrected"
    assert refused(run, *words, "--errors", first) == "file_exists"
    assert refused(run, *words, "--errors", str(source), "--force", status=2) == "usage"
    assert run(*words, "--errors", first, "--force")[0] == 1
    assert "KH2024001" in Path(first).read_text("utf-8-sig")
