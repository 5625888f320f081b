"""A metric by place and time: what a cell shows, and the address that says what the page shows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.web.figures.looking import Listed
from assistant.web.figures.page import listing
from assistant.web.figures.pivot_page import point
from assistant.web.figures.table import Pivot, cell, falls, in_print, pivot, scales_for
from assistant.web.figures.taking import as_csv, cell_text, table_rows
from assistant.web.figures.view import AXES, CHARTS, KINDS, MAX_CHARS, SCALES, View
from assistant.web.figures.words import EN, ZH
from index.catalog.metrics import Metric
from index.metrics import Laid
from sources.figures.figure import Figure, Sureness

PLAIN = Figure(
    "d1",
    10,
    16,
    "收入",
    Decimal(54939),
    "元",
    region="嘉兴市",
    period="2025",
    text="54939元",
    key="收入",
    subject="嘉兴市",
)
FALLEN = replace(PLAIN, value=Decimal("-6.5"), unit="%", text="6.5%", status="growth", direction="down")


def shown(*figures: Figure) -> str:
    return cell_text(cell(figures, "region", "period"), "", ZH)


def table(*figures: Figure) -> Pivot:
    rows = tuple(dict.fromkeys(each.region for each in figures))
    columns = tuple(dict.fromkeys(each.period for each in figures))
    laid = Laid("region", "period", rows, columns, figures, len(rows), len(columns), len(figures))
    return pivot("收入", figures[0].unit, laid)


def test_sources_of_one_value_are_one_entry() -> None:
    other = replace(PLAIN, document_id="d0", text="5.4939万元")
    own = cell((other, PLAIN), "region", "period")
    assert [{each.document_id for each in entry.figures} for entry in own.entries] == [{"d0", "d1"}]
    assert not own.differs


def test_a_rounded_value_is_shown_beside_the_exact_one_and_drawn_with_it() -> None:
    rounded = replace(PLAIN, document_id="d0", value=Decimal(54900), text="5.49万元")
    own = cell((rounded, PLAIN), "region", "period")
    assert cell_text(own, "", ZH) == "54939元；5.49万元"
    drawn = point(own, ("actual",), ZH)
    assert drawn is not None
    assert (drawn.text, drawn.low, drawn.high) == ("54939元", 54939, 54939)


def test_sources_that_differ_are_all_shown_and_said_to() -> None:
    own = cell((PLAIN, replace(PLAIN, document_id="d2", value=Decimal(48000), text="48000元")), "region", "period")
    assert own.differs
    assert cell_text(own, "", ZH) == "54939元；48000元（出处不一）"
    drawn = point(own, ("actual",), ZH)
    assert drawn is not None
    assert (drawn.low, drawn.high) == (48000, 54939)


def test_a_bound_is_shown_beside_what_it_holds_of() -> None:
    own = cell((PLAIN, replace(PLAIN, value=Decimal(50000), text="5万元", qualifier="超")), "region", "period")
    assert cell_text(own, "", ZH) == "54939元；超5万元"


def test_an_aim_is_never_taken_for_a_result() -> None:
    aim = replace(PLAIN, value=Decimal(60000), text="6万元", status="target")
    own = cell((aim, PLAIN), "region", "period")
    assert not own.differs
    assert shown(aim, PLAIN) == "54939元；6万元（目标）"
    assert point(own, ("actual",), ZH) == point(cell((PLAIN,), "region", "period"), ("actual",), ZH)


def test_what_subjects_of_one_place_have_is_told_apart() -> None:
    office = replace(PLAIN, subject="市公安局", value=Decimal(1), text="1元")
    other = replace(PLAIN, subject="市教育局", value=Decimal(2), text="2元")
    own = cell((office, other), "region", "period")
    assert not own.differs
    assert point(own, ("actual",), ZH) is None
    assert shown(office, other) == "市公安局：1元；市教育局：2元"


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (replace(PLAIN, value=Decimal(0), unit="", text="0"), "0"),
        (FALLEN, "6.5%（下降）"),
        (replace(FALLEN, text="-6.5"), "-6.5%（增长）"),
        (replace(PLAIN, value=Decimal(3), upper=Decimal(5), unit="个百分点", text="3—5个百分点"), "3—5个百分点"),
        (replace(PLAIN, value=Decimal(2), unit="位", text="第2位", status="rank", scope="全市"), "第2位（全市位次）"),
        (replace(PLAIN, value=Decimal(33809000), text="3,380.9"), "3,380.9万元"),
        (replace(PLAIN, value=Decimal(10**9), text="10亿元", qualifier="超"), "超10亿元"),
        (replace(PLAIN, value=Decimal(210000), unit="吨", text="21万吨", qualifier="以上"), "21万吨以上"),
        (replace(PLAIN, value=Decimal("1.48"), unit="", text="1.48:1"), "1.48:1"),
        (replace(PLAIN, sure=Sureness(metric=0.5)), "54939元（存疑：指标名）"),
    ],
)  # fmt: skip
def test_a_value_is_shown_as_printed(figure: Figure, expected: str) -> None:
    assert shown(figure) == expected


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=3), st.sampled_from(["1", "万", "亿"]))
def test_converting_moves_the_point_and_loses_no_digit(value: Decimal, scale: str) -> None:
    text, unit = in_print(replace(PLAIN, value=value), scale)
    assert unit == ""
    assert Decimal(text) * {"1": 1, "万": 10**4, "亿": 10**8}[scale] == value


def test_a_scale_keeps_ranges_bounds_and_falls() -> None:
    ranged = replace(PLAIN, value=Decimal(30000), upper=Decimal(50000), text="3—5万元", qualifier="约")
    assert in_print(ranged, "万")[0] == "约3—5"
    fallen = replace(PLAIN, value=Decimal(-20000), text="2万元", status="growth", direction="down")
    assert falls(fallen)
    assert cell_text(cell((fallen,), "region", "period"), "万", ZH) == "-2（增长）"
    assert scales_for(table(PLAIN)) == ("1", "万")
    assert scales_for(table(replace(PLAIN, unit="%"))) == ()


def test_the_table_taken_along_is_the_one_shown() -> None:
    rows = table_rows(table(PLAIN, replace(PLAIN, region="", subject="", period="2021..2025")), "", ZH)
    assert rows == [["地区", "2025年", "2021—2025年"], ["嘉兴市", "54939元", ""], ["未注明地区", "", "54939元"]]
    assert table_rows(table(PLAIN), "", EN)[0] == ["Places", "2025"]
    assert as_csv([["=1+1", "-6.5", "+86"]]) == "\ufeff'=1+1,-6.5,+86\r\n"


TEXTS = st.text(max_size=30).map(str.strip)
VIEWS = st.builds(
    View, metric=TEXTS, q=TEXTS, unit=TEXTS, kind=st.sampled_from(("", *KINDS)), region=TEXTS, since=TEXTS, until=TEXTS,
    publisher=TEXTS, document=TEXTS, rows=st.sampled_from(("", *AXES)), sort=TEXTS, down=st.sampled_from(("", "1")),
    scale=st.sampled_from(SCALES), chart=st.sampled_from(CHARTS), page=st.integers(1, 100_000),
)  # fmt: skip


@given(VIEWS)
def test_an_address_says_the_whole_view(view: View) -> None:
    query = dict(parse_qsl(urlsplit(view.address()).query))
    assert View.read(query) == view
    assert view.address(q="x").startswith("figures?")


@given(st.dictionaries(st.sampled_from([*View.__dataclass_fields__, "from", "to"]), st.text(max_size=400)))
def test_any_address_is_some_view(asked: dict[str, str]) -> None:
    view = View.read(asked)
    assert view.page >= 1
    assert view.kind in ("", *KINDS)
    assert all(len(str(getattr(view, name))) <= MAX_CHARS for name in View.__dataclass_fields__)


def test_a_metric_of_another_unit_is_listed_with_it() -> None:
    metrics = [Metric(f"{n}<b>", 9 - n, ((unit, 9 - n),), 1, 1, "2020", "2024") for n, unit in enumerate("元元元人")]
    html = listing(View(), Listed(tuple(metrics), 4, 30), ZH)
    assert "单位：元" in html
    assert "其他单位" in html
    assert html.count("2020—2024") == 4
    assert "<b>" not in html
