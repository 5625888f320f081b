"""Names: everyday ones and official ones stand for each other, where the corpus has one and not the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from index.queries.names import ALIASES, EVERYDAY, called, lines, names_here, other_names, put
from index.words import normalise

Frequencies = Callable[[Sequence[str]], Sequence[int]]


def corpus(*texts: str) -> Frequencies:
    """In how many of the texts each word stands."""
    return lambda words: [sum(word in text for text in texts) for word in words]


RULES = corpus("最低生活保障标准为每人每月1050元。", "电动自行车登记上牌不收取费用。", "随迁子女凭居住证入学。")


@pytest.mark.parametrize(
    ("asked", "here"),
    [
        ("低保一个月多少钱？", "最低生活保障一个月多少钱？"),
        ("电瓶车上牌照要交钱吗？", "电动自行车登记上牌要交钱吗？"),
        ("孩子上学要居住证吗？", "子女入学要居住证吗？"),
        ("我家娃能入学吗？", "我家子女能入学吗？"),
        ("最低生活保障标准是多少？", "最低生活保障标准是多少？"),
        ("高铁票多少钱？", "高铁票多少钱？"),
        ("“低保”是什么意思？", "“低保”是什么意思？"),
        ("《低保办法》有几条？", "《低保办法》有几条？"),
    ],
)
def test_a_question_is_put_into_the_names_that_the_corpus_has(asked: str, here: str) -> None:
    assert put(asked, names_here(asked, RULES)) == here


def test_a_name_that_the_corpus_has_stays() -> None:
    both = corpus("低保即最低生活保障。")
    assert names_here("低保一个月多少钱？", both) == ()


def test_official_names_are_put_into_everyday_ones_too() -> None:
    assert names_here("最低生活保障多少钱？", corpus("低保每月800元。")) == (("最低生活保障", "低保"),)


def test_near_names_help_a_search_but_are_never_put_in_each_others_place() -> None:
    assert dict(called("农民收入"))["农民收入"]
    assert names_here("农民多少", corpus("农村居民")) == ()
    assert other_names("农民") == ()


def test_the_tables_are_well_formed() -> None:
    official = Counter(line[0] for line in lines(EVERYDAY))
    assert [name for name, count in official.items() if count > 1] == []
    for table in (EVERYDAY, ALIASES):
        for line in lines(table):
            assert len(line) > 1
            assert len(set(line)) == len(line), line
            assert all(name and name == normalise(name) for name in line)
    assert len(official) > 200
