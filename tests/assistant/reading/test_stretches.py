"""Stretches: which parts of a document a question may ask about."""

from __future__ import annotations

from assistant.reading.stretches import stretches_of
from sources.passages import split
from sources.readers.files import document_of

SHOP = "灯塔路上的修车铺开了二十年，老板姓宋，左手缺一根指头，修车却比谁都快，街坊们都说他闭着眼也能听出毛病来。"
FLOOD = "前年夏天发大水，铺子泡在水里两天，工具锈了大半，宋师傅蹲在门口一件一件擦，擦完又开张，没有涨过一分钱。"
SON = "儿子从外地回来接手以后，添了充电桩和换电柜，骑手夜里也能来，生意比从前多了三成，账目每月贴在墙上。"
REPORT = f"# 修车铺\n\n灯塔报　2025年5月\n\n{SHOP * 3}\n\n{FLOOD * 3}\n\n{SON * 3}\n"
RULES = f"# 停车场管理办法\n\n第一条　{SHOP}\n\n第二条　{FLOOD}\n\n第三条　{SON}\n"
STEPS = f"# 办事指南\n\n## 一、办理\n\n{SHOP * 3}\n\n（一）{FLOOD * 3}\n\n（二）{SON * 3}\n"


def _told(text: str, *, whole: bool = False) -> list[str]:
    document = document_of(text.encode(), uri="甲.md")
    found = [each for passage in split(document) for each in stretches_of(document, passage, whole=whole)]
    return [document.text[each.start : each.end].strip() for each in found]


def test_a_long_text_without_headings_is_told_by_its_paragraphs_too() -> None:
    assert FLOOD * 3 in _told(REPORT)
    assert any(SHOP in each and SON in each for each in _told(REPORT))
    assert FLOOD * 3 not in _told(REPORT, whole=True)


def test_a_rule_is_told_by_its_articles_and_a_list_whole() -> None:
    assert f"第二条　{FLOOD}" in _told(RULES)
    assert SHOP * 3 in _told(STEPS)
    assert f"（一）{FLOOD * 3}" not in _told(STEPS)
