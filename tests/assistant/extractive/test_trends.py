"""Answers made from several figures: tables, ranks, differences, growth; and the two sides of a disagreement."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answers import Answer
from assistant.ask import Assistant
from assistant.config import Config
from assistant.extractive import disagreement
from index.index import Index
from tests.fakes.embedder import BigramEmbedder

YEARBOOK_2021 = """---
title: 湖州市2021年统计公报
published: 2022-03-01
---
2021年，湖州市农村居民人均可支配收入41303元，常住人口城镇化率65.6%。
"""
YEARBOOK_2023 = """---
title: 湖州市2023年统计公报
published: 2024-03-05
---
2023年，湖州市农村居民人均可支配收入47540元，常住人口城镇化率67.2%。舟山市农村居民人均可支配收入49980元。
2023年，浙江省农村居民人均可支配收入40311元。到2025年，湖州市农村居民人均可支配收入达到5.5万元。
"""
TABLE = """---
title: 湖州市粮食生产情况
published: 2025-02-01
---
| 地区 | 2024年粮食产量（万吨） |
| --- | --- |
| 德清县 | 12.1 |
| 长兴县 | 35.2 |
| 安吉县 | 10.4 |
"""
YEARBOOK_2025 = """---
title: 湖州市2025年统计公报
published: 2026-03-05
---
2025年，湖州市农村居民人均可支配收入53900元。
"""


@pytest.fixture
def ask(tmp_path: Path):
    """Writes documents, then asks one question of them."""
    made: list[Assistant] = []

    def answer(question: str, *documents: str) -> Answer:
        library = tmp_path / f"library{len(made)}"
        library.mkdir()
        for number, text in enumerate(documents):
            (library / f"{number}.md").write_text(text, encoding="utf8")
        index = Index.open(tmp_path / f"data{len(made)}", embedder=BigramEmbedder())
        index.update([library])
        made.append(Assistant(index, Config(data_dir=tmp_path)))
        return made[-1].ask(question)

    answer.assistants = made  # type: ignore[attr-defined]
    yield answer
    for assistant in made:
        assistant.close()


ALL = (YEARBOOK_2021, YEARBOOK_2023, YEARBOOK_2025, TABLE)


def test_a_trend_is_a_table_with_a_citation_in_each_cell_and_gaps_as_gaps(ask) -> None:
    answer = ask("湖州历年农村居民人均可支配收入如何变化？", *ALL)
    lines = answer.answer.splitlines()
    assert lines[0].startswith("湖州市农村居民人均可支配收入")
    assert lines[1:6] == [
        "| 时间 | 湖州市 |", "| --- | --- |", "| 2021年 | 41303元[1] |", "| 2023年 | 47540元[2] |",
        "| 2025年 | 53900元[3] |",
    ]  # fmt: skip
    assert "增加12597元（53900元 - 41303元 = 12597元），增长30.5%（(53900元 - 41303元) ÷ 41303元 = 30.5%）" in lines[6]
    assert lines[7:] == ["2022年、2024年：文档未载。"]
    assert answer.table is not None
    assert (answer.table.kind, answer.table.rows) == ("trend", ("2021", "2022", "2023", "2024", "2025"))
    assert [row[0].value if row[0] else None for row in answer.table.cells] == ["41303", None, "47540", None, "53900"]
    assert Answer.from_json(answer.to_json()).table == answer.table
    assert answer.verdict is not None
    assert answer.verdict.ok


def test_between_percentages_the_change_is_in_percentage_points(ask) -> None:
    answer = ask("湖州2021年到2023年常住人口城镇化率提高了多少？", *ALL)
    assert "1.6个百分点（67.2% - 65.6% = 1.6个百分点）" in answer.answer
    assert "增长" not in answer.answer


def test_a_metric_by_place_is_ranked_and_says_what_it_compares(ask) -> None:
    answer = ask("2024年哪个县粮食产量最高？", *ALL)
    assert "从高到低第一个是长兴县" in (answer.notice or "")
    assert "| 地区 | 2024年粮食产量（万吨） |" in answer.answer
    assert answer.table is not None
    assert answer.table.rows == ("长兴县", "德清县", "安吉县")
    assert "3 个地方" in (answer.notice or "")
    least = ask("2024年哪个县粮食产量最低？", *ALL).table
    assert least is not None
    assert least.rows[0] == "安吉县"
    named = ask("2023年哪个市农村居民人均可支配收入最高？", *ALL)
    assert named.answer.splitlines()[0] == "2023年，舟山市最高，为49980元。[1]"


def test_two_places_are_told_apart_and_the_difference_shown(ask) -> None:
    answer = ask("2023年湖州和舟山农村居民人均可支配收入分别是多少，相差多少？", *ALL)
    assert "47540元" in answer.answer
    assert "舟山市49980元，湖州市47540元，相差2440元（49980元 - 47540元 = 2440元）" in answer.answer
    assert [figure.formula for figure in answer.figures if figure.formula] == ["49980元 - 47540元 = 2440元"]
    times = ask("2023年湖州农村居民人均可支配收入是浙江的几倍？", *ALL)
    assert "为1.18倍（47540元 ÷ 40311元 = 1.18倍）" in times.answer


def test_of_two_places_the_one_that_is_missing_is_named(ask) -> None:
    answer = ask("2023年湖州和绍兴农村居民人均可支配收入分别是多少？", *ALL)
    assert "47540元" in answer.answer
    assert "文档中没有找到“2023年绍兴农村居民人均可支配收入是多少”的答案。" in answer.answer
    assert {figure.region for figure in answer.figures} == {"湖州市"}


@pytest.mark.parametrize(
    "asked",
    [
        "湖州2025年农村居民人均可支配收入5.5万元的目标实现了吗？",
        "湖州2025年农村居民人均可支配收入比目标高还是低，差多少？",
    ],
)
def test_a_target_is_set_against_the_result_with_the_rate_of_completion(ask, asked: str) -> None:
    answer = ask(asked, *ALL)
    assert "没有达到目标" in answer.answer
    assert "差1100元" in answer.answer
    assert "完成率98.0%（53900元 ÷ 5.5万元 = 98.0%）" in answer.answer


def test_bounds_are_not_reckoned_with(ask) -> None:
    documents = [text.replace("41303元", "超4万元") for text in ALL]
    answer = ask("湖州历年农村居民人均可支配收入如何变化？", *documents)
    assert "超4万元" in answer.answer or "4万元" in answer.answer
    assert not [figure for figure in answer.figures if figure.formula and "4万" in figure.formula]


# --- disagreement -----------------------------------------------------------------------------------------------------


def everywhere(ask) -> list[disagreement.Disagreement]:
    return disagreement.everywhere(ask.assistants[-1]._library)


def test_documents_that_contradict_each_other_are_both_shown(ask) -> None:
    other = (
        YEARBOOK_2023.replace("47540", "48640")
        .replace("湖州市2023年统计公报", "2023年湖州年鉴")
        .replace("03-05", "09-05")
    )
    answer = ask("2023年湖州农村居民人均可支配收入是多少？", YEARBOOK_2023, other)
    assert answer.answer.startswith("不同文件说法不一：")
    assert "47540元" in answer.answer
    assert "48640元" in answer.answer
    assert "《2023年湖州年鉴》（2024-09-05）为48640元" in (answer.notice or "")
    assert {figure.citation for figure in answer.figures} == {1, 2}


@pytest.mark.parametrize(
    "other",
    [
        "2023年，湖州市农村居民人均可支配收入4.75万元。",
        "2023年，湖州市农村居民人均可支配收入超4.7万元。",
        "2024年，湖州市农村居民人均可支配收入50100元。",
        "到2023年，湖州市农村居民人均可支配收入力争达到4.6万元。",
        "2023年，湖州市农村居民人均可支配收入增长6.8%。",
        "2023年前三季度，湖州市农村居民人均可支配收入36100元。",
        "2023年，湖州市城镇居民人均可支配收入76300元。",
        "2023年，浙江省农村居民人均可支配收入40311元。",
    ],
)
def test_rounding_bounds_other_years_targets_and_growth_are_no_disagreement(ask, other) -> None:
    ask("2023年湖州农村居民人均可支配收入是多少？", YEARBOOK_2023, f"# 又一份材料\n\n{other}\n")
    assert everywhere(ask) == []


def test_a_later_correction_is_told_as_one(ask) -> None:
    later = """---
