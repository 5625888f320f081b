from __future__ import annotations

import pytest

from sources.mentions.datelines import reference_date, reference_year


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("刚刚过去的2025年收官。站在2026年“十五五”开局之年。", 2026),
        ("2020年，生产总值突破5500亿元。截至今年6月，办理1200件。到2035年实现目标。", 2021),
        ("现将有关事项通知如下。2020年2月12日", 2020),
        ("没有任何年份。", None),
    ],
)
def test_reference_year(text, year):
    assert reference_year(text) == year


def test_reference_date_reads_a_dateline():
    assert reference_date("2025-12-15 15:44 来源：杂志\n一年来成效明显。") == "2025-12-15"


def test_a_year_behind_the_mark_of_a_list_counts_like_any_other() -> None:
    assert reference_year("- 2022年，全县改造山塘12座。\n- 2021年改造9座。") == 2022
    assert reference_year("规划期为2021-2025年，2023年改造山塘9座。") == 2023
