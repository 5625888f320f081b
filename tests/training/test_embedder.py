"""How the shipped embedder's weights are made, on corpora small enough to see through."""

from __future__ import annotations

import json
import lzma
from itertools import pairwise

import numpy as np
import pytest

from eval.splits import held_out
from index.embedders.static import StaticEmbedder
from training.corpora import law_questions, laws, policies, policy_questions
from training.embedder.store import CITATION, Origin, Store, TextKind, sentences

sp = pytest.importorskip("scipy.sparse")
TOPICS, SENTENCES, WORDS = 12, 16, 10


# Long enough for two windows a text.


@pytest.fixture
def own():
    """(topics, words) the words of each topic; 0 is the unknown word."""
    return np.arange(TOPICS * WORDS).reshape(TOPICS, WORDS) + 1


@pytest.fixture
def store(own):
    """One text a topic, every sentence four of its own words; a headline and a question of the same words.

    The last two topics are articles of law; a question of law is answered by both.
    """
    draw = np.random.default_rng(7)

    def drawn(topic, length):
        return draw.permutation(own[topic])[:length]

    body = [drawn(topic, 4) for topic in range(TOPICS) for _ in range(SENTENCES)]
    headlines = [drawn(topic, 3) for topic in range(TOPICS)]
    origins = [*[Origin.CMRC] * 8, *[Origin.NCP] * 2, *[Origin.STARD] * 2]
    asked = [drawn(topic, 3) for topic in range(TOPICS)]
    size = TOPICS * SENTENCES * 4
    first = size + TOPICS * 3
    return Store(
        tokens=np.concatenate([*body, *headlines, *asked]),
        sentence_starts=np.arange(len(body) + 1) * 4,
        text_starts=np.arange(TOPICS + 1) * SENTENCES,
        titles=np.array([[size + topic * 3, 3] for topic in range(TOPICS)]),
        kinds=np.array([*[TextKind.CONTEXT] * 8, *[TextKind.POLICY] * 2, *[TextKind.LAW] * 2]),
        questions=np.array(
            [[first + topic * 3, 3, topic, topic * SENTENCES + 2, origins[topic]] for topic in range(TOPICS)]
        ),
        gold={10: (10, 11), 11: (10, 11)},
    )


def _settings(**changes):
    from training.embedder.embedder import Settings

    toy = {
        "pieces": 121, "dimension": 16, "window_tokens": 12, "steps": 80, "learning_rate": 0.05, "warm_up": 10,
        "cloze": 16, "policies": 4, "law": 4, "titles": 6, "shared_start": 0.0,
    }  # fmt: skip
    return Settings(**(toy | changes))


def _rows(tokens, offsets):
    return [tokens[start:end] for start, end in pairwise(offsets)]


def test_a_pair_of_training_is_a_question_and_a_passage_of_the_same_text(store, own):
    from training.embedder.embedder import Sampler
    from training.embedder.negatives import mine

    topic_of = {int(word): topic for topic, words in enumerate(own) for word in words}
    settings = _settings(token_dropout=0.0, remove_sentence=0.0)
    mined = mine(store, 121, window_tokens=12)
    batch = Sampler(store, mined, settings, [0], np.array([], dtype=np.int64)).batch()
    queries = _rows(batch.query_tokens, batch.query_offsets)
    passages = _rows(batch.passage_tokens, batch.passage_offsets)
    assert len(queries) == 16 + 4 + 4 + 6 + TOPICS
    assert batch.overlap.shape == (len(queries), len(passages))
    topics = [topic_of[int(passage[0])] for passage in passages]
    for query, topic in zip(queries, topics[: len(queries)], strict=True):
        # 0 stands in for a question word, put in the place of another.
        assert {topic_of[int(w)] for w in query if w} == {topic}
    square = batch.overlap[:, : len(queries)]
    assert not square.diagonal().any()
    # Passages that share a stretch of text are no negatives of each other; those of other texts are, save two
    # articles that answer the same question.
    apart = np.array(topics[: len(queries)])[:, None] != np.array(topics)[None, :]
    by_row = {int(row) for row, _ in zip(*np.nonzero(batch.overlap & apart), strict=True)}
    assert by_row <= {len(queries) - 2, len(queries) - 1}
    assert batch.overlap[-2, len(queries) - 1]
    assert (batch.overlap & ~apart).any()


def test_hard_negatives_share_words_and_do_not_answer(store):
    from training.embedder.negatives import mine

    # A word of another text, now all that the question on text 0 asks: it stands in its answer and in text 6.
    tokens = store.tokens.copy()
    begin, length = store.questions[0, :2]
    answer = store.sentence_starts[store.questions[0, 3]]
    tokens[begin : begin + length] = tokens[answer : answer + 4] = tokens[400:404] = 120
    mined = mine(Store(**(vars(store) | {"tokens": tokens})), 121, window_tokens=12, depth=5)
    found = mined.passages[mined.of_question[0][mined.of_question[0] >= 0]]
    assert found[:, 0].tolist() == [6]
    assert found[0, 1] <= 400 < found[0, 2]
    for question, places in enumerate(mined.of_question):
        kind = store.kinds[store.questions[question, 2]]
        assert {int(store.kinds[text]) for text in mined.passages[places[places >= 0], 0]} <= {int(kind)}
    # Either article answers, so neither is wrong.
    assert (mined.of_question[[10, 11]] == -1).all()


