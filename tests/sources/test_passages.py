from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sources.cleaning.blocks import lines_of
from sources.cleaning.structure import document
from sources.documents import Document
from sources.parts import Parsed
from sources.passages import MAX_TOKENS, split
from sources.readers import document_of
from sources.sentences import clauses, sentences, unmarked
from sources.tokens import count


def made(raw: str) -> Document:
    return document(Parsed(lines_of(raw)), uri="样本.txt", sha256="ab" * 32)


def test_passages_are_whole_sentences_of_one_section() -> None:
    first = "".join(f"第{n}个县完成了改造任务，新增农村公路若干公里。" for n in range(1, 20))
    passages = split(made(f"# 甲\n{first}\n# 乙\n舟山的服务事项实现统一。\n"))
    assert all(passage.text.endswith("。") for passage in passages)
    assert passages[-1].text == "乙\n舟山的服务事项实现统一。"
    assert [passage.heading for passage in passages] == ["甲"] * (len(passages) - 1) + ["乙"]
    assert all(count(passage.text) <= MAX_TOKENS + 8 for passage in passages)


def test_headings_with_nothing_of_their_own_lead_the_section_below() -> None:
    (passage,) = split(made("# 二、重点工作\n## （一）区域协调\n推进交通项目建设。\n"))
    assert passage.text == "二、重点工作\n（一）区域协调\n推进交通项目建设。"
    assert passage.heading == "二、重点工作 › （一）区域协调"


@settings(max_examples=150)
@given(st.text(alphabet="甲乙丙丁戊2025.年。，；！？“”\n#a b、（）", max_size=600), st.integers(8, 60))
def test_every_passage_stands_in_its_document_and_together_they_are_all_of_it(raw: str, max_tokens: int) -> None:
    assume(raw.translate({ord(mark): None for mark in "#* "}).split())
    doc = made(raw)
    passages = split(doc, max_tokens=max_tokens)
    assert all(doc.text[each.start : each.end] == each.text for each in passages)
    assert [each.start for each in passages] == sorted(each.start for each in passages)
    covered = "".join(each.text for each in passages)
    assert "".join(covered.split()) == "".join(doc.text.split())


def test_a_sentence_without_end_is_cut_within_the_budget() -> None:
    passages = split(made("数" * 5000), max_tokens=50)
    assert all(count(each.text) <= 50 for each in passages)
    assert sum(len(each.text) for each in passages) == 5000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("收入39801元。增长11.64%！真的？", ["收入39801元。", "增长11.64%！", "真的？"]),
        ("他说：“好。”然后走了。", ["他说：“好。”", "然后走了。"]),
        ("It grew 4.2 percent. Rural income rose.", ["It grew 4.2 percent.", "Rural income rose."]),
        ("没有句号的一行\n另一行", ["没有句号的一行", "另一行"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@pytest.mark.parametrize("piece", ["数", "某县某镇 ", "项目名称，", "abcdefgh", "甲 | ", "一个乡镇；", "\u3000"])
def test_what_never_ends_is_cut_into_pieces_that_can_be_read(piece: str) -> None:
    text = piece * 700 + "终。"
    found = sentences(text)
    assert all(end - start <= 500 for start, end in found)
    assert "".join("".join(text[start:end].split()) for start, end in found) == "".join(text.split())
    assert all(text[end - 1] in "，；|终。" for _, end in found if piece in ("项目名称，", "一个乡镇；", "甲 | "))
    for start, _ in found:
        assert [span for span in found if span[0] >= start] == sentences(text, start)


def test_the_mark_of_a_list_is_no_part_of_its_sentence() -> None:
    text = "- 到2025年，建成50条。\n-5%的降幅"
    assert [text[slice(*unmarked(text, span))] for span in sentences(text)] == ["到2025年，建成50条。", "-5%的降幅"]


def test_clauses_keep_numbers_ratios_and_brackets_whole() -> None:
    text = "收入比为1.48:1，产值1,200万元（其中甲，乙），居首位。"
    assert [text[start:end] for start, end in clauses(text)] == [
        "收入比为1.48:1，", "产值1,200万元（其中甲，乙），", "居首位。",
    ]  # fmt: skip


def test_rows_far_from_their_headers_are_told_with_them() -> None:
    rows = "\n".join(f"| 第{number}县 | {number}.5 | {number}.1 |" for number in range(60))
    raw = (
        f"# 公报\n\n表1 各县情况（单位：亿元）\n\n| 县 | 总产值 | 增速 |\n|---|---|---|\n{rows}\n\n本市经济平稳运行。\n"
    )
    first, *later, last = split(made(raw))
    assert first.heading == "公报"
    assert {passage.heading for passage in later} == {"公报 › 表1 各县情况（单位：亿元） › 县 | 总产值 | 增速"}
    assert last.text.endswith("本市经济平稳运行。")


def test_the_rest_of_a_long_row_is_told_with_its_label() -> None:
    names = [f"第{number}项指标" for number in range(80)]
    raw = ",".join(["县", *names]) + "\n" + ",".join(["东县", *(f"{number}00.25" for number in range(80))])
    passages = split(document_of(raw.encode(), uri="表.csv"))
    assert passages[-1].heading.startswith("东县 › 第")
    assert passages[-1].heading.endswith("第79项指标")
