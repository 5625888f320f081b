"""Questions about one document, about versions of a rule, and about whether it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from assistant.answers import Answer, Turn
from assistant.ask import Assistant, build
from assistant.config import Config

PAPERS = {
    "meals-2020.txt": """关于印发《云岭区老年助餐补贴细则（暂行）》的通知
云民发〔2020〕18号
各镇人民政府：
现将《云岭区老年助餐补贴细则（暂行）》印发给你们，请遵照执行。
云岭区民政局
2020年6月5日

第一条 补贴对象为本区户籍70周岁以上老年人。
第二条 午餐每餐补贴3元，晚餐每餐补贴2元，每月最高补贴100元。
第三条 本细则自2020年7月1日起施行，有效期3年。
""",
    "meals-2022.md": """# 关于印发云岭区老年助餐补贴细则的通知

**云民发〔2022〕40号**

各镇人民政府：

云岭区民政局

2022年11月30日

第一条 补贴对象为本区户籍65周岁以上老年人。

第二条 午餐每餐补贴5元，晚餐每餐补贴3元，每人每月最高补贴180元。

第三条 本细则自2023年1月1日起施行，有效期至2035年12月31日。云民发〔2020〕18号文件同时废止。
""",
    "meals-2024.txt": """云岭区民政局关于修改助餐补贴标准的通知
云民发〔2024〕9号
各镇人民政府：
经研究，对《云岭区老年助餐补贴细则》（云民发〔2022〕40号）作如下修改：
一、将第二条中的“晚餐每餐补贴3元”修改为“晚餐每餐补贴4元”。
本通知自2024年4月1日起执行。
云岭区民政局
2024年3月12日
""",
    "parking.txt": """云岭区发展和改革局关于停车收费的通知
云发改〔2023〕7号
各停车场经营单位：
一、小型车首小时5元，24小时最高30元。
二、违规收费的，处2000元罚款。
三、本通知自2023年8月1日起执行，有效期1年。
云岭区发展和改革局
2023年7月10日
""",
    "bikes.txt": """云岭区人民政府关于印发云岭区电动自行车停放管理办法的通知
云政发〔2025〕30号
各镇人民政府：
云岭区人民政府
2025年10月20日

第一条 住宅小区每5户至少设1个充电端口。
第二条 本办法自2095年3月1日起施行。
""",
    "report.txt": """云岭区落实省里精神记事
本报讯 按照省办发〔2024〕77号精神，云岭区新建了6个助老驿站。
""",
    "cleared.txt": """云岭区人民政府关于公布规范性文件清理结果的通知
云政发〔2024〕55号
一、废止的规范性文件1件：
1.《云岭区犬类管理暂行规定》（云政发〔2010〕8号）。
二、失效的规范性文件1件：
1.《云岭区家电补贴办法》（云商发〔2022〕1号，有效期至2022年12月31日）。
云岭区人民政府
2024年12月20日
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
    ("question", "said", "unsaid"),
    [
        ("老年助餐午餐每餐补贴多少？", "午餐每餐补贴5元", "100元"),
        ("2020年的细则里午餐每餐补贴多少？", "午餐每餐补贴3元", "5元"),
        ("2021年的助餐补贴细则里午餐每餐补贴多少？", "午餐每餐补贴3元", "5元"),
        ("云民发[2020]18号规定午餐每餐补贴多少？", "午餐每餐补贴3元", "5元"),
        ("发改局那份通知里小型车首小时多少钱？", "首小时5元", "每餐"),
        ("云民发（2022）40号是什么文件？", "云岭区老年助餐补贴细则", "停车"),
        ("云民发〔2024〕9号是谁发的？", "云岭区民政局", "停车"),
        ("按照省办发〔2024〕77号精神，云岭区新建了多少个助老驿站？", "6个助老驿站", "停车"),
    ],
)
def test_the_document_meant_answers(papers: Assistant, question: str, said: str, unsaid: str) -> None:
    answer = papers.ask(question)

    assert answer.status == "answered"
    assert said in answer.answer
    assert unsaid not in answer.answer
    assert answer.question == question


def test_a_repealed_version_says_that_it_is(papers: Assistant) -> None:
    answer = papers.ask("2020年的细则里午餐每餐补贴多少？")

    assert answer.notice == "《云岭区老年助餐补贴细则（暂行）》已废止（2023-01-01起，由《云岭区老年助餐补贴细则》废止）"
    (citation,) = answer.citations
    assert citation.standing is not None
    assert (citation.standing.state, citation.standing.since) == ("已废止", "2023-01-01")
    assert Answer.from_json(json.loads(json.dumps(answer.to_json()))) == answer


def test_an_earlier_version_that_says_otherwise_is_told_of(papers: Assistant) -> None:
    answer = papers.ask("老年助餐每月最高补贴多少？")

    assert "180元" in answer.answer
    assert answer.notice is not None
    assert "晚餐每餐补贴3元" in answer.notice


