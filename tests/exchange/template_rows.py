"""The five templates of source A with the rows that it prints (requirements A.4)."""

import csv
from collections.abc import Sequence
from pathlib import Path

TEMPLATES: dict[str, tuple[tuple[str, ...], ...]] = {
    "customers": (
        (
            "客户编号",
            "客户名称",
            "所属行业",
            "决策人(姓名/职位)",
            "联系方式",
            "历史合作时长",
            "累计合作金额",
            "核心需求标签",
            "客户分层",
            "最近合作时间",
        ),
        (
            "C2024001",
            "A公司",
            "制造业",
            "*总/采购总监",
            "138XXXX",
            "2年",
            "500万",
            "降本增效+供应链优化",
            "高价值",
            "2024-05-20",
        ),
        (
            "C2024002",
            "B企业",
            "IT服务",
            "*经理/技术负责人",
            "139XXXX",
            "6个月",
            "80万",
            "系统稳定性+售后支持",
            "潜力",
            "2024-05-15",
        ),
    ),
    "template-requirement": (
        (
            "客户编号",
            "需求类型(产品/服务/售后)",
            "需求描述",
            "优先级(高/中/低)",
            "关联产品/服务",
            "解决方案建议",
            "负责人",
            "预计解决时间",
            "客户反馈(已确认/待跟进)",
        ),
        (
            "C2024001",
            "产品需求",
            "采购智能仓储系统",
            "高",
            "",
            "",
            "",
            "2024-06-30",
            "已确认(需补充成本明细)",
        ),
        (
            "C2024002",
            "服务需求",
            "优化售后响应速度（48小时→24小时）",
            "中",
            "",
            "",
            "",
            "2024-06-15",
            "待跟进(需确认具体场景)",
        ),
    ),
    "template-interaction": (
        (
            "互动日期",
            "客户编号",
            "互动方式(电话/拜访/线上)",
            "互动主题",
            "参与人员",
            "客户反馈",
            "后续行动",
            "负责人",
            "完成状态(已完成/进行中/待处理)",
        ),
        (
            "2024-05-10",
            "C2024001",
            "线下拜访",
            "Q2业务回顾",
            "",
            "",
            "安排6月产品培训",
            "",
            "进行中",
        ),
        (
            "2024-05-12",
            "C2024002",
            "电话沟通",
            "售后问题跟进",
            "李工",
            "",
            "技术48小时内排查",
            "",
            "已完成",
        ),
    ),
    "template-goal": (
        (
            "优化目标",
            "核心指标",
            "优化前值",
            "目标值",
            "当前值",
            "达成率",
            "差距分析",
            "改进措施",
            "责任人",
            "复查时间",
        ),
        (
            "客户满意度",
            "满意度",
            "75",
            "90",
            "87",
            "97%",
            "培训支持未完全落地",
            "增加6月培训频次至2次",
            "",
            "2024-07-01",
        ),
        (
            "客户流失率",
            "流失率",
            "20%",
            "15%",
            "17%",
            "85%",
            "潜力客户识别滞后",
            "",
            "",
            "2024-06-30",
        ),
    ),
    "template-task": (
        (
            "任务编号",
            "任务描述",
            "涉及部门",
            "负责人",
            "配合人",
            "截止时间",
            "完成标准",
            "状态(待开始/进行中/已完成/延期)",
            "备注",
        ),
        (
            "XZ2024001",
            "制定客户分层运营手册",
            "销售部+服务部",
            "root",
            "",
            "2024-06-30",
            "",
            "进行中",
            "",
        ),
        (
            "XZ2024002",
            "优化售后响应流程",
            "服务部+技术部",
            "root",
            "",
            "2024-06-15",
            "",
            "已完成",
            "",
        ),
    ),
}
"""Header and rows by the profile that reads them."""


def file_of(folder: Path, name: str, form: str, *more: Sequence[str]) -> Path:
    """A template as a file, with further rows at its end; CSV is GB 18030, as Excel saves it there."""
    path = folder / f"{name}.{form}"
    write(path, [*TEMPLATES[name], *more])
    return path


def write(path: Path, rows: Sequence[Sequence[str]], encoding: str = "gb18030") -> None:
    """Rows as CSV, or as a workbook of texts, by the ending of ``path``."""
    if path.suffix == ".xlsx":
        import xlsxwriter

        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
        return
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
