"""Whole lists as answers: marked in every usual way, nested, and told from a question about one item."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answers import Turn
from assistant.ask import Assistant, build
from assistant.config import Config
from assistant.extractive.lists.answer import rest
from assistant.library import Library
from assistant.question.conversation import understand

RULES = """# 云栖市青年创业补助办法

第一条 为了支持青年创业，制定本办法。

第二条 申请补助应当具备下列条件：
（一）年龄在十八周岁以上四十五周岁以下；
（二）在本市登记注册并正常经营满六个月；
（三）近三年没有失信记录。

第三条 补助标准为每户五千元。

第四条 青年创业补助的发放方式：
（一）一次性发放；
（二）按季度发放。

# 云栖市乡村集市工作总结

**壮大集市经济。**一是统一摊位管理，新设摊位320个。

二是培育本地品牌。注册集体商标12个。

三是延长营业时间，周末开到晚上十点。

**改善集市环境。**重点抓了三件事。首先，改造排水管网。其次，更换老旧电线。最后，设置分类垃圾桶。

## 下一步打算

- 建设线上集市
- 开通夜间公交
- 组建志愿服务队

云栖集市的“五色服务”受到欢迎。

为扩大客源，集市将采取三项举措：一是增设夜市摊位；二是举办民俗表演；三是开设旅游专线。

云栖市推行三种摊位：“固定摊”由商户承租，“流动摊”按日轮换，“公益摊”由村集体管理。
"""


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("market")
    (folder / "rules.md").write_text(RULES, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("怎样壮大集市经济？", ["统一摊位管理", "培育本地品牌", "延长营业时间"]),
        ("改善集市环境重点抓了哪三件事？", ["排水管网", "老旧电线", "分类垃圾桶"]),
        ("申请青年创业补助要具备哪些条件？", ["十八周岁", "满六个月", "失信记录"]),
        ("云栖集市采取了哪三项举措？", ["夜市摊位", "民俗表演", "旅游专线"]),
        ("青年创业补助的发放方式有哪些？", ["一次性发放", "按季度发放"]),
        ("集市下一步有哪些打算？", ["线上集市", "夜间公交", "志愿服务队"]),
    ],
)
def test_a_list_is_answered_whole_in_order_and_cited_item_by_item(
    market: Assistant, question: str, expected: list[str]
) -> None:
    answer = market.ask(question)
    assert answer.status == "answered"
    lines = answer.answer.splitlines()
    assert len(lines) == len(expected), answer.answer
    assert all(words in line and "[" in line for words, line in zip(expected, lines, strict=True)), answer.answer
    assert answer.verdict is not None
    assert answer.verdict.ok
    for citation in answer.citations:
        text = market.index.document(citation.document_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_a_question_about_one_item_is_answered_by_that_item(market: Assistant) -> None:
    answer = market.ask("集体商标是怎样注册的，注册了多少个？")
    assert "12个" in answer.answer
    assert "统一摊位管理" not in answer.answer


def test_a_list_that_is_only_named_is_not_made_up(market: Assistant) -> None:
    assert market.ask("云栖集市的“五色服务”包括哪五项服务？").status == "not_found"


@pytest.fixture
def piers(tmp_path: Path) -> Iterator[Assistant]:
    items = "\n".join(f"{n}. 第{n}号码头停靠{n}路渡船" for n in range(1, 41))
    (tmp_path / "piers.md").write_text(
        f"---\ntitle: 渡口手册\n---\n# 渡口手册\n\n## 云栖湖码头名单\n\n{items}\n", encoding="utf8"
    )
    built = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    yield built
    built.close()


def test_a_long_list_says_how_many_items_it_leaves_out(piers: Assistant) -> None:
    answer = piers.ask("云栖湖码头名单里有哪些码头？")
    assert len(answer.answer.splitlines()) == 30
    assert "还有 10 项" in (answer.notice or "")


def test_the_rest_of_a_list_follows_what_was_told(piers: Assistant) -> None:
    question = understand("云栖湖码头名单里有哪些码头？")
    draft = rest(question, 30, Library.of(piers.index, piers.index.search).for_one_question())
    assert draft is not None
    assert len(draft.lines) == 10
    assert draft.notice is None


def test_one_item_of_a_list_that_was_asked_for_before(market: Assistant) -> None:
    answer = market.ask("第二件具体是什么？", history=[Turn("改善集市环境重点抓了哪三件事？")])
    assert "更换老旧电线" in answer.answer
    assert len(answer.answer.splitlines()) == 1


PROJECTS = """# 柳湾区民生项目安排