def test_what_was_amended_is_told_in_the_words_of_the_amendment(papers: Assistant) -> None:
    answer = papers.ask("老年助餐晚餐每餐补贴多少？")

    assert answer.answer == "将第二条中的“晚餐每餐补贴3元”修改为“晚餐每餐补贴4元”。[1]"
    assert answer.notice == "这里自2024-04-01起由《云岭区民政局关于修改助餐补贴标准的通知》修改"


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("云民发〔2023〕40号规定补贴多少？", "文库里没有云民发〔2023〕40号；相近的有：云民发〔2022〕40号"),
        ("《云岭区购房补贴办法》规定补贴多少？", "文库里没有《云岭区购房补贴办法》"),
        ("2018年的助餐补贴细则里午餐补贴多少？", "文库里没有“2018年的助餐补贴细则”；相近的有："),
        ("《云岭区犬类管理暂行规定》规定罚款多少？", "文库里没有《云岭区犬类管理暂行规定》的正文，只在别的文件里提到"),
        ("云民发〔2022〕40号对个人罚款多少？", "《云岭区老年助餐补贴细则》里没有说到“罚款”；别的文件里有"),
    ],
)
def test_what_is_not_there_is_refused_by_name(papers: Assistant, question: str, message: str) -> None:
    answer = papers.ask(question)

    assert answer.status == "not_found"
    assert message in answer.answer


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "《云岭区老年助餐补贴细则》现在还有效吗？",
            "现行有效：第三条 本细则自2023年1月1日起施行，有效期至2035年12月31日",
        ),
        ("云民发〔2020〕18号作废了没有？", "已废止：第三条 本细则自2023年1月1日起施行，云民发〔2020〕18号文件同时废止"),
        ("旧的助餐补贴细则还能用吗？", "已废止："),
        ("停车收费的通知还有效吗？", "已过期：三、本通知自2023年8月1日起执行，有效期1年"),
        ("《云岭区电动自行车停放管理办法》施行了没有？", "尚未施行：第二条 本办法自2095年3月1日起施行"),
        (
            "《云岭区犬类管理暂行规定》还能用吗？",
            "已废止（2024年12月20日公布）：一、废止的规范性文件1件：《云岭区犬类管理暂行规定》",
        ),
        (
            "云商发〔2022〕1号失效了吗？",
            "已失效（2024年12月20日公布）：二、失效的规范性文件1件：《云岭区家电补贴办法》",
        ),
    ],
)
def test_whether_it_holds_is_told_with_the_words_that_say_so(papers: Assistant, question: str, said: str) -> None:
    answer = papers.ask(question)

    assert answer.status == "answered"
    assert said in answer.answer.replace("第三条本细则", "第三条 本细则").replace("第二条本办法", "第二条 本办法")


def test_by_how_much_a_version_differs(papers: Assistant) -> None:
    answer = papers.ask("助餐补贴细则的每月最高补贴比原来提高了多少？")

    assert "提高80元（180元 - 100元 = 80元）" in answer.answer
    assert {citation.document_id for citation in answer.citations} == {
        info.id for info in papers.index.documents() if "老年助餐补贴细则" in info.title
    }
    assert [figure.formula for figure in answer.figures if figure.status == "computed"] == ["180元 - 100元 = 80元"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("晚餐补贴现在比暂行细则提高了多少？", "提高2元（4元 - 2元 = 2元）"),
        ("跟暂行细则比，2022年的细则把晚餐补贴提高了多少？", "提高1元（3元 - 2元 = 1元）"),
        ("云民发〔2024〕9号把晚餐补贴提高了多少？", "提高1元（4元 - 3元 = 1元）"),
    ],
)
def test_the_new_side_is_as_it_was_amended_unless_the_version_is_named(
    papers: Assistant, question: str, said: str
) -> None:
    assert said in papers.ask(question).answer


def test_what_changed_is_told_article_by_article_with_both_sides_cited(papers: Assistant) -> None:
    answer = papers.ask("新旧助餐补贴细则有什么不同？")

    assert "| 条款 | 原来 | 现在 |" in answer.answer
    assert "| 第一条 | 补贴对象为本区户籍70周岁以上老年人[1] | 补贴对象为本区户籍65周岁以上老年人[2] |" in answer.answer
    assert "修改为“晚餐每餐补贴4元”" in answer.answer


def test_the_document_named_before_is_meant_still(papers: Assistant) -> None:
    history = [Turn("云民发〔2020〕18号规定午餐每餐补贴多少？", "午餐每餐补贴3元。")]

    answer = papers.ask("那晚餐呢？", history=history)

    assert "晚餐每餐补贴2元" in answer.answer


def test_another_document_may_be_asked_the_same(papers: Assistant) -> None:
    history = [Turn("老年助餐午餐每餐补贴多少？", "午餐每餐补贴5元。")]

    answer = papers.ask("那2020年的细则呢？", history=history)

    assert "午餐每餐补贴3元" in answer.answer


def test_a_name_that_means_no_document_leaves_the_whole_library(papers: Assistant) -> None:
    answer = papers.ask("老年助餐补贴的对象是哪些人？")

    assert "65周岁以上" in answer.answer
