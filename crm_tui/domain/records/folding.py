"""Column names and enumeration words brought to one form for matching (R-315, D-42)."""

import re
import unicodedata
from typing import Final

_PINYIN: Final = re.compile(
    r"(?<=[\u3400-\u9fff])\([a-z\u00e0-\u00ff\u0100-\u01ff\u0261\u0300-\u036f]+\)"
)
_BRACKETS: Final = re.compile(r"[(\[【（][^)\]】）]*[)\]】）]")
_GAPS: Final = re.compile(r"[\s_\-\u200b-\u200f\ufeff:/·*]+")
_PAIRS: Final = (
    "戶户編编號号稱称屬属業业決决職职務务聯联繫系係系歷历曆历時时長长計计額额標标籤签簽签層层級级價价類类間间區区電电話话郵邮"
    "碼码實实員员題题詳详見见覆复復复應应產产優优聞闻談谈導导創创運运營营銷销項项備备責责協协頻频開开關关總总經经萬万億亿個个"
    "點点專专檔档記记錄录資资訊讯單单據据貨货幣币險险達达際际網网絡络線线採采購购術术發发門门負负審审處处壓压縮缩權权轉转潛潜"
    "獻献風风戰战穩稳統统鏈链減减會会簡简體体師师場场動动態态競竞內内進进週周後后續续對对確确認认補补細细問问報报約约為为無无"
    "測测評评訴诉諮咨詢询議议圖图與与參参維维護护質质幾几過过還还這这讓让變变驗验從从結结論论證证讀读調调況况須须預预領领"
    "離离費费輸输適适選选遲迟遠远邊边邏逻範范紅红終终組组約约級级練练緊紧績绩織织繼继罰罚聲声職职舉举節节華华葉叶蓋盖藝艺"
)
"""Traditional and simplified form in turn, for the characters of names and values."""
_FOLD: Final = str.maketrans(_PAIRS[::2], _PAIRS[1::2])


def fold(text: str) -> str:
    """``text`` for matching: plain width, simplified, without pinyin in brackets, gaps and case."""
    plain = unicodedata.normalize("NFKC", text)
    plain = unicodedata.normalize("NFC", _PINYIN.sub("", plain.casefold()))
    return _GAPS.sub("", plain.translate(_FOLD))


def without_brackets(text: str) -> str:
    """``text`` without what stands in brackets: ``优先级(高/中/低)`` is ``优先级``."""
    return _BRACKETS.sub("", text)