def test_words_that_stand_in_the_same_places_start_alike():
    from training.embedder.cooccurrence import vectors

    # 1 and 2 are met among 10…19, 3 and 4 among 20…29, never together.
    draw = np.random.default_rng(1)
    stretches = []
    for _ in range(3000):
        word = int(draw.integers(1, 5))
        near = draw.integers(10, 20, 12) + 10 * (word > 2)
        stretches.append(np.concatenate([near[:6], [word], near[6:]]))
    rows = vectors(np.concatenate(stretches), 30, 8, seed=1)
    assert rows[1] @ rows[2] > rows[1] @ rows[3] + 0.5
    assert rows[3] @ rows[4] > rows[3] @ rows[2] + 0.5
    np.testing.assert_array_equal(rows, vectors(np.concatenate(stretches), 30, 8, seed=1))


@pytest.mark.parametrize("shared_start", [0.0, 0.5])
def test_training_brings_words_of_one_subject_together_and_what_is_saved_loads(store, own, tmp_path, shared_start):
    pytest.importorskip("torch")
    from tokenizers import Tokenizer, models, pre_tokenizers

    from training.embedder import embedder as training
    from training.embedder.negatives import mine

    names = ["<unk>", *(chr(0x4E00 + word) for word in range(1, 121))]
    tokenizer = Tokenizer(models.Unigram([(name, -1.0) for name in names], unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    settings = _settings(shared_start=shared_start)
    mined = mine(store, 121, window_tokens=12)
    first = training.start(store, training.piece_counts(store, 121), settings)
    table = training.train(store, mined, first, tokenizer, settings)
    again = training.train(store, mined, first, tokenizer, settings)
    np.testing.assert_array_equal(table, again)

    training.save(tmp_path, tokenizer, table, settings)
    trained = StaticEmbedder(tmp_path)
    halves = ["".join(names[word] for word in words) for subject in own for words in (subject[:5], subject[5:])]
    rows = trained.encode(halves)
    nearest = (rows @ rows.T - 2 * np.eye(len(rows))).argmax(axis=1)
    assert (nearest // 2 == np.arange(len(rows)) // 2).mean() > 0.9
    # int8 rows are within half a step of the trained ones.
    saved = trained.token_vectors("".join(names[1:])).vectors
    assert np.abs(saved - table[1:]).max() <= np.abs(table[1:]).max() / 127 / 2 + 1e-6


def test_sentences_are_the_text_cut_up():
    text = "第一句。第二句！" + "很长的一句，" * 30 + "末句没有句号"
    parts = sentences(text)
    assert "".join(parts) == text
    assert parts[:2] == ["第一句。", "第二句！"]
    assert max(map(len, parts)) <= 120
    assert sentences("") == []


def test_a_cited_article_is_read_with_its_law():
    found = CITATION.findall("依据《中华人民共和国食品安全法》第三十四条、《价格法》有关规定，参见《刑法》第266条")
    assert found == [("中华人民共和国食品安全法", "第三十四条"), ("刑法", "第266条")]


@pytest.fixture
def data(tmp_path):
    """Sixty policies with a question each; sixty articles of law, each answering a question alone or with the next."""
    (tmp_path / "ncp").mkdir()
    (tmp_path / "stard").mkdir()
    policy = [{"docid": f"d{n}", "text": f"关于第{n}号事项的通知 {'正文。' * 30}"} for n in range(60)]
    asked = [{"id": n, "docid": f"d{n}", "question": f"问{n}", "answer": "正文"} for n in range(60)]
    article = [{"id": f"a{n}", "law": "某法", "article": f"第{n}条", "text": "甲\n乙"} for n in range(60)]
    lay = [{"id": n, "question": f"问{n}", "gold": [f"a{n}", f"a{n + 1 - n % 2}"]} for n in range(59)]
    for name, records in (("docs", policy), ("questions-dev", asked)):
        (tmp_path / "ncp" / f"{name}.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    (tmp_path / "stard" / "questions-dev.jsonl").write_text("\n".join(map(json.dumps, lay)), encoding="utf-8")
    with lzma.open(tmp_path / "stard" / "articles.jsonl.xz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in article)
    return tmp_path


def test_only_questions_that_are_not_held_out_are_trained_on(data):
    assert [item.title for item in policies(data)][:2] == ["关于第0号事项的通知", "关于第1号事项的通知"]
    assert next(laws(data)).text == "甲 乙"
    documents = [document for document, _ in policy_questions(data)]
    assert documents == [f"d{n}" for n in range(60) if not held_out(f"d{n}")]
    assert 15 < len(documents) < 45
    seen = list(law_questions(data))
    assert 15 < len(seen) < 45
    trained = {article for _, gold in seen for article in gold}
    kept = {f"问{n}" for n in range(59)} - {question for question, _ in seen}
    # No article that a held-out question is answered by answers one that was trained on.
    assert not trained & {f"a{int(q[1:])}" for q in kept}
