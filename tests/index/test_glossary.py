"""English questions put into Chinese terms: the table is well formed, and phrases, places and years come through."""

from __future__ import annotations

import re

import pytest

from index.queries import glossary
from sources.mentions.regions import regions

LINES = glossary._TABLE.read_text(encoding="utf8").splitlines()


def test_every_line_is_a_lower_case_term_and_its_chinese():
    for line in LINES:
        english, chinese = line.split("\t")
        assert english == english.strip().lower(), line
        assert not re.search(r"[一-鿿]", english), line
        assert re.fullmatch(r"[一-鿿\w.]+", chinese), line
        assert re.search(r"[一-鿿]", chinese) or english in {"5g", "g60", "pm2.5"}, line


def test_terms_are_sorted_and_none_stands_twice():
    terms = [line.split("\t")[0] for line in LINES]
    assert terms == sorted(set(terms))


def test_every_term_finds_its_own_chinese():
    """No term is shadowed by a longer one or lost to the word boundaries and plural endings of the pattern."""
    for line in LINES:
        english, chinese = line.split("\t")
        assert chinese in glossary.to_chinese(english).split(), line


@pytest.mark.parametrize(
    ("question", "chinese"),
    [
        ("How many key towns does Haining have?", "中心镇 海宁"),
        ("When was the Hangzhou Bay Bridge opened to traffic?", "杭州湾跨海大桥 通车"),
        ("the urban-rural income ratio of Zhejiang Province in 2030", "城乡居民收入比 浙江省 2030年"),
        ("Which counties gave housing subsidies to migrant workers?", "县 住房 补贴 农民工"),
        ("How many breeding sows and how much sown area are planned?", "能繁母猪 播种面积 计划"),
        ("What tax relief can small and micro enterprises get during the epidemic?", "税收减免 小微企业 疫情"),
        ("Who is trained before trial operation under the unified standard?", "培训 试运营 统一标准"),
        ("Pan'an, Lin'an and Xi'an", "磐安 临安 西安"),
    ],
)
def test_a_question_becomes_its_terms_in_order(question, chinese):
    assert glossary.to_chinese(question) == chinese


def test_the_longest_phrase_wins():
    assert glossary.to_chinese("disposable income") == "可支配收入"
    assert glossary.to_chinese("per capita disposable income") == "人均可支配收入"


def test_question_words_and_particles_are_left_out():
    words = "what which who whom whose when where why how many much long often is are was were do does did has have"
    assert glossary.to_chinese(f"{words} the a an of in on to by for from with and or there it they this that") == ""


def test_places_come_out_as_the_gazetteer_reads_them():
    named = "Xiuzhou District, Haiyan County, Yiwu City and Jingning County"
    found = [region.name for region in regions(glossary.to_chinese(named))]
    assert found == ["秀洲区", "海盐县", "义乌市", "景宁畲族自治县"]
