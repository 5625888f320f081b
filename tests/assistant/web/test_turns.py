"""The conversation's HTML: what is said of an answer, what can be done with it, and that no text becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import SURE, Answer, AnswerVerdict, Checked
from assistant.citations import marks
from assistant.conversations.records import ConversationInfo, Rating, SharedConversation, StoredTurn
from assistant.web import panel, shared, turns
from assistant.web.chinese import ZH
from assistant.web.english import EN
from assistant.web.html import Spot, blocks
from assistant.web.turns import Library, Shown, _plainly
from assistant.web.words import Words
from tests.fakes.assistant import ATTACK, CLARIFY, NOT_FOUND, RURAL, UNSURE

CHECKED = replace(RURAL, verdict=AnswerVerdict(ok=True, statements=(Checked("2025年54321元。", (1,), supported=True),)))


def text_of(fragment: str) -> str:
    return re.sub(r"<template.*?</template>|<[^>]+>", "", fragment)


def shown(answer: Answer, words: Words = ZH, *, read_only: bool = False) -> str:
    return turns.conversation([Shown(answer.question, answer, "turn-1")], words, read_only=read_only)


def test_marks_are_numbers_of_citations_and_nothing_else() -> None:
    assert list(marks("嘉政发[2023]12号。[1][2]见[3]。", {1, 2})) == [(1, 13, 16), (2, 16, 19)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("aaaa1111:3-12", Spot("aaaa1111", 3, 12)),
        ("aaaa1111:3-12:all", Spot("aaaa1111", 3, 12, whole=True)),
        ("aaaa1111", Spot("aaaa1111")),
        ("", None),
        ("aaaa1111:x", None),
        ("a:1-99999999999999999999", None),
    ],
)
def test_a_place_is_written_and_read(text: str, place: Spot | None) -> None:
    assert Spot.read(text) == place
    assert place is None or str(place) == text


@given(st.text(alphabet="<>&\"'`=/ab[1]#|-*\n 元", max_size=60))
def test_no_text_from_outside_becomes_markup(text: str) -> None:
    citation = replace(ATTACK.citations[0], title=text, publisher=text, section=text, passage=text, document_id=text)
    figure = replace(ATTACK.figures[0], text=text, metric=text, region=text, period=text, status=text, formula=text)
    answer = replace(
        ATTACK,
        question=text,
        answer=f"{text}[1]",
        citations=(citation,),
        figures=(figure,),
        notice=text,
        engine=text,
        confidence=0.1,
        doubts=(text,),
    )
    kept = [Shown(text, answer, text), Shown(text, None, text, text, text)]
    info = StoredTurn("turn", text, answer, "answered", text, 0.0)
    fragment = turns.conversation(kept, ZH) + turns.conversation(kept, ZH, read_only=True) + turns.side(ZH)
    fragment += panel.source(Spot("x", 0, 1), None, ZH, citation=citation) + turns.writing(text, text, ZH)
    fragment += turns.suggestions([text], ZH) + turns.not_asked(text) + turns.library_link(Library(text, 2), ZH)
    fragment += turns.welcome([text], Library(text, 2), ZH) + turns.earlier(3, ZH)
    page = shared.shared_page(SharedConversation(text, 0.0, (info,)), ZH)
    fragment += page[page.index("<main") : page.index("</main>")]
    allowed = "a article button caption dd details div dl dt footer h1 h2 h3 header input li main mark nav ol p section"
    tables = "span strong summary table tbody td template th thead tr ul"
    assert set(re.findall(r"</?([^\s>]*)", fragment)) <= {*allowed.split(), *tables.split()}
    assert not re.search(r"<[^>]*\son\w+=", fragment)


def test_an_answer_of_a_model_keeps_its_lists_and_tables() -> None:
    text = "## 结论\n收入如下：[1]\n- **城镇**81200元\n- 农村54321元[1]\n\n| 指标 | 值 |\n|---|---|\n| 比 | 1.49[1] |"
    fragment = shown(replace(RURAL, answer=text, figures=()))
    assert "<p><strong>结论</strong></p>" in fragment
    assert "<ul><li><strong>城镇</strong>81200元</li><li>农村54321<span" in fragment
    assert "<td>1.4<span" in fragment
    assert "|" not in text_of(fragment)
    assert "- " not in text_of(fragment)


def test_a_single_item_of_a_documents_list_is_no_list() -> None:
    assert blocks("- 农村居民人均可支配收入54321元。", {}) == "<p>农村居民人均可支配收入54321元。</p>"


def test_the_copied_text_says_how_sure_it_is_and_names_its_sources() -> None:
    sure, unsure = turns.copied(RURAL, ZH), turns.copied(UNSURE, ZH)
    assert sure.startswith(RURAL.answer)
    assert unsure.startswith(f"（{ZH.unsure}")
    for text in (sure, unsure):
        assert "[1] 《云栖市2025年国民经济公报》，云栖市统计局，2026年2月10日" in text
        assert RURAL.citations[0].quote in text


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_only_a_sure_answer_looks_checked(words: Words) -> None:
    for confidence, sure in ((SURE, True), (SURE - 0.001, False)):
        answer = replace(CHECKED, confidence=confidence)
        fragment = shown(answer, words)
        assert answer.sure is sure
        assert (f'<span class="yj-badge yj-ok">{words.quotes_checked}' in fragment) is sure
        assert ("yj-ok" in fragment) is sure
        assert (words.unsure in text_of(fragment)) is not sure
        assert (words.unsure in turns.copied(answer, words)) is not sure
        assert (f">{words.to_check}<" in fragment) is not sure


def test_the_doubt_stands_before_the_answer_with_its_reason() -> None:
    told = text_of(shown(UNSURE))
    assert told.index("可能相关，请核对：所引原文里没有“最低工资”这一说法") < told.index("54321元")


def test_badges_say_only_what_was_checked() -> None:
    both = text_of(shown(CHECKED))
    assert (ZH.quotes_checked in both, ZH.figures_checked in both) == (True, True)
    # Nothing was checked of an answer without a verdict, and its figures are as good as they say themselves.
    unjudged = text_of(shown(RURAL))
    assert (ZH.quotes_checked in unjudged, ZH.figures_checked in unjudged) == (False, True)
    failed = text_of(shown(replace(CHECKED, verdict=AnswerVerdict(ok=False))))
    assert ZH.quotes_checked not in failed
    without = text_of(shown(replace(CHECKED, figures=())))
    assert (ZH.quotes_checked in without, ZH.figures_checked in without) == (True, False)
    # A number that doesn't stand in its quote stays unverified, however sure the answer.
    wrong = text_of(shown(replace(CHECKED, figures=(replace(RURAL.figures[0], verified=False),))))
    assert ZH.figures_checked not in wrong
    assert ZH.unverified in wrong
    # A refusal quotes what is nearest: that these are verbatim is told, but it is no seal of approval.
    refused = shown(replace(NOT_FOUND, verdict=AnswerVerdict(ok=True)))
    assert f'<span class="yj-badge yj-plainly">{ZH.quotes_checked}' in refused
    assert "yj-ok" not in refused
    assert ZH.unsure not in shown(replace(NOT_FOUND, confidence=0.1))


def test_each_document_is_named_once_with_all_its_numbers() -> None:
    fragment = shown(RURAL)
    listed = re.findall(r'<li><span class="yj-numbers">(.*?)</span><a class="yj-cite-title"', fragment)
    assert len(listed) == 1
    assert re.findall(r">(\d)<", listed[0]) == ["1", "2"]
    assert fragment.count('class="yj-cite-title"') == 1
    assert "毫秒" not in text_of(fragment)


def test_figures_are_folded_and_each_cell_knows_its_name() -> None:
    fragment = shown(RURAL)
    assert "<details" in fragment
    assert "<details open" not in fragment
    assert "<summary>1 个数字的出处</summary>" in fragment
    labels = re.findall(r'data-label="([^"]+)"', fragment)
    assert labels == list(ZH.figure_columns[:5])


def test_choices_are_offered_once_under_the_last_turn() -> None:
    asked = Shown(CLARIFY.question, CLARIFY, "turn-1")
    fragment = turns.conversation([asked], ZH)
    assert fragment.count("yj-choices") == 1
    # What the answer says already isn't said again.
    assert text_of(fragment).count(CLARIFY.answer) == 1
    later = turns.conversation([asked, Shown(RURAL.question, RURAL, "turn-2")], ZH)
    assert "yj-choices" not in later


def test_what_was_stopped_keeps_its_text_and_can_be_asked_again() -> None:
    stopped = turns.shown_turn(StoredTurn("turn-1", "问题？", None, "stopped", "写到这里", 0.0), ZH)
    fragment = turns.conversation([stopped], ZH)
    assert "写到这里" in fragment
    assert ZH.stopped in fragment
    assert 'data-ask="问题？" data-cut="turn-1"' in fragment
    for state, words in (("failed", ZH.failed), ("answered", ZH.unreadable)):
        told = turns.shown_turn(StoredTurn("turn-1", "问题？", None, state, "", 0.0), ZH)
        assert words in turns.conversation([told], ZH)


def test_feedback_that_was_given_shows() -> None:
    given = turns.shown_turn(StoredTurn("t", "问", RURAL, "answered", "", 0.0, Rating(good=False)), ZH)
    fragment = turns.conversation([given], ZH)
    assert 'data-judge="good" aria-pressed="false"' in fragment
    assert 'data-judge="bad" aria-pressed="true"' in fragment


def test_what_is_only_read_has_no_button_but_copy() -> None:
    fragment = shown(RURAL, read_only=True)
    assert re.findall(r"<button[^>]*class=\"([^\"]*)\"", fragment) == ["yj-copy"]
    for name in ("data-ask", "data-judge", "data-edit", "data-share", "<template"):
        assert name not in fragment
    # Without a panel beside it, each quote stands under its answer, lit.
    assert re.findall(r"<mark>(.*?)</mark>", fragment) == [c.quote.removeprefix("- ") for c in RURAL.citations]


def test_the_welcome_tells_whose_library_is_asked() -> None:
    sample = turns.welcome(["问？"], Library("x", 5, is_sample=True), ZH)
    own = turns.welcome(["问？"], Library("我的", 5), ZH)
    empty = turns.welcome([], Library("我的", 0), ZH)
    assert (ZH.sample_hint in sample, ZH.sample_hint in own) == (True, False)
    assert (ZH.empty_library in empty, ZH.empty_library in own) == (True, False)
    assert ZH.examples not in empty
    assert text_of(turns.library_link(Library("云栖", 2), ZH)) == "云栖2 份文件"
    assert text_of(turns.library_link(Library("x", 5, is_sample=True), ZH)) == "示例文库5 份文件"


def test_a_shared_page_tells_what_it_is_and_what_is_gone() -> None:
    info = ConversationInfo("c", "标题", 0.0, 0.0, pinned=False, archived=False, turns=1)
    turn = StoredTurn("t", RURAL.question, RURAL, "answered", "", 0.0)
    page = shared.shared_page(SharedConversation(info.title, 1_770_000_000.0, (turn,)), ZH)
    assert f"<h1>{info.title}</h1>" in page
    assert "分享的对话，只供阅读 · 2026年2月2日" in page
    assert ZH.no_such_share in shared.shared_page(None, ZH)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("嘉兴市：| 地区生产总值 | 突破5500亿元 | 居第41位 |。", "嘉兴市：地区生产总值 · 突破5500亿元 · 居第41位。"),
        ("| 甲 |  | 12 |", "甲 · 12"),
        ("A|B 两档", "A|B 两档"),
        ("每月500元。", "每月500元。"),
    ],
)
def test_a_row_of_a_table_is_shown_without_its_rules(text: str, shown: str) -> None:
    assert _plainly(text) == shown
