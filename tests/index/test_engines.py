"""One contract for every engine; the exact one is the oracle."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tantivy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.catalog.vectors import matrix, packed
from index.engines import signs
from index.engines.bm25 import CONTEXT_WEIGHT, SATURATION, WordIndex, idf
from index.engines.chroma import ChromaVectors
from index.engines.exact import ExactVectors
from index.engines.protocols import Dense, EngineError, Entry, Rows, Vectors
from index.engines.signs import SignVectors
from index.words import words

DenseBuilder = Callable[[Rows, Vectors], Dense]


@pytest.fixture(params=["exact", "exact extended", "signs", "chroma", "chroma reopened"])
def build_dense(request: pytest.FixtureRequest, tmp_path: Path) -> DenseBuilder:
    def build(rows: Rows, vectors: Vectors) -> Dense:
        match request.param:
            case "exact":
                return ExactVectors(rows, vectors)
            case "exact extended":
                half = len(rows) // 2
                return ExactVectors(rows[:half], vectors[:half]).extended(rows[half:], vectors[half:])
            case "signs":
                signs.ENGINE.build(tmp_path / "dense", rows, vectors, progress=lambda _: None)
                return signs.ENGINE.open(tmp_path / "dense")
            case "chroma":
                return ChromaVectors.build(tmp_path / "dense", rows, vectors)
            case _:
                ChromaVectors.build(tmp_path / "dense", rows, vectors).close()
                return ChromaVectors.open(tmp_path / "dense")

    return build


def unit(seed: int, n: int, dim: int = 32) -> Vectors:
    """Vectors of length 1 as the catalog keeps them, a byte a dimension."""
    drawn = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return matrix([packed(vector) for vector in drawn], dimension=dim)


def test_dense_finds_what_comparing_with_everything_finds(build_dense: DenseBuilder) -> None:
    vectors, rows = unit(1, 700), np.arange(700, dtype=np.int64) * 3 + 5
    engine = build_dense(rows, vectors)
    assert len(engine) == 700
    for query in unit(2, 20):
        found, scores = engine.search(query, 10)
        cosines = vectors @ query
        best = np.argsort(-cosines)[:10]
        assert found.tolist() == rows[best].tolist()
        np.testing.assert_allclose(scores, cosines[best], atol=1e-5)
    engine.close()


def test_dense_every_vector_finds_itself(build_dense: DenseBuilder) -> None:
    vectors, rows = unit(3, 500), np.arange(500, dtype=np.int64)
    engine = build_dense(rows, vectors)
    assert [int(engine.search(vector, 1)[0][0]) for vector in vectors] == rows.tolist()
    engine.close()


def test_dense_gives_equal_scores_by_row_and_never_more_than_there_are(build_dense: DenseBuilder) -> None:
    vector = unit(4, 1)
    engine = build_dense(np.array([9, 2, 7], np.int64), np.repeat(vector, 3, axis=0))
    assert engine.search(vector[0], 10)[0].tolist() == [2, 7, 9]
    assert len(engine.search(vector[0], 0)[0]) == 0
    engine.close()


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.01])
def test_dense_finds_the_nearest_of_admitted_rows(build_dense: DenseBuilder, share: float) -> None:
    vectors, rows = unit(5, 900), np.arange(900, dtype=np.int64) * 2
    engine = build_dense(rows, vectors)
    chosen = np.sort(np.random.default_rng(6).choice(900, int(900 * share), replace=False))
    only = np.sort(np.concatenate([rows[chosen], [1, 3, 5_001]]))  # some that it doesn't hold
    for query in unit(7, 10):
        found, scores = engine.search(query, 20, only=only)
        cosines = vectors[chosen] @ query
        best = np.argsort(-cosines)[:20]
        assert found.tolist() == rows[chosen[best]].tolist()
        np.testing.assert_allclose(scores, cosines[best], atol=1e-5)
    assert len(engine.search(unit(7, 1)[0], 20, only=np.empty(0, np.int64))[0]) == 0
    assert len(engine.search(unit(7, 1)[0], 20, only=np.array([1, 3], np.int64))[0]) == 0
    engine.close()


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.01])
def test_signs_find_nearly_all_of_the_nearest_also_among_some_rows(tmp_path: Path, share: float) -> None:
    luck = np.random.default_rng(5)
    themes = luck.normal(size=(300, 64)).astype(np.float32)  # what is written about the same lies together
    drawn = themes[luck.integers(300, size=30_000)] + luck.normal(size=(30_000, 64)).astype(np.float32)
    vectors = matrix([packed(vector) for vector in drawn], dimension=64)
    rows = np.arange(30_000, dtype=np.int64) * 2 + 1
    signs.ENGINE.build(tmp_path / "dense", rows, vectors, progress=lambda _: None)
    engine = signs.ENGINE.open(tmp_path / "dense")
    only = None if share == 1 else np.sort(luck.choice(rows, int(share * len(rows)), replace=False))
    kept = np.arange(30_000) if only is None else only // 2
    right = 0
    for query in vectors[:: 30_000 // 40]:
        found, _ = engine.search(query, 10, only=only)
        assert only is None or set(found.tolist()) <= set(only.tolist())
        nearest = rows[kept[np.argsort(-(vectors[kept] @ query))[:10]]]
        right += len(set(found.tolist()) & set(nearest.tolist()))
    assert right >= 0.97 * 400


def test_signs_that_are_cut_short_are_not_opened(tmp_path: Path) -> None:
    signs.ENGINE.build(tmp_path / "dense", np.arange(50, dtype=np.int64), unit(6, 50), progress=lambda _: None)
    signs.ENGINE.verify(tmp_path / "dense", np.arange(50, dtype=np.int64), unit(6, 50))
    with pytest.raises(EngineError, match="not those of the 51"):
        signs.ENGINE.verify(tmp_path / "dense", np.arange(51, dtype=np.int64), unit(6, 51))
    (tmp_path / "dense" / "rows.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(EngineError, match="can't be read"):
        SignVectors(tmp_path / "dense")


def test_exact_of_nothing_finds_nothing() -> None:
    engine = ExactVectors(np.empty(0, np.int64), np.empty((0, 8), np.float32))
    assert len(engine.search(unit(1, 1, 8)[0], 5)[0]) == 0


def test_exact_refuses_rows_without_vectors() -> None:
    with pytest.raises(ValueError, match="2 rows but 1 vectors"):
        ExactVectors(np.array([1, 2], np.int64), unit(1, 1))


@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 1000))
def test_exact_takes_the_best_even_among_ties(n: int, limit: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).integers(-1, 2, size=(n, 3)).astype(np.float32)  # many equal scores
    rows = np.random.default_rng(seed).permutation(n).astype(np.int64)
    query = np.array([1, 2, 0], np.float32)
    found, _ = ExactVectors(rows, vectors).search(query, limit)
    expected = sorted(range(n), key=lambda i: (-float(vectors[i] @ query), rows[i]))[:limit]
    assert found.tolist() == [int(rows[i]) for i in expected]


def test_chroma_opens_only_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no Chroma database"):
        ChromaVectors.open(tmp_path)
    assert not list(tmp_path.iterdir())


# -- words -------------------------------------------------------------------------------------------------------------

ENTRIES = [
    Entry(4, "嘉兴农村居民人均可支配收入为54,939元。", "嘉兴市统计公报 2025"),
    Entry(7, "杭州城镇居民收入增长5.2%。", "杭州年报"),
    Entry(9, "高速公路里程达到1.73万公里，收入收入收入。", "交通 规划"),
    Entry(12, "The GDP of Jiaxing grew by 5.2%.", "English digest 嘉兴"),
]
LexicalBuilder = Callable[[list[Entry]], WordIndex]


@pytest.fixture(params=["memory", "extended", "disk", "reopened"])
def build_lexical(request: pytest.FixtureRequest, tmp_path: Path) -> LexicalBuilder:
    def build(entries: list[Entry]) -> WordIndex:
        match request.param:
            case "memory":
                return WordIndex.build(entries)
            case "extended":
                return WordIndex.build(entries[:1]).extended(entries[1:])
            case "disk":
                return WordIndex.build(entries, tmp_path / "words")
            case _:
                WordIndex.build(entries, tmp_path / "words")
                return WordIndex.open(tmp_path / "words")

    return build


def slow_bm25(entries: list[Entry], weights: dict[str, float]) -> dict[int, float]:
    """BM25 by its definition (k1 1.2, b 0.75), with the weights in place of the idf."""
    total: Counter[int] = Counter()
    for field, factor in (("text", 1.0), ("context", CONTEXT_WEIGHT)):
        bags = {entry.row: Counter(words(getattr(entry, field))) for entry in entries}
        mean = sum(bag.total() for bag in bags.values()) / len(bags)
        for row, bag in bags.items():
            for term, weight in weights.items():
                tf = bag[term]
                if tf:
                    norm = 1.2 * (1 - 0.75 + 0.75 * bag.total() / mean)
                    total[row] += factor * weight * tf / (tf + norm)
    return dict(total)


@pytest.mark.parametrize("question", ["嘉兴的收入是多少", "5.2%", "收入", "GDP jiaxing", "公路里程 1.73 万公里"])
def test_lexical_scores_are_bm25(build_lexical: LexicalBuilder, question: str) -> None:
    engine = build_lexical(ENTRIES)
    weights = {term: 1.0 + i / 7 for i, term in enumerate(dict.fromkeys(words(question)))}
    rows, scores = engine.search(weights, 10)
    expected = slow_bm25(ENTRIES, weights)
    assert set(rows.tolist()) == set(expected)
    np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=1e-4)
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    st.lists(st.text("嘉兴收入增长GDP 5.2%，。", max_size=12), min_size=1, max_size=8),
    st.text("嘉兴收入增5.2", max_size=8),
)
def test_lexical_agrees_with_the_definition_on_any_text(texts: list[str], question: str) -> None:
    entries = [Entry(row, text, text[::-1]) for row, text in enumerate(texts)]
    weights = dict.fromkeys(words(question), 2.0)
    rows, scores = WordIndex.build(entries).search(weights, 100)
    expected = slow_bm25(entries, weights)
    assert set(rows.tolist()) == set(expected)
    np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=1e-4)


def test_lexical_parts_of_a_corpus_score_alike() -> None:
    """What a term weighs comes from the caller, not from how rare it is in the part that a passage happens to be in."""
    whole, lone = WordIndex.build(ENTRIES * 5), WordIndex.build(ENTRIES[:1])
    weights = {"嘉兴": 3.0, "元": 1.0}
    in_whole = dict(zip(*(part.tolist() for part in whole.search(weights, 20)), strict=True))
    in_lone = dict(zip(*(part.tolist() for part in lone.search(weights, 20)), strict=True))
    assert in_lone[4] == pytest.approx(in_whole[4], rel=0.25)  # only the mean length differs


def test_lexical_counts_and_knows_its_rows(build_lexical: LexicalBuilder) -> None:
    engine = build_lexical(ENTRIES)
    assert len(engine) == 4
    assert engine.frequencies(["收入", "嘉兴", "5.2%", "没有"]) == [3, 1, 2, 0]
    assert sorted(engine.rows().tolist()) == [4, 7, 9, 12]


def test_lexical_finds_nothing_where_nothing_is(build_lexical: LexicalBuilder) -> None:
    engine = build_lexical(ENTRIES)
    assert len(engine.search({"没有": 1.0}, 5)[0]) == 0
    assert len(engine.search({}, 5)[0]) == 0
    assert len(engine.search({"收入": 1.0}, 0)[0]) == 0
    assert WordIndex.build([]).rows().tolist() == []


def test_lexical_extended_leaves_the_old_one_as_it_was() -> None:
    old = WordIndex.build(ENTRIES[:2])
    new = old.extended(ENTRIES[2:])
    assert (len(old), len(new)) == (2, 4)
    assert set(old.search({"收入": 1.0}, 9)[0].tolist()) == {4, 7}


def test_lexical_of_a_folder_without_index(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="tantivy can't open it"):
        WordIndex.open(tmp_path)


def test_rarer_terms_weigh_more() -> None:
    weights = [idf(100, found) for found in range(1, 101)]
    assert weights == sorted(weights, reverse=True)
    assert all(math.isfinite(weight) and weight > 0 for weight in weights)
    assert idf(3, 5) == idf(3, 3)
    assert pytest.approx(2.2) == SATURATION


# -- what a word is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("嘉兴市", ["嘉", "兴", "市", "嘉兴", "兴市"]),
        ("2025年", ["2025", "年"]),
        ("54,939元", ["54939", "元"]),
        ("１．７３万，88.6%", ["1.73", "万", "88.6%"]),
        ("12,3", ["12", "3"]),
        ("H1N1与5G", ["h1n1", "与", "5g"]),
        ("後來發展", words("后来发展")),
        ("COVID-19 Policy", ["covid", "19", "policy"]),
        ("", []),
        ("。，！\n", []),
        ("a" * 65, []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text())
def test_words_have_no_spaces_and_survive_normalising_twice(text: str) -> None:
    found = words(text)
    assert all(word and not any(c.isspace() for c in word) for word in found)
    assert words(text.upper().lower()) == words(text.upper())


def test_a_word_index_changes_only_when_it_is_told(tmp_path: Path) -> None:
    """A reload of tantivy's own accord could come late, and put the state before an extension back."""
    built = WordIndex.build([Entry(1, "收入", "")], tmp_path / "words")
    for held in (built, WordIndex.open(tmp_path / "words"), WordIndex.build([Entry(1, "收入", "")])):
        writer = held._index.writer(heap_size=64_000_000, num_threads=1)
        writer.add_document(tantivy.Document(text="公路"))
        writer.commit()
        writer.wait_merging_threads()
        time.sleep(1.0)  # tantivy would look at files every half second
        assert held._index.searcher().num_docs == 1
        held._index.reload()
        assert held._index.searcher().num_docs > 1
