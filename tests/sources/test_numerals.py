from __future__ import annotations

from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.mentions.numerals import chinese_number, quantities


def read(text):
    return [(q.text, str(q.value), q.unit) for q in quantities(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三千二百万", "32000000"),
        ("十四", "14"),
        ("二〇二五", "2025"),
        ("三点五", "3.5"),
        ("两万五", "25000"),
        ("三百二", "320"),
        ("三百零二", "302"),
        ("一万亿", "1000000000000"),
        ("1,349,084", "1349084"),
        ("１２．５", "12.5"),
    ],
)
def test_chinese_number(text, value):
    assert chinese_number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "三点", "嘉兴", "十x", "点五"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="is no number"):
        chinese_number(text)


@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_reads_what_cn2an_writes(number):
    assert chinese_number(cn2an.an2cn(number)) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("达到1,349,084亿元", [("1,349,084亿元", "134908400000000", "元")]),
        ("占百分之五", [("百分之五", "5", "%")]),
        ("百分之八十八点六", [("百分之八十八点六", "88.6", "%")]),
        ("三成以上", [("三成", "30", "%")]),
        ("翻一番，翻两番", [("翻一番", "100", "%"), ("翻两番", "300", "%")]),
        ("收入比为1.48:1和1.6:1", [("1.48:1", "1.48", ""), ("1.6:1", "1.6", "")]),
        ("投入三千二百万元", [("三千二百万元", "32000000", "元")]),
        ("1亿3700万元", [("1亿3700万元", "137000000", "元")]),
        ("１２．５％", [("１２．５％", "12.5", "%")]),
        ("常住人口480万", [("480万", "4800000", "人")]),
        ("办理1200余件，约5700人次", [("1200余件", "1200", "件"), ("5700人次", "5700", "人次")]),
        ("近百项功能、百余家企业", [("百项", "100", "项"), ("百余家", "100", "家")]),
        ("PM2.5浓度为28微克/立方米", [("28微克/立方米", "28", "微克/立方米")]),
        ("从5元到40元", [("5元", "5", "元"), ("40元", "40", "元")]),
        ("列全国第17、地级市第6", [("第17", "17", "位"), ("第6", "6", "位")]),
        ("位居全国第37位", [("第37位", "37", "位")]),
        ("居全省首位", [("首位", "1", "位")]),
        ("两三百头猪", [("两三百头", "200", "头")]),
        ("下降-3.2%", [("-3.2%", "-3.2", "%")]),
        ("完成３，０８６．４万人次", [("３，０８６．４万人次", "30864000", "人次")]),
        ("达12 500元，共有3 098 000人", [("12 500元", "12500", "元"), ("3 098 000人", "3098000", "人")]),
        ("比上年翻了一番", [("翻了一番", "100", "%")]),
        ("在1%和2%之间", [("1%和2%", "1", "%")]),
        ("六成八、三分之二、三百一十二万六千人", [
            ("六成八", "68", "%"), ("三分之二", "66.67", "%"), ("三百一十二万六千人", "3126000", "人"),
        ]),
        ("39,801 yuan, 5.3 percent, 2 billion yuan", [
            ("39,801 yuan", "39801", "元"), ("5.3 percent", "5.3", "%"), ("2 billion yuan", "2000000000", "元"),
        ]),
        ("收入倍差缩小至1.73,比上年同期缩小0.02", [("1.73", "1.73", ""), ("0.02", "0.02", "")]),
        ("三大机制和7项制度", [("三大", "3", "大"), ("7项", "7", "项")]),
    ],
)  # fmt: skip
def test_quantities(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "三农、一体化和“一老一小”统一部署",
        "“132”总体部署，“1+3”帮扶机制，六改六融，“三大差距”，培育“135N”集群",
        "2025年12月5日15:44，国发〔2020〕5号，第二十三期",
        "5G、G60、N95、COVID-19、PM2.5、500强、7个千亿级"[:-6],
        "“15分钟公共服务圈”",
        "千家万户、百家争鸣、三位一体、两个维护、一二三产业",
        "服务热线12345，电话0571-88888888，网址www.122.gov.cn",
        "第三条、第十三批",
    ],
)
def test_names_dates_and_slogans_are_no_quantities(text):
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "value", "upper", "unit"),
    [
        ("3-5个百分点", "3", "5", "个百分点"),
        ("10%—20%", "10", "20", "%"),
        ("5至10万元", "50000", "100000", "元"),
        ("20万-50万元", "200000", "500000", "元"),
        ("3到5天", "3", "5", "天"),
    ],
)
def test_ranges(text, value, upper, unit):
    (quantity,) = quantities(text)
    assert (quantity.value, quantity.upper, quantity.unit, quantity.text) == (
        Decimal(value),
        Decimal(upper),
        unit,
        text,
    )


def test_qualifiers_stand_beside_the_span():
    text = "覆盖率80%以上，占比超60%，约5700人次"
    assert [(q.text, q.qualifier) for q in quantities(text)] == [("80%", "以上"), ("60%", "超"), ("5700人次", "约")]


def test_what_touches_a_skipped_span_is_left_out():
    assert [q.text for q in quantities("3年内建成5个", skip=[(0, 3)])] == ["5个"]


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from(["元", "%", "公里", "万元", "亿元"]))
def test_a_printed_number_is_read_back(number, unit):
    (quantity,) = quantities(f"共{number:,}{unit}。")
    scale = {"万": 10**4, "亿": 10**8}.get(unit[0], 1)
    assert quantity.value == number * scale
    assert quantity.unit == unit[-1] or unit == "公里"


@given(
    st.text(
        alphabet="0123456789.,，:%％万亿千百十一二两三四五六七八九个条元年月日第位成分之余多至到-—（）“”。 达占约\nab",
        max_size=60,
    )
)
def test_any_text_is_read_with_exact_spans(text):
    last = 0
    for quantity in quantities(text):
        assert text[quantity.start : quantity.end] == quantity.text
        assert quantity.start >= last
        last = quantity.end


def test_digits_without_end_are_data_and_no_number() -> None:
    assert quantities("7" * 2_000_000 + "元") == []
