"""Ranking: what is seen of a candidate, and the order it leads to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.engines.protocols import Scores
from index.index import Index
from index.ranking.features import FEATURES, features
from index.ranking.learned import WEIGHTS, shipped_ranker
from index.ranking.matching import Wanted, glance_all, met, read_all
from index.ranking.networks import load
from index.ranking.ranker import Candidate, Query, Unranked
from index.words import words
from sources.passages import Passage


def candidate(text: str, *, title: str = "公报", document: str = "d", start: int = 0, fused: float = 1.0) -> Candidate:
    passage = Passage(f"{document}:{start}-{start + len(text)}", document, text, start, start + len(text), "")
    return Candidate(
        passage=passage,
        title=title,
        published=None,
        before="",
        after="",
        place=0.0,
        characters=1000,
        dense=0.5,
        lexical=5.0,
        document=5.0,
        fused=fused,
    )


def query(text: str) -> Query:
    return Query(text, dict.fromkeys(words(text), 1.0))


def column(name: str, asked: str, *candidates: Candidate) -> list[float]:
    found = features(query(asked), candidates)[:, list(FEATURES).index(name)]
    return [round(float(value), 3) for value in found]


@pytest.mark.parametrize(
    ("name", "asked", "better", "worse"),
    [
        ("year", "2020年人均可支配收入是多少", "2020年，人均可支配收入39801元。", "2025年，人均可支配收入54939元。"),
        ("region", "嘉兴市的粮食产量", "嘉兴市粮食产量稳定增长。", "湖州市粮食产量稳定增长。"),
        ("number", "第37条规定了什么", "第37条 企业应当按时报告。", "第38条 企业应当按时报告。"),
        ("pairs", "湖羊养殖补贴", "湖羊养殖补贴每头五十元。", "水稻种植补贴每亩五十元。"),
        ("soft", "养猪场的补助", "生猪养殖场可获补贴。", "公路桥梁按期通车。"),
        ("run", "绿色低碳发展", "坚持绿色低碳发展。", "绿色是底色，低碳是方向，发展是目的。"),
        ("pairs_sentence", "湖羊养殖补贴", "湖羊养殖补贴提高。", "湖羊很多。养殖有序。补贴提高。"),
    ],
)
def test_each_tells_the_better_one(name: str, asked: str, better: str, worse: str) -> None:
    first, second = column(name, asked, candidate(better), candidate(worse, document="e"))
    assert first > second


def test_the_title_speaks_for_a_passage_that_names_no_year() -> None:
    plain = "人均可支配收入39801元。"
    found = column(
        "year", "2020年的收入", candidate(plain, title="2020年公报"), candidate(plain, title="2021年公报", document="e")
    )
    assert found == [0.7, -0.5]


@pytest.mark.parametrize("swap", [False, True])
def test_of_two_that_differ_in_the_year_the_asked_one_comes_first(swap: bool) -> None:
    asked = query("2020年嘉兴农村居民人均可支配收入是多少？")
    both = [
        candidate("2020年，嘉兴农村居民人均可支配收入39801元。", document="a"),
        candidate("2025年，嘉兴农村居民人均可支配收入54939元。", document="b"),
    ]
    ranked = shipped_ranker().rank(asked, both[::-1] if swap else both)
    assert (ranked[1] > ranked[0]) == swap
    assert ranked[0] != ranked[1]


def test_scores_lie_between_0_and_1_and_the_best_is_1() -> None:
    several = [candidate(f"第{number}条 企业应当报告。", document=str(number)) for number in range(1, 9)]
    ranked = shipped_ranker().rank(query("第3条规定了什么"), several)
    assert ranked.shape == (8,)
    assert ranked.max() == 1.0
    assert ranked.min() > 0.0
    assert shipped_ranker().rank(query("第3条规定了什么"), []).shape == (0,)


@pytest.mark.parametrize("asked", ["", "？", "   ", "的", "COVID-19", "湖羊" * 200])
def test_any_question_gets_finite_features(asked: str) -> None:
    found = features(query(asked), [candidate("湖羊养殖。"), candidate("", document="e")])
    assert found.shape == (2, len(FEATURES))
    assert np.isfinite(found).all()


def test_the_order_of_candidates_changes_nothing() -> None:
    several = [candidate(f"第{number}条 企业应当报告。", document=str(number), fused=number) for number in range(1, 9)]
    asked = query("第3条规定了什么")
    assert np.allclose(features(asked, several), features(asked, several[::-1])[::-1], atol=1e-6)


def test_weights_for_other_features_are_refused(tmp_path: Path) -> None:
    held = json.loads(WEIGHTS.read_text("utf8"))
    held["inputs"][0] = "luck"
    other = tmp_path / "ranker.json"
    other.write_text(json.dumps(held), "utf8")
    with pytest.raises(ValueError, match=r"lexical.*luck"):
        load(other, FEATURES)


_TEXTS = st.text(alphabet="湖羊养殖补贴。！\n ABc12", max_size=30)


@given(asked=_TEXTS, texts=st.lists(_TEXTS, min_size=1, max_size=4))
def test_words_stand_where_a_plain_search_finds_them(asked: str, texts: list[str]) -> None:
    wanted = Wanted(asked, dict.fromkeys(words(asked), 1.0))
    pairs = list(dict.fromkeys(wanted.flat[at : at + 2] for at in range(len(wanted.flat) - 1)))
    found = wanted.standing(read_all(texts))
    parts = ["".join(part.lower().replace("！", "!").split()) for text in read_all(texts) for part in text.sentences]
    expected = [[pair in part for pair in pairs] for part in parts]
    assert found.pairs[:, : len(pairs)].tolist() == expected
    assert found.by_text.shape[0] == found.singles.shape[0] == len(texts)


@given(asked=_TEXTS, text=_TEXTS)
def test_the_longest_run_is_never_longer_than_what_stands_there(asked: str, text: str) -> None:
    wanted = Wanted(asked, {})
    run = int(wanted.standing(glance_all([text])).runs[0])
    flat = "".join(text.lower().replace("！", "!").split(" ")).replace("\n", "\0")
    assert run == 0 or any(
        wanted.flat[at : at + run] in flat.replace("\0", "") for at in range(len(wanted.flat) - run + 1)
    )


def test_a_word_that_stands_there_is_met_whole_and_a_near_one_in_part() -> None:
    weights, found = met("养猪", ["我家养猪。", "生猪养殖", "公路"])
    assert weights.sum() == pytest.approx(1.0)
    whole, near, far = (found @ weights).tolist()
    assert whole > near > far


class Backwards:
    """Puts what was found last first."""

    depth = 40

    def rank(self, query: Query, candidates: Sequence[Candidate]) -> Scores:
        return np.linspace(0.1, 1.0, len(candidates), dtype=np.float32)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for year in range(2015, 2026):
        (folder / f"{year}.txt").write_text(f"{year}年公报\n{year}年，全市湖羊存栏{year * 7}只。", encoding="utf8")
    return folder


def test_a_search_follows_the_ranker_it_is_given(library: Path, tmp_path: Path) -> None:
    asked = "2021年湖羊存栏多少只"
    orders = []
    for name, ranker in (("plain", Unranked()), ("backwards", Backwards())):
        with Index.open(tmp_path / name, ranker=ranker) as index:
            index.update([library])
            hits = index.search(asked, k=11)
            assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
            orders.append([hit.passage.text for hit in hits])
    assert orders[0] == orders[1][::-1]


def test_the_asked_year_is_found_first_and_every_time_alike(library: Path, tmp_path: Path) -> None:
    with Index.open(tmp_path / "data") as index:
        index.update([library])
        for year in (2016, 2021, 2025):
            hits = index.search(f"{year}年湖羊存栏多少只", k=5)
            assert f"{year}年" in hits[0].passage.text
            assert all(0 < hit.score <= 1 for hit in hits)
            for hit in hits:
                document = index.document(hit.passage.document_id)
                assert document.text[hit.passage.start : hit.passage.end] == hit.passage.text
            assert index.search(f"{year}年湖羊存栏多少只", k=5) == hits
