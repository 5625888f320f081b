"""The page's words in both languages, and the texts with a blank in them."""

from __future__ import annotations

import pytest

from assistant.web.chinese import ZH
from assistant.web.english import EN
from assistant.web.languages import WORDS


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        ("2025", "2025年", "2025"),
        ("2025-11", "2025年11月", "2025-11"),
        ("2025-Q1", "2025年一季度", "2025-Q1"),
        ("2025-Q1..Q3", "2025年一至三季度", "2025-Q1–Q3"),
        ("2021..2025", "2021—2025年", "2021–2025"),
        ("..2025-11", "截至2025年11月", "–2025-11"),
        ("近年", "近年", "近年"),
        ("", "", ""),
    ],
)
def test_periods_in_words(period: str, zh: str, en: str) -> None:
    assert (ZH.period(period), EN.period(period)) == (zh, en)


def test_both_languages_have_every_word() -> None:
    for name in ("pages", "kinds", "forms", "feedback", "conversations", "blanks"):
        assert getattr(ZH, name).keys() == getattr(EN, name).keys(), name
    assert len(ZH.figure_columns) == len(EN.figure_columns)
    for words in WORDS.values():
        assert all(vars(words).values())
        told = [words.pages, words.kinds, words.forms, words.feedback, words.conversations, words.blanks]
        assert all(text for texts in told for text in texts.values())


def test_what_isnt_met_is_told_as_it_was_asked() -> None:
    assert ZH.unsure_of(()) == "可能相关，请核对"
    assert ZH.unsure_of(("最低工资",)) == "可能相关，请核对：所引原文里没有“最低工资”这一说法"
    assert ZH.unsure_of(("最低工资", "标准")) == "可能相关，请核对：所引原文里没有“最低工资”和“标准”这一说法"
    assert EN.unsure_of(("最低工资",)) == "possibly related, please check: what is quoted doesn't say “最低工资”"


def test_numbers_in_words() -> None:
    assert ZH.too_long(2345, 2000).startswith("问题有 2,345 字，最多 2,000 字")
    assert (ZH.page_of(3, 12), ZH.page_of(0, 12)) == ("第 3 页，共 12 页", "第 {} 页，共 12 页")
    assert (EN.documents(1), EN.documents(2)) == ("1 document", "2 documents")
    assert (ZH.date("2026-02-10"), ZH.date("2026"), ZH.date("去年"), EN.date("2026-02-10")) == (
        "2026年2月10日",
        "2026年",
        "去年",
        "2026-02-10",
    )
