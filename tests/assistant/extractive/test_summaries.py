"""Summaries of a document, of a section, and of the only document there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config
from tests.conftest import SAMPLES


@pytest.mark.parametrize(
    "question",
    [
        "总结一下《关于2026年推进山区海岛共同富裕的工作方案》",
        "山区海岛共同富裕工作方案主要讲了什么？",
        "衢州缩小城乡差距见闻讲了什么？",
    ],
)
def test_a_document_is_told_in_its_own_sentences_in_order(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.status == "answered"
    assert 3 <= len(answer.answer.splitlines()) <= 8
    assert len({citation.document_id for citation in answer.citations}) == 1
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)
    assert answer.verdict is not None
    assert answer.verdict.ok


def test_a_section_is_told_by_itself(assistant: Assistant) -> None:
    answer = assistant.ask("概括“推进城乡公共服务共享”一节的要点")
    assert "舟山市实施42项改革" in answer.answer
    assert "丽水" not in answer.answer


def test_which_document_is_meant_is_asked_where_there_are_several(assistant: Assistant) -> None:
    answer = assistant.ask("请总结一下这份文件")
    assert answer.status == "clarify"
    assert answer.clarification is not None
    assert len(answer.clarification.choices) == 3
    assert assistant.ask(answer.clarification.choices[0]).status == "answered"


def test_the_only_document_needs_no_name(tmp_path: Path) -> None:
    (tmp_path / "column.txt").write_bytes((SAMPLES / "column.txt").read_bytes())
    assistant = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    answers = [assistant.ask(question) for question in ("这篇文章讲了什么？", "Please summarise this document.")]
    assistant.close()
    assert [answer.status for answer in answers] == ["answered"] * 2
    assert all("衢州" in answer.answer for answer in answers)


def test_what_no_document_deals_with_is_not_summed_up(assistant: Assistant) -> None:
    assert assistant.ask("总结一下量子计算白皮书").status == "not_found"
