"""Queries: other names, numbers, scripts, languages and slips of the keyboard, on a corpus given as a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from index.index import Index
from index.queries.queries import Wording, in_chinese, is_english, mended, simplified, wording
from index.queries.spelling import Slip
from index.words import words

CORPUS = (
    "2025年嘉兴农村居民人均可支配收入达到54939元，城镇居民人均可支配收入80000元。上海、杭州、宁波、绍兴医疗保险参保率为百分之五。"
    "全市共同富裕示范区建设二〇二五年启动，学前教育覆盖率是多少，村里都说得明白。城乡居民收入比为1.5。政策服务发展规划。"
)


def holding(text: str) -> Callable[[Sequence[str]], list[int]]:
    """How often each word stands in `text`."""
    found = words(text)
    return lambda terms: [found.count(term) for term in terms]


def worded(query: str, corpus: str = CORPUS) -> Wording:
    return wording(query, holding(corpus))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("嘉行农村居民收入", "嘉兴农村居民收入"),  # sounds alike
        ("人均可支佩收入", "人均可支配收入"),
        ("人均可支入收", "人均可支收入"),  # swapped
        ("农居村民人均可支配收入", "农村居民人均可支配收入"),
        ("人均可支收入", "人均可支配收入"),  # one lost
        ("共同富裕裕示范区", "共同富裕示范区"),  # one too many
        ("共同富祫示范区", "共同富裕示范区"),  # looks alike in a longer word
        ("學前教盲覆蓋率", "学前教育覆盖率"),  # in Traditional characters, too
    ],
)
def test_a_slip_is_mended_to_a_word_of_the_corpus(typed: str, meant: str) -> None:
    right, slips = mended(typed, holding(CORPUS))
    assert right == meant
    assert slips


def test_a_slip_says_where_it_stands() -> None:
    assert mended("2025年嘉行收入", holding(CORPUS))[1] == (Slip(5, 7, "嘉行", "嘉兴"),)


@pytest.mark.parametrize(
    "query",
    [
        "温岭农村居民人均可支配收入",  # a place that the corpus doesn't have
        "嘉善农村居民人均可支配收入",
        "嘉星镇农村居民人均可支配收入",  # a name of its own
        "“城真居民收入”是什么",  # in quotation marks
        "二〇二六年嘉兴农村居民收入",
        "第三产业学前儿童收入",
        "城市规模收益",
        "王健林的收入",
        "嘉兴农村居民人均可支配收入是多少",
    ],
)
def test_what_is_a_word_or_a_name_stays_though_the_corpus_has_it_not(query: str) -> None:
    right, slips = mended(query, holding(CORPUS))
    assert (right, slips) == (query, ())


def test_nothing_is_mended_to_what_the_corpus_does_not_have() -> None:
    assert mended("嘉行农村居民收入", holding("温州城镇居民"))[1] == ()


def test_a_mended_word_counts_less_than_one_that_stands_there() -> None:
    found = worded("嘉行农村居民收入").words
    assert 0 < found["嘉兴"] < found["农村"] == 1


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ("农民收入", "农村"),
        ("医保参保率", "疗保"),
        ("沪上", "上海"),
        ("杭绍甬", "绍兴"),
        ("禾城", "嘉兴"),
        ("城乡收入倍差", "入比"),
        ("二〇二五年", "2025"),
        ("二零二五年", "2025"),
        ("２０２５年", "二〇"),
        ("百分之五", "5%"),
        ("5%", "百分"),
        ("三千二百万元", "3200"),
        ("26个县", "二十"),
        ("二十六个县", "26"),
    ],
)
def test_another_name_counts_less_than_the_one_used(query: str, other: str) -> None:
    found = worded(query).words
    own = set(words(simplified(query)))
    assert other not in own
    assert 0 < found[other] <= 0.3
    assert all(found[word] >= 1 for word in own)


def test_what_is_mended_already_is_not_mended_again() -> None:
    def unused(words: Sequence[str]) -> list[int]:
        raise AssertionError(f"{words} looked up")

    right, _ = mended("嘉行农村居民收入", holding(CORPUS))
    again = wording(right, unused, is_mended=True)
    assert (again.text, again.slips) == ("嘉兴农村居民收入", ())
    assert again.words == worded(right).words
    assert wording("嘉行农村居民收入", unused, is_mended=True).text == "嘉行农村居民收入"


def test_what_two_other_names_share_counts_once() -> None:
    assert worded("农民").words["村居"] <= 0.3


def test_a_five_year_plan_is_no_number() -> None:
    assert not {"145", "14"} & set(worded("十四五时期").words)


def test_a_query_without_other_names_is_its_own_words() -> None:
    assert worded("政策服务").words == {"政": 1, "策": 1, "服": 1, "务": 1, "政策": 1, "策服": 1, "服务": 1}


@pytest.mark.parametrize(
    ("query", "chinese"),
    [
        ("Jiaxing农村居民收入", "嘉兴市农村居民收入"),
        ("jiaxing shi农村居民收入", "嘉兴市农村居民收入"),
        ("Jiāxīng的收入", "嘉兴市的收入"),
        ("Qingtian County的企业", "青田县的企业"),
        ("rural residents' income of Qujing City in 2025", "农村居民 收入 曲靖市 市 2025年"),
        ("GDP是多少", "GDP是多少"),
    ],
)
def test_english_and_pinyin_are_put_into_chinese(query: str, chinese: str) -> None:
    assert in_chinese(query) == chinese


def test_the_more_words_decide_which_language_a_question_is_in() -> None:
    assert is_english("How many people did the 挂单奔中 reform help?")
    assert not is_english("GDP和R&D占比是多少")


def test_traditional_characters_become_simplified_ones_where_they_stand() -> None:
    assert simplified("ＡＢＣ 農村居民，2025年") == "ＡＢＣ 农村居民，2025年"
    characters = "".join(map(chr, [*range(0x3400, 0xA000), *range(0xF900, 0xFB00)]))
    assert len(simplified(characters)) == len(characters)


def test_a_search_finds_what_was_meant(tmp_path: Path) -> None:
    for name, text in {"收入": CORPUS, "防汛": "防汛工作方案要求各地做好值班值守。" * 3}.items():
        (tmp_path / f"{name}.txt").write_text(f"{name}\n\n{text}", encoding="utf8")
    with Index.open(tmp_path / "index") as index:
        index.update([tmp_path / "收入.txt", tmp_path / "防汛.txt"])
        for query in ("嘉行的可支佩收入", "嘉興農民收入", "Jiaxing rural residents income", "禾城城里人"):
            assert index.search(query, k=1)[0].passage.document_id == index.search("收入", k=1)[0].passage.document_id
        right, _ = index.mended("嘉行的可支佩收入")
        assert right == "嘉兴的可支配收入"
        assert index.search(right, mended=True) == index.search(right)
        assert index.mended("嘉行收入")[0] == "嘉兴收入"
