from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.mentions.gazetteer import gazetteer, reading
from sources.mentions.regions import level_of, main_regions, part_of, regions


def names(text, **options):
    return [region.name for region in regions(text, **options)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("嘉兴农村居民", ["嘉兴市"]),
        ("嘉兴市南湖区凤桥镇下辖的联丰村，联丰村启动", ["嘉兴市", "南湖区", "凤桥镇", "联丰村", "联丰村"]),
        ("杭州、宁波、温州", ["杭州市", "宁波市", "温州市"]),
        ("我国和全国", ["全国", "全国"]),
        ("in Jiaxing, Zhejiang Province", ["嘉兴市", "浙江省"]),
        ("内蒙古自治区和内蒙古", ["内蒙古自治区", "内蒙古自治区"]),
        ("其中山区乡镇85个，集中山区的事办", []),
        ("大连市中山区", ["大连市", "中山区"]),
        ("恩施州、恩施土家族苗族自治州", ["恩施土家族苗族自治州"] * 2),
    ],
)
def test_places(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "中心镇、重点村、县城、山区海岛县、特色小镇",
        "南湖实验室、杭州湾、黄浦江",
        "创新乡村、美丽水乡、构建德育",
        "上海积可建材有限责任公司、浙江工业大学",
    ],
)
def test_these_are_no_places(text):
    assert names(text) == []


def test_whole_province_is_that_of_the_home():
    assert names("全省、我省、我市", home=("嘉兴市",)) == ["浙江省", "浙江省", "嘉兴市"]
    assert names("我市", home=("上海市",)) == ["上海市"]
    assert names("全省") == [""]


def test_levels_and_parents():
    assert [level_of(name) for name in ("全国", "浙江省", "嘉兴市", "嘉善县", "凤桥镇", "联丰村")] == [
        "country", "province", "city", "county", "town", "village",
    ]  # fmt: skip
    assert part_of("嘉善县", "嘉兴市")
    assert part_of("嘉善县", "浙江省")
    assert part_of("嘉善县", "全国")
    assert not part_of("浙江省", "嘉善县")
    assert not part_of("嘉善县", "杭州市")


def test_a_name_that_several_places_bear_is_placed_by_its_neighbours():
    (_, inner) = regions("宁波市江北区")
    assert inner.parent == "宁波市"
    (alone,) = regions("江北区")
    assert alone.parent == ""


def test_zhejiang_is_complete():
    with reading({}):
        counties = [
            place for place in gazetteer().places.values() if place.level == "county" and part_of(place.name, "浙江省")
        ]
    assert len(counties) == 90


def test_main_regions():
    assert main_regions("嘉兴市和海宁市，嘉兴市", title="嘉兴：打造增长极") == ("嘉兴市", "海宁市")
    assert main_regions("全国各地") == ("全国",)


@given(st.text(alphabet="嘉兴市杭州宁波海盐县区镇乡村全省我国南湖的a ，上海", max_size=40))
def test_any_text_is_read_without_overlaps(text):
    last = 0
    for region in regions(text, home=("嘉兴市",)):
        assert last <= region.start < region.end <= len(text)
        last = region.end
