from __future__ import annotations

import pytest

from sources.cleaning.furniture import paged
from sources.readers.files import document_of

BODY = (
    "第一页说茶叶产业的发展情况。",
    "第二页说农村公路的建设情况。",
    "第三页说老年食堂的运营情况。",
    "第四页说附则。",
)


def test_running_heads_and_page_numbers_of_a_pdf_made_text_are_left_out() -> None:
    raw = "\f".join(f"某县发展公报  {n + 10}\n\n{body}\n\n内部资料\n{n + 10}\n" for n, body in enumerate(BODY)) + "\f"
    lines, dropped, pages = paged(raw)
    assert [line.text for line in lines if line.text] == ["某县发展公报  10", BODY[0], "内部资料", *BODY[1:]]
    assert [line.page for line in lines if line.text] == [1, 1, 1, 2, 3, 4]
    assert pages == 4
    assert [(each.text, each.reason) for each in dropped if each.page == 2] == [
        ("某县发展公报  11", "页眉"), ("内部资料", "页脚"), ("11", "页码"),
    ]  # fmt: skip


def test_rows_at_the_end_of_pages_stay() -> None:
    raw = "\f".join(f"{body}\n合计 {n * 7}\n" for n, body in enumerate(BODY))
    assert sum("合计" in line.text for line in paged(raw)[0]) == 4


@pytest.mark.parametrize("mark", ["— 3 —", "－3－", "- 3 -", "第3页", "第 3 页 共 10 页"])
def test_a_page_number_in_mid_text_is_left_out_and_its_sentence_joined(mark: str) -> None:
    raw = f"关于推进农村公路建设的通知\n各乡镇要按照县政府的统一部署，坚持规划先行\n{mark}\n，加快建设进度。\n"
    document = document_of(raw.encode(), uri="样本.txt")
    assert "坚持规划先行，加快建设进度。" in document.text
    assert [(each.text, each.reason) for each in document.dropped] == [(mark, "页码")]


def test_a_text_of_one_page_has_no_pages() -> None:
    assert paged("甲县。\n\f")[2] is None
    assert paged("3\n甲县。\n")[1] == ()