柳湾区发展局　2025年1月20日

今年全区安排民生项目8个，现下达第一批。具体如下：

1. 小区改造：改造小区14个，投资3200万元，由区住建局负责，2025年10月底前完成。
2. 泵站扩建：新增水泵4台，投资860万元，由区水务局负责，2025年6月底前完成。
3. 小学迁建：新增学位900个，投资2600万元，由区教育局负责，2026年8月底前完成。
4. 公园建设：建成公园6个，投资540万元，由区住建局负责，2025年9月底前完成。

各责任单位要按月报送进展情况。

保障措施：
- 加强组织领导；
- 落实配套资金。

申报单位应当提交下列材料：
（一）申报表；
（二）营业执照；
（三）信用报告。

参加评审的专家有李建、王海燕、赵鹏、孙丽华。
"""


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("projects")
    (folder / "projects.md").write_text(PROJECTS, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "there", "absent"),
    [
        ("哪些民生项目由区住建局负责？", ["小区改造", "公园建设"], ["泵站", "小学"]),
        ("哪些民生项目投资超过1000万元？", ["小区改造", "小学迁建"], ["泵站", "公园"]),
        ("哪些民生项目在2025年9月底前完成？", ["泵站扩建", "公园建设"], ["小区改造", "小学"]),
        ("除了泵站扩建，还有哪些民生项目？", ["小区改造", "小学迁建", "公园建设"], ["泵站"]),
        ("第三个民生项目是什么？", ["小学迁建"], ["公园", "泵站"]),
        ("民生项目有哪些保障措施？", ["组织领导", "配套资金"], ["小区改造"]),
        ("请列出民生项目的全部名单", ["小区改造", "泵站扩建", "小学迁建", "公园建设"], ["组织领导"]),
    ],
)
def test_items_are_those_that_the_question_wants(
    projects: Assistant, question: str, there: list[str], absent: list[str]
) -> None:
    answer = projects.ask(question)
    assert answer.status == "answered"
    assert all(words in answer.answer for words in there), answer.answer
    assert not any(words in answer.answer for words in absent), answer.answer
    assert answer.verdict is not None
    assert answer.verdict.ok


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("申报要提交几种材料？", "共3种：申报表、营业执照、信用报告。"),
        ("参加评审的专家有几名？", "共4名：李建、王海燕、赵鹏、孙丽华。"),
        ("区住建局负责的民生项目有几个？", "共2个：小区改造、公园建设。"),
    ],
)
def test_items_are_counted_and_named(projects: Assistant, question: str, count: str) -> None:
    answer = projects.ask(question)
    assert answer.answer.startswith(count), answer.answer
    assert answer.verdict is not None
    assert answer.verdict.ok


def test_figures_of_the_items_are_added_by_a_shown_formula(projects: Assistant) -> None:
    answer = projects.ask("区住建局负责的民生项目投资合计多少万元？")
    assert "3740万元" in answer.answer
    assert "3200万元 + 540万元" in answer.answer


@pytest.mark.parametrize("question", ["柳湾区的乡村道路项目有哪些？", "项目验收需要哪些材料原件？"])
def test_another_list_of_the_document_is_no_answer(projects: Assistant, question: str) -> None:
    answer = projects.ask(question)
    assert not any(words in answer.answer for words in ("小区改造", "组织领导")), answer.answer
