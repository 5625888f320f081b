"""Feedback as cases: the evaluation reads them, and what they ask for stands in the documents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assistant.answers import Answer
from assistant.conversations.cases import as_line, cases_of
from assistant.conversations.store import Workspace
from eval.cases import Case, read
from tests.fakes.assistant import CLARIFY, NOT_FOUND, RURAL


def case(tmp_path: Path, answer: Answer, *before: Answer, good: bool, right_answer: str = "") -> Case:
    """The case of the last answer, as the evaluation reads it."""
    with Workspace.open("memory") as workspace:
        conversation_id = workspace.create("local").id
        for each in (*before, answer):
            turn_id = workspace.begin_turn("local", conversation_id, each.question)
            workspace.finish_turn(turn_id, each)
        workspace.give_feedback("local", turn_id, good, "理由", right_answer)
        file = tmp_path / "cases.jsonl"
        file.write_text("".join(f"{as_line(said)}\n" for said in workspace.each_feedback()), encoding="utf8")
        [found] = read(file)
    assert found.question == answer.question
    assert not found.approved, "nobody has read it yet"
    return found


def test_an_answer_found_good_is_the_right_one(tmp_path: Path) -> None:
    found = case(tmp_path, RURAL, NOT_FOUND, good=True)
    assert found.answer == "2025年云栖市农村居民人均可支配收入54321元。城乡居民收入比为1.49。"
    assert "54321元" in found.figures
    assert found.docs == ("aaaa1111",)
    assert set(found.evidence) == {citation.quote for citation in RURAL.citations}
    assert found.history == (NOT_FOUND.question,)


def test_without_figures_the_words_that_it_shares_with_the_documents_decide(tmp_path: Path) -> None:
    found = case(tmp_path, replace(RURAL, answer="全市经济平稳运行。[1]", figures=()), good=True)
    assert found.answer == "全市经济平稳运行。"
    assert found.figures == ()
    for group in found.must_include:
        assert all(any(phrase in citation.passage for citation in RURAL.citations) for phrase in group)


def test_the_right_answer_to_one_found_wrong_is_its_readers(tmp_path: Path) -> None:
    wrong = replace(RURAL, answer="农村居民人均可支配收入81200元。[1]", figures=())
    found = case(tmp_path, wrong, good=False, right_answer="是54321元")
    assert (found.answer, found.figures) == ("是54321元", ("54321元",))
    assert found.docs == ("aaaa1111",)
    assert found.evidence
    assert all("54321元" in sentence for sentence in found.evidence)


def test_what_the_documents_do_not_say_is_left_for_who_approves_it(tmp_path: Path) -> None:
    found = case(tmp_path, RURAL, good=False, right_answer="由民政部门认定")
    assert (found.answer, found.figures, found.must_include, found.docs) == ("由民政部门认定", (), (), ())
    found = case(tmp_path, RURAL, good=False)
    assert (found.answer, found.has_rules, found.evidence) == ("", False, ())


def test_a_refusal_found_good_is_a_question_without_an_answer(tmp_path: Path) -> None:
    assert not case(tmp_path, NOT_FOUND, good=True).answerable
    assert case(tmp_path, NOT_FOUND, good=False).answerable
    assert case(tmp_path, CLARIFY, good=True).answer == ""


def test_what_nobody_said_anything_of_is_a_case_to_approve() -> None:
    with Workspace.open("memory") as workspace:
        talk = workspace.create("甲", "收入").id
        for question, answer in (("城镇呢？", NOT_FOUND), (RURAL.question, RURAL), ("坏的？", RURAL)):
            turn = workspace.begin_turn("甲", talk, question)
            workspace.finish_turn(turn, replace(answer, question=question))
        workspace.give_feedback("甲", turn, good=False)
        workspace.begin_turn("甲", talk, "还没有写完")
        [kept] = workspace.each_conversation()
        lost, found = cases_of(kept)
    assert (lost["question"], lost["approved"], "answerable" in lost) == ("城镇呢？", False, False)
    assert (found["figures"], found["history"]) == (["54321元"], ["城镇呢？"])
    assert Case.model_validate(found).type == "conversation"
