"""Places that no gazetteer has: learned from titles, publishers and tables, and by which document from which."""

from __future__ import annotations

import pytest

from sources.documents import Document
from sources.figures.prose import extract_figures
from sources.mentions import gazetteer
from sources.mentions.regions import level_of, main_regions, part_of, regions
from sources.mentions.unlisted import tabled, titled
from sources.tables import Table


def document(text: str, title: str, *, own: tuple[str, ...] = (), tables: tuple[Table, ...] = ()) -> Document:
    return Document("0" * 16, title, text, "a.txt", "0" * 64, published="2025-03-11", regions=own, tables=tables)


def labelled(*names: str) -> Table:
    return Table(0, 1, "", (("人口",),), tuple((name,) for name in names), ("",), ())


@pytest.mark.parametrize(
    ("title", "publisher", "text", "place"),
    [
        ("澄溪市2024年国民经济和社会发展统计公报", None, "", "澄溪市"),
        ("关于印发《澄溪市帮扶办法》的通知", "澄溪市民政局", "", "澄溪市"),
        ("2024年澄溪市工作要点", None, "澄溪市委、澄溪市政府要求……", "澄溪市"),
        ("嘉兴市2024年工作要点", "嘉兴市人民政府", "", ""),
        ("关于加快县域经济发展的意见", None, "加快县域经济发展。", ""),
        ("全市2024年工作总结", None, "全市工作。", ""),
        ("高新区2024年工作要点", None, "高新区管委会", ""),
        ("示范区2024年建设方案", None, "示范区建设，示范区方案。", ""),
        ("山区县农民增收调查", None, "山区县。山区县。", ""),
    ],
)
def test_a_title_names_a_place_where_more_speaks_of_it(
    title: str, publisher: str | None, text: str, place: str
) -> None:
    assert titled(title, publisher, text) == place


def test_a_column_of_names_is_one_of_places() -> None:
    assert tabled([labelled("岚山县", "鹤浦区", "嘉善县", "合计")]) == {"岚山县", "鹤浦区"}
    assert not tabled([labelled("岚山县", "粮食产量", "财政收入")])
    assert not tabled([labelled("开发区", "高新区")])


def test_what_a_document_knows_depends_on_no_other() -> None:
    with gazetteer.reading({"鹤浦县": "澄溪市", "澄溪市": ""}):
        assert [each.name for each in regions("鹤浦2024年收入，澄溪收入，全国收入")] == ["鹤浦县", "澄溪市", "全国"]
        assert (level_of("鹤浦县"), level_of("澄溪市")) == ("county", "city")
        assert part_of("鹤浦县", "澄溪市")
        assert main_regions("鹤浦县……", title="鹤浦县2024年公报") == ("鹤浦县",)
    with gazetteer.reading({}):
        assert regions("鹤浦县2024年收入") == []


def test_what_is_learned_is_known_from_then_on() -> None:
    @gazetteer.remembered(maxsize=8)
    def named(text: str) -> list[str]:
        return [each.name for each in regions(text)]

    assert named("雪浪县的人口") == []
    gazetteer.learn({"雪浪县": "", "嘉兴市": "雪浪县", "雪浪": ""})
    assert named("雪浪的人口") == ["雪浪县"]
    gazetteer.learn({"雪浪县": "杭州市"})
    assert part_of("雪浪县", "浙江省")
    assert part_of("嘉兴市", "浙江省"), "what is listed stays as it is"


def test_figures_are_of_the_place_that_a_title_or_a_row_names() -> None:
    text = (
        "全市生产总值4968.1亿元。根据第五次全国经济普查结果，2023年全市生产总值修订为4713.4亿元。\n"
        "为65周岁以上海岛老人提供助餐服务3.4万人次。"
    )
    found = extract_figures(document(text, "澄溪市2024年国民经济和社会发展统计公报", own=("澄溪市",)))
    assert {each.region for each in found} == {"澄溪市"}
    assert [(each.key, each.period, each.text) for each in found[:2]] == [
        ("地区生产总值", "2024", "4968.1亿元"),
        ("地区生产总值", "2023", "4713.4亿元"),
    ]


def test_the_whole_city_is_not_the_county_named_before() -> None:
    text = "嘉善县农村居民人均可支配收入4.8万元。全市城镇居民人均可支配收入7.2万元，农村居民人均可支配收入4.7万元。"
    assert [each.region for each in extract_figures(document(text, "2024年情况通报"))] == ["嘉善县", "嘉兴市", "嘉兴市"]
    text = text.replace("嘉善县", "雾岭县")
    with gazetteer.reading({}):
        found = extract_figures(document(text, "情况通报", tables=(labelled("雾岭县", "石湾县"),)))
    assert [each.region for each in found] == ["雾岭县", "", ""]
