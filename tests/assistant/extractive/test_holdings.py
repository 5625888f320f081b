"""Questions about the library itself: from the catalog, each document cited by its title as printed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.answers import Turn
from assistant.ask import Assistant, build
from assistant.config import Config

PAPERS = {
    "供水办法.md": """# 青禾市城市供水管理办法

青政发〔2022〕9号

第三条 供水企业计划停水应当提前24小时公告。
第五条 本办法自2022年7月1日起施行。《青禾市城市供水管理暂行办法》（青政发〔2018〕3号）同时废止。

青禾市人民政府
2022年6月8日
""",
    "暂行办法.txt": """青政发〔2018〕3号

青禾市城市供水管理暂行办法

第三条 供水企业计划停水应当提前12小时公告。
第四条 本办法自2018年3月1日起施行。

青禾市人民政府
2018年2月2日
""",
    "托管.txt": """青禾市教育局关于规范校外托管机构管理的通知

各县区教育局：
用餐场所要符合消防要求，收费标准应当公示。

青禾市教育局
2024年5月20日
""",
    "纪要.md": """# 加装电梯协调会会议纪要

会议研究了电梯加装和消防通道保留。
""",
}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("papers")
    for name, text in PAPERS.items():
        (folder / name).write_text(text, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "lead", "titles"),
    [
        ("一共有几份文件？", "文库里共有4份文件：", ["托管机构", "供水管理办法", "供水管理暂行办法", "会议纪要"]),
        ("2024年发布的文件有哪些？", "2024年发布的文件共1份：", ["托管机构"]),
        ("哪些文件是教育局发的？", "教育局发布的文件共1份：", ["托管机构"]),
        ("哪些文件提到了消防？", "提到“消防”的文件共2份：", ["托管机构", "会议纪要"]),
        ("关于供水的文件有哪些？", "标题里有“供水”的文件共2份：", ["供水管理办法", "供水管理暂行办法"]),
        ("哪些文件已经废止了？", "已废止或过期的文件共1份：", ["供水管理暂行办法"]),
        ("最新的文件是哪份？", "发布最晚的文件是：", ["托管机构"]),
        ("有几个办法现行有效？", "现行有效的办法共1个：", ["供水管理办法"]),
    ],
)
def test_a_count_shows_its_list_and_each_document_is_cited(
    papers: Assistant, question: str, lead: str, titles: list[str]
) -> None:
    answer = papers.ask(question)
    first, *lines = answer.answer.split("\n")
    assert (answer.status, first) == ("answered", lead)
    assert [any(title in line for title in titles) for line in lines] == [True] * len(titles)
    assert all("[" in line for line in lines)
    assert answer.verdict is not None
    assert answer.verdict.ok
    for citation in answer.citations:
        text = papers.index.document(citation.document_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_documents_without_a_date_are_told_apart(papers: Assistant) -> None:
    assert papers.ask("2024年发布的文件有哪些？").notice == "另有1份没有标明日期"


def test_that_there_is_none_is_said_with_what_there_is(papers: Assistant) -> None:
    answer = papers.ask("有没有2021年的文件？")
    assert answer.status == "answered"
    assert answer.answer == "文库里没有2021年发布的文件。标明了日期的文件从2018年2月2日到2024年5月20日。"
    assert papers.ask("关于滑雪的文件有哪些？").status == "not_found"


def test_issuers_kinds_and_places_of_files(papers: Assistant) -> None:
    issuers = papers.ask("这些文件都是哪些单位发的？").answer
    assert "发文单位有2个" in issuers
    assert "青禾市人民政府：2份" in issuers
    assert "文件名是托管.txt" in papers.ask("托管机构管理的通知文件名是什么？").answer


def test_long_lists_say_how_many_remain_and_go_on_with_them(tmp_path) -> None:
    for number in range(13):
        (tmp_path / f"{number}.txt").write_text(f"临江市第{number + 1}号通告\n\n今日停电{number}小时。\n", "utf8")
    assistant = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    asked = Turn("都有哪些文件？")
    lines = assistant.ask(asked.question).answer.split("\n")
    assert lines[0] == "文库里共有13份文件："
    assert lines[-1].startswith("其余3份没有列出")
    others = assistant.ask("还有呢", history=[asked]).answer.split("\n")
    assert others[0] == "其余3份："
    told, more = ({line.split("》")[0] for line in each if line.startswith("《")} for each in (lines, others))
    assert (len(told), len(more), len(told | more)) == (10, 3, 13)
    assert assistant.ask("还有吗", history=[asked, Turn("还有呢")]).answer == "前面已经列全，没有更多了。"
    assistant.close()


def test_english_questions_are_answered_in_english(papers: Assistant) -> None:
    answer = papers.ask("How many documents were published in 2024?")
    assert answer.answer.startswith("1 documents issued in 2024:")
    assert "托管机构" in answer.answer


def test_what_documents_say_is_still_answered_from_their_words(papers: Assistant) -> None:
    assert "提前24小时" in papers.ask("供水企业计划停水要提前多久公告？").answer
