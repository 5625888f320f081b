"""What a question asks of the documents themselves, and what it asks of what they say."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.question.holdings import Holdings, holdings
from assistant.question.holdings_in_english import holdings_in_english

TODAY = "2026-11-27"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("都有哪些文件？", Holdings()),
        ("这个文件夹里一共有几份文件？", Holdings("count")),
        ("2024年水务局发布的通知有几个？", Holdings(
            "count", kinds=("通知",), within=(date(2024, 1, 1), date(2024, 12, 31)), when="2024年", issuer="水务局",
            measure="个",
        )),
        ("2023年以前的文件有哪些", Holdings(within=(date.min, date(2022, 12, 31)), when="2023年以前")),
        ("去年发布的文件有多少份？", Holdings("count", within=(date(2025, 1, 1), date(2025, 12, 31)), when="去年")),
        ("哪些文件提到了消防通道？", Holdings(mentioned="消防通道")),
        ("停车收费在哪份文件里规定的？", Holdings(mentioned="停车收费")),
        ("有没有关于养老的文件？", Holdings("exists", about="养老")),
        ("最早发布的三份文件是哪几份？", Holdings(order="oldest", most=3)),
        ("哪些文件已经过期了？", Holdings(state="ended")),
        ("哪些文件没有写日期？", Holdings(undated=True)),
        ("这些文件都是哪些部门发的？", Holdings("issuers")),
        ("这个文件夹主要讲什么？", Holdings("subject")),
        ("有没有读不出来的文件", Holdings("unread")),
    ],
)  # fmt: skip
def test_words_about_documents_become_conditions(text: str, asked: Holdings) -> None:
    assert holdings(text, today=TODAY) == asked


@pytest.mark.parametrize(
    "text",
    [
        "申请低保需要提交哪些材料？",
        "哪些政策支持小微企业？",
        "有哪些文件要求提前公告停水？",
        "这个文件里有哪些措施？",
        "《供水办法》有哪些规定？",
        "补贴标准是什么？",
        "通知是什么时候发布的？",
        "为了稳定就业，市政府出台了哪些具体措施？",
        "市图书馆新馆位于哪里？",
        "高温津贴的通知主要讲了什么？",
        "文件里提到的补贴是多少？",
    ],
)
def test_what_documents_say_is_not_asked_of_the_catalog(text: str) -> None:
    assert holdings(text, today=TODAY) is None


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Which documents do you have?", Holdings(measure="")),
        ("How many files were published since 2023?", Holdings(
            "count", within=(date(2023, 1, 1), date.max), when="since 2023", measure=""
        )),
        ("Which documents mention fire doors?", Holdings(mentioned="fire doors", measure="")),
        ("What is the newest document?", Holdings(order="newest", most=1, measure="")),
        ("What does the plan say about tourism?", None),
        ("Which documents are required for the application?", None),
    ],
)  # fmt: skip
def test_english_questions_about_documents(text: str, asked: Holdings | None) -> None:
    assert holdings_in_english(text, today=TODAY) == asked
