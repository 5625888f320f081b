"""Cross-encoders: a tiny one made here is loaded by its folder, and orders what a search found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.index import Index
from index.ranking.ranker import Candidate, Query
from index.ranking.reranker import CrossEncoderRanker, RerankerError
from sources.passages import Passage
from tests.fakes.embedder import INTAKE, BigramEmbedder

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"收入农村居民增长公路里程第号句说的是"]


def make_model(folder: Path, *, labels: int = 1) -> Path:
    """A BERT of a few kilobytes with random weights."""
    torch = pytest.importorskip("torch")
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(PIECES), encoding="utf8")
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(PIECES), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, num_labels=labels, initializer_range=1.0,  # type: ignore[call-arg]
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


def candidate(text: str) -> Candidate:
    passage = Passage(f"d:0-{len(text)}", "d", text, 0, len(text), "")
    return Candidate(
        passage=passage,
        title="",
        published=None,
        before="",
        after="",
        place=0.0,
        characters=len(text),
        dense=0.5,
        lexical=1.0,
        document=1.0,
        fused=1.0,
    )


def logits(model: Path, question: str, texts: list[str]) -> list[float]:
    """The same from transformers itself, one pair at a time."""
    import torch
    from transformers import BertForSequenceClassification, BertTokenizer

    tokenizer = BertTokenizer.from_pretrained(model)
    bert = BertForSequenceClassification.from_pretrained(model)  # in evaluation mode
    with torch.no_grad():
        return [
            float(bert(**tokenizer(question, text, truncation=True, max_length=64, return_tensors="pt")).logits[0, 0])
            for text in texts
        ]


def test_scores_are_the_models_squashed_between_0_and_1(model: Path) -> None:
    texts = ["农村居民收入", "公路里程", "收入增长", "", "说" * 300, "收\ud800入"]
    ranker = CrossEncoderRanker(str(model))
    scores = ranker.rank(Query("农村收入", {}), [candidate(text) for text in texts])
    assert scores.dtype == np.float32
    assert ((scores > 0) & (scores < 1)).all()
    expected = 1 / (1 + np.exp(-np.array(logits(model, "农村收入", [*texts[:-1], "收\ufffd入"]))))
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert len({round(float(score), 4) for score in scores}) > 2
    assert ranker.rank(Query("农村收入", {}), []).shape == (0,)


def test_a_search_comes_in_the_models_order(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    texts = ["农村收入", "居民收入增长", "公路里程与收入", "收入第一", "说的是收入", "收入收入收入", "句号收入公路"]
    for n, text in enumerate(texts):
        (folder / f"{n}.txt").write_text(text, encoding="utf8")
    ranker = CrossEncoderRanker(str(model))
    with Index.open(tmp_path / "data", embedder=BigramEmbedder(), ranker=ranker, intake=INTAKE) as index:
        index.update([folder])
        hits = index.search("收入", k=7)
        # The document's title is its first line, here the passage itself.
        wanted = logits(model, "收入", [f"{text}\n{text}" for text in texts])
    order = [texts[place] for place in np.argsort(-np.array(wanted))]
    assert [hit.passage.text for hit in hits] == order


def test_only_the_first_are_read(model: Path) -> None:
    assert CrossEncoderRanker(str(model)).depth == 50
    assert CrossEncoderRanker(str(model), depth=7).depth == 7
    with pytest.raises(ValueError, match="depth is 0"):
        CrossEncoderRanker(str(model), depth=0)


def test_a_model_that_is_not_there_is_named_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    ranker = CrossEncoderRanker(str(tmp_path / "nothing"))
    with pytest.raises(RerankerError, match=r"cannot load the reranker '.*nothing'.*YOUJU_RERANKER"):
        ranker.load()
    with pytest.raises(RerankerError, match="nothing"):
        ranker.rank(Query("收入", {}), [candidate("收入")])


def test_a_classifier_is_no_reranker(tmp_path: Path) -> None:
    ranker = CrossEncoderRanker(str(make_model(tmp_path / "classifier", labels=3)))
    with pytest.raises(RerankerError, match="is no reranker"):
        ranker.rank(Query("收入", {}), [candidate("收入"), candidate("公路")])
