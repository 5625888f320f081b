"""Answers through a filter: they neither cite nor count nor name what it leaves out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from assistant.answers import Turn
from assistant.ask import Assistant, build
from assistant.config import Config
from index.filters import Filter

TEXTS = {
    "公开/公报.txt": "嘉兴市2024年统计公报\n嘉兴市统计局\n2025年2月1日\n"
    "2024年，全市粮食总产量98万吨，比上年增长3%。"
    "2024年，全市农村居民人均可支配收入51198元。",
    "公开/办法.txt": "嘉兴市租房补贴办法\n嘉兴市住房和城乡建设局\n2024年3月5日\n第一条 租房补贴每月500元。\n"
    "第二条 申请租房补贴的，向街道办事处提出。\n第三条 本办法自2024年4月1日起施行。",
    "内部/收入.txt": "嘉兴市2025年收入快报（内部）\n嘉兴市统计局\n2026年1月5日\n"
    "2025年，全市农村居民人均可支配收入54939元。"
    "2025年，全市粮食总产量101万吨。",
    "内部/精简.txt": "嘉兴市人员精简方案\n嘉兴市人事局\n2024年6月1日\n2024年遣散费总额为360万元，涉及120人。\n"
    "《嘉兴市租房补贴办法》自2025年1月1日起废止。",
}
QUESTIONS = (
    "2025年嘉兴农村居民人均可支配收入是多少？",
    "2024年嘉兴农村居民人均可支配收入是多少？",
    "农村居民人均可支配收入这几年的变化",
    "2025年比2024年粮食总产量增加了多少？",
    "遣散费总额是多少？",
    "遣散废总额是多少？",
    "嘉兴市人员精简方案说了什么？",
    "《嘉兴市人员精简方案》里涉及多少人？",
    "有哪些文件？",
    "2024年发布了几份文件？",
    "哪些文件提到了遣散费？",
    "嘉兴市人事局发过什么文件？",
    "租房补贴每月多少？",
    "租房补贴办法废止了吗？",
    "租房补贴向谁申请？",
    "哪些文件没有读？",
)
SECRET = ("54939", "101万", "360万", "遣散费总额为", "人员精简方案》", "120人", "内部", "人事局发布")


@pytest.fixture(scope="module")
def assistants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Assistant, Assistant]]:
    """One over everything, whose folder 内部 is for a group; one over 公开 alone."""
    folder = tmp_path_factory.mktemp("texts").resolve()
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf8")
    whole = build(Config(data_dir=tmp_path_factory.mktemp("whole")), sources=[folder])
    whole.index.label("group", "机要", [folder / "内部"])
    part = build(Config(data_dir=tmp_path_factory.mktemp("part")), sources=[folder / "公开"])
    yield whole, part
    whole.close()
    part.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_who_may_not_read_a_document_is_answered_as_if_it_were_not_there(
    assistants: tuple[Assistant, Assistant], question: str
) -> None:
    whole, part = assistants
    told = whole.ask(question, through=Filter.of(groups=["别的"]))
    other = part.ask(question)
    assert (told.status, told.answer, told.notice) == (other.status, other.answer, other.notice)
    assert [each.quote for each in told.citations] == [each.quote for each in other.citations]
    assert [each.text for each in told.nearest] == [each.text for each in other.nearest]
    whole_of_it = {**told.to_json(), "question": "", "standalone_question": ""}
    beside = json.dumps(whole_of_it, ensure_ascii=False).replace(question.rstrip("？"), "")
    assert not [secret for secret in SECRET if secret in beside and secret not in question]


def test_who_may_is_answered_from_it(assistants: tuple[Assistant, Assistant]) -> None:
    whole, _ = assistants
    for through in (Filter(), Filter.of(groups=["机要"])):
        assert "54939" in whole.ask(QUESTIONS[0], through=through).answer
        assert "360万元" in whole.ask(QUESTIONS[4], through=through).answer


def test_a_conversation_stays_within_its_filter(assistants: tuple[Assistant, Assistant]) -> None:
    whole, _ = assistants
    nobody = Filter.of(groups=[])
    answer = whole.ask("那2025年呢？", history=[Turn(QUESTIONS[1])], through=nobody)
    assert "54939" not in json.dumps(answer.to_json(), ensure_ascii=False)
    assert "54939" in whole.ask("那2025年呢？", history=[Turn(QUESTIONS[1])]).answer


def test_figures_and_tables_and_searches_go_through_filters(assistants: tuple[Assistant, Assistant]) -> None:
    whole, _ = assistants
    nobody = Filter.of(groups=[])
    assert {each.figure.text for each in whole.figures("农村居民人均可支配收入", through=nobody)} == {"51198元"}
    assert len(whole.figures("农村居民人均可支配收入")) == 2
    assert not any("遣散" in name for name in whole.metrics_near("遣散费", through=nobody))
    assert all("内部" not in hit.passage.text for hit in whole.search("收入快报", through=nobody))
    assert [*whole.tables(through=nobody)] == []
    since = Filter.of(since="2025")
    assert "500元" not in whole.ask("租房补贴每月多少？", through=since).answer