title: 关于更正2023年主要数据的公告
published: 2024-12-05
---
2023年，湖州市农村居民人均可支配收入47390元。
"""
    answer = ask("2023年湖州农村居民人均可支配收入是多少？", YEARBOOK_2023, later)
    assert answer.answer.startswith("后来的文件作了修订：")
    assert answer.answer.index("47390元") < answer.answer.index("47540元")
    (found,) = everywhere(ask)
    assert found.revised


def test_one_document_may_contradict_itself(ask) -> None:
    text = (
        YEARBOOK_2025
        + "\n## 附\n\n"
        + "其他工作情况正常，各项事业有序开展。" * 6
        + "\n\n2025年湖州市农村居民人均可支配收入为54900元。\n"
    )
    answer = ask("2025年湖州农村居民人均可支配收入是多少？", text)
    assert answer.answer.startswith("同一文件里说法不一：")
    assert "53900元" in answer.answer
    assert "54900元" in answer.answer


def test_the_sample_library_does_not_contradict_itself(sample_library: Assistant) -> None:
    assert disagreement.everywhere(sample_library._library) == []


ROADS = """---
title: 湖州市农村公路建设情况
published: 2025-01-20
---
2022—2024年，湖州市新改建农村公路1486公里。分年度看，2022年新改建412公里，2023年新改建506公里，2024年新改建568公里。
2024年，德清县新增学位1200个，长兴县新增学位1500个，安吉县新增学位900个。
"""


def test_the_year_with_the_most_is_told_before_the_years(ask) -> None:
    answer = ask("湖州市哪一年新改建农村公路最多？", ROADS)
    assert answer.answer.splitlines()[0] == "2024年最多，为568公里。[1]"
    assert "| 2023年 | 506公里[1] |" in answer.answer


def test_what_a_document_goes_on_to_name_in_short_is_part_of_the_trend(ask) -> None:
    answer = ask("湖州市这三年每年新改建农村公路多少公里？", ROADS)
    assert [row.split(" | ")[1][:5] for row in answer.answer.splitlines()[3:6]] == ["412公里", "506公里", "568公里"]


def test_three_places_are_added_up(ask) -> None:
    answer = ask("2024年德清县、长兴县、安吉县新增学位合计多少个？", ROADS)
    assert "合计3600个" in answer.answer
    assert answer.verdict is not None
    assert answer.verdict.ok


def test_two_places_are_set_apart_by_their_values(ask) -> None:
    answer = ask("德清县2024年新增学位是安吉县的几倍？", ROADS).answer
    assert answer.splitlines()[-1].startswith("2024年新增学位，德清县1200个，安吉县900个，为1.33倍（")


@pytest.mark.parametrize("asked", ["增长百分之几", "增长了百分之几", "增长了多少"])
def test_a_growth_is_worked_out_however_it_is_asked_for(ask, asked: str) -> None:
    text = (
        "# 湖州市收入\n\n2020年，湖州市农村居民人均可支配收入40000元。2025年，湖州市农村居民人均可支配收入56000元。\n"
    )
    answer = ask(f"2025年湖州农村居民人均可支配收入比2020年{asked}？", text)
    assert "增长40.0%（" in answer.answer.splitlines()[-1]


def test_two_metrics_are_set_apart_by_their_names(ask) -> None:
    text = "# 湖州市收入\n\n2024年，湖州市城镇居民人均可支配收入76000元，农村居民人均可支配收入50200元。\n"
    answer = ask("2024年湖州市城镇居民和农村居民人均可支配收入相差多少？", text)
    assert answer.answer.splitlines()[-1].startswith(
        "城镇居民人均可支配收入76000元，农村居民人均可支配收入50200元，相差25800元（"
    )


def test_a_share_that_no_document_prints_is_worked_out(ask) -> None:
    text = "# 台州市用电情况\n\n2024年，台州市全社会用电量为452.6亿千瓦时，其中工业用电量为318.2亿千瓦时。\n"
    answer = ask("2024年工业用电量占台州全社会用电量的比重是多少？", text)
    assert answer.answer.splitlines()[-1].startswith("工业用电量318.2亿千瓦时，全社会用电量452.6亿千瓦时，占70.3%（")
    assert answer.verdict is not None
    assert answer.verdict.ok


def test_a_value_and_its_rank_are_both_told(ask) -> None:
    text = "# 嘉兴市财政\n\n2020年，嘉兴市财政总收入突破1000亿元。2020年，嘉兴市财政总收入在全国排名第20位。\n"
    answer = ask("嘉兴2020年财政总收入多少、全国排第几？", text).answer
    assert "1000亿元" in answer
    assert "第20位" in answer


COMPANIES = """---
title: 某区重点企业纳税情况
published: 2025-01-20
---
2024年，恒达机械有限公司纳税3860万元，立新纺织有限公司纳税2140万元，宏图电子有限公司纳税5275万元。
2023年，恒达机械有限公司纳税3520万元，宏图电子有限公司纳税4890万元。
"""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("恒达机械和宏图电子2024年谁纳税多，多多少？", "多1415万元（5275万元 - 3860万元 = 1415万元）"),
        ("2024年恒达机械、立新纺织、宏图电子哪家纳税最少？", "其中立新纺织有限公司纳税最少，为2140万元。"),
        ("宏图电子2024年纳税比2023年增加了多少？", "增加385万元（5275万元 - 4890万元 = 385万元）"),
        ("宏图电子2024年纳税比上年多多少？", "增加385万元（5275万元 - 4890万元 = 385万元）"),
    ],
)
def test_whatever_tells_sides_apart_they_are_compared_alike(ask, asked: str, said: str) -> None:
    answer = ask(asked, COMPANIES)
    assert said in answer.answer
    assert answer.verdict is not None
    assert answer.verdict.ok


@pytest.mark.parametrize(
    "asked",
    [
        "恒达机械和天成化工2024年谁纳税多？",
        "立新纺织2024年纳税比2023年增加多少？",
        "宏图电子2022年比2021年纳税增加多少？",
    ],
)
def test_nothing_is_worked_out_where_one_side_lacks(ask, asked: str) -> None:
    answer = ask(asked, COMPANIES)
    assert answer.status == "not_found"
    assert not answer.figures or not any(figure.formula for figure in answer.figures)
