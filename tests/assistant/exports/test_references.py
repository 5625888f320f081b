"""References by the rules of GB/T 7714—2015, an example for each type of document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assistant.answers import Citation
from assistant.exports.references import Paper, References, reference
from assistant.exports.words import EN, ZH
from index.catalog.rows import DocumentInfo
from tests.fakes.assistant import RURAL

DAY = date(2026, 11, 27)
RULE = Paper(
    "关于印发租房补贴办法的通知",
    "云山市人民政府",
    "2025-04-30",
    "云政发〔2025〕3号",
    "通知",
    "/home/wang/机密/通知.docx",
)


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        (RULE, "云山市人民政府. 关于印发租房补贴办法的通知: 云政发〔2025〕3号[Z]. 2025-04-30. 文件: 通知.docx."),
        (
            Paper("海岛行记", "云山日报", "2025-06-11", kind="报道", uri="报道.md"),
            "海岛行记[N]. 云山日报, 2025-06-11. 文件: 报道.md.",
        ),
        (Paper("共富路上", "《今日云山》杂志", "2025-12"), "共富路上[J]. 今日云山, 2025-12."),
        (
            Paper("养老机构服务规范", "云山省市场监督管理局", "2023", "DB33/T 2171—2023", "标准"),
            "云山省市场监督管理局. 养老机构服务规范: DB33/T 2171—2023[S]. 2023.",
        ),
        (
            Paper("政府工作报告", "云山市人民政府", "2026-01-20", kind="报告"),
            "云山市人民政府. 政府工作报告[R]. 2026-01-20.",
        ),
        (
            Paper("各区县粮食产量", "云山市统计局", "2025", kind="统计表", uri="C:\\数据\\产量.xlsx"),
            "云山市统计局. 各区县粮食产量[DS]. 2025. 文件: 产量.xlsx.",
        ),
        (
            Paper("补贴怎么领", "云山市民政局", "2025-03-01", uri="https://user:pw@example.org/a.html?token=1#x"),
            "云山市民政局. 补贴怎么领[EB/OL]. (2025-03-01)[2026-11-27]. https://example.org/a.html.",
        ),
        (
            Paper("渔业年报", "云山日报", "2025-03-01", uri="年报.mhtml"),
            "渔业年报[N/OL]. 云山日报, 2025-03-01[2026-11-27]. 文件: 年报.mhtml.",
        ),
        (Paper("无名的纸"), "无名的纸[Z]."),
        (
            Paper("联合通知", "甲市财政局 乙市教育局、丙市人社局；丁市卫健委", "2024"),
            "甲市财政局, 乙市教育局, 丙市人社局, 等. 联合通知[Z]. 2024.",
        ),
        (Paper("公报选登", "云山省人民政府公报", "2024"), "公报选登[J]. 云山省人民政府公报, 2024."),
        (Paper("云政发〔2025〕3号通知", number="云政发〔2025〕3号"), "云政发〔2025〕3号通知[Z]."),
    ],
)
def test_a_reference(paper: Paper, expected: str) -> None:
    assert reference(paper, ZH, day=DAY) == expected


def test_in_english_only_the_words_around_it_change() -> None:
    assert reference(RULE, EN, day=DAY).endswith("[Z]. 2025-04-30. File: 通知.docx.")
    paper = Paper("Grain report", "Bureau A; Bureau B; Bureau C; Bureau D", "2024")
    assert reference(paper, EN, day=DAY) == "Bureau A, Bureau B, Bureau C, et al. Grain report[Z]. 2024."


def test_a_document_cited_twice_is_one_reference_with_what_the_catalog_knows() -> None:
    first, second = RURAL.citations
    other = replace(first, document_id="cccc", title="另一份", publisher=None, published=None, uri="")
    known = DocumentInfo("aaaa1111", "", "", None, None, 0, 0, number="云统〔2026〕1号", kind="公报")
    references = References({"aaaa1111": known})
    assert [references.number_of(each) for each in (first, other, second)] == [1, 2, 1]
    assert list(references.lines(ZH, day=DAY)) == [
        (1, "云栖市统计局. 云栖市2025年国民经济公报: 云统〔2026〕1号[R]. 2026-02-10. 文件: aaaa1111.txt."),
        (2, "另一份[Z]."),
    ]


def test_a_title_of_several_lines_stays_in_its_line() -> None:
    citation: Citation = replace(RURAL.citations[0], title="一\n二\x00", uri="")
    assert Paper.of(citation, None).title == "一 二"
