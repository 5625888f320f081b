"""Trains the shipped embedder: `python -m training.embedder.embedder --out FOLDER`.

One vector a word, averaged over a text (a "static" embedding). The vectors learn what words mean and how much each
matters by picking, for every question, its own passage among those of two thousand others and among passages that share
its words (InfoNCE, van den Oord et al. 2018, https://arxiv.org/abs/1807.03748). The pairs:

- inverse cloze (Lee et al. 2019, https://arxiv.org/abs/1906.00300): a sentence and the 250 characters around it, over
  news, broadcasts and policies; two windows of the same text stand in a batch, so that a neighbour is a negative too;
- a stretch of an article of law, and the rest of the article with its law's name;
- a headline and a window of its text;
- a question and the window of its passage that holds the answer (CMRC 2018 train, DRCD, half of NCP), or its answer
  (NCP questions whose documents are not here), or the article of law that answers (half of STARD);
- a piece of news, and the article of law that it names; a sentence of a law, and another article that it names.

All figures in the model card come from `python -m training.embedder.evaluate`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.corpora import broadcasts, laws, news, policies, questions
from training.embedder import cooccurrence, negatives, vocabulary
from training.embedder.negatives import LONGEST_ARTICLE, Negatives
from training.embedder.store import Ints, Origin, Store, TextKind, collect

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

_LAW_ORIGINS = (Origin.STARD, Origin.CITED, Origin.CROSS_REFERENCE)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a training run depends on, besides the data."""

    seed: int = 20260101
    steps: int = 300
    pieces: int = 32_000
    dimension: int = 512
    window_tokens: int = 130
    # About 250 Chinese characters, the size of the passages it is to find.
    temperature: float = 0.05
    learning_rate: float = 0.007
    warm_up: int = 60
    cloze: int = 1018
    # Rows of a batch: inverse cloze over news and broadcasts, and over policies, …
    policies: int = 120
    law: int = 300
    titles: int = 220
    cmrc: int = 120
    drcd: int = 80
    ncp_answers: int = 90
    ncp: int = 40
    stard: int = 110
    # The model learns the questions of `ncp` and `stard` by heart: whatever is trained on its scores needs a model that
    # has not seen them (both 0).
    cited: int = 30
    cross_references: int = 40
    hard_negatives: int = 2
    # a question, out of its thirty hardest
    remove_sentence: float = 0.6
    # How often the inverse-cloze sentence is taken out of its window; the rest teaches that the same word counts.
    title_in_front: float = 0.3
    token_dropout: float = 0.1
    shared_start: float = 0.5
    # How much of a vector's start is where the word stands among others; the rest is random, and sets words apart.
    threads: int = 1

    def of_origin(self) -> dict[Origin, int]:
        """Rows of a batch by where the question comes from."""
        rows = (self.cmrc, self.drcd, self.ncp_answers, self.ncp, self.stard, self.cited, self.cross_references)
        return dict(zip(Origin, rows, strict=True))


@dataclass(frozen=True)
class Batch:
    """Bags of tokens for `EmbeddingBag`, and which passages are no negatives of a row."""

    query_tokens: Ints
    query_offsets: Ints
    # (rows + 1,)
    passage_tokens: Ints
    passage_offsets: Ints
    # (passages + 1,): a row's own stands at the row's place, then come the hard negatives of all rows
    overlap: NDArray[np.bool_]

    # (rows, passages), False for a row's own


class Sampler:
    """Draws batches of (query, passage) pairs from a store."""

    def __init__(
        self, store: Store, mined: Negatives, settings: Settings, question_words: list[int], number_pieces: Ints
    ):
        self.store = store
        self.mined = mined
        self.settings = settings
        self.question_words = np.array(question_words, dtype=np.int64)
        self.is_number = np.zeros(int(store.tokens.max()) + 1, dtype=bool)
        self.is_number[number_pieces] = True
        self.draw = np.random.default_rng(settings.seed)
        self.starts = store.text_tokens
        lengths = np.diff(self.starts)
        # Long enough for two windows:
        long = (lengths > 60) & (np.diff(store.text_starts) > 2)
        self.running = np.flatnonzero(long & (store.kinds <= TextKind.CONTEXT))
        self.policies = np.flatnonzero(long & (store.kinds == TextKind.POLICY))
        self.policy_share = lengths[self.policies] / max(1, lengths[self.policies].sum())
        self.law = np.flatnonzero((store.kinds == TextKind.LAW) & (lengths > 12))
        self.titled = np.flatnonzero((store.titles[:, 1] > 1) & (store.kinds != TextKind.LAW))
        self.asked = [
            (np.flatnonzero(store.questions[:, 4] == origin), number) for origin, number in settings.of_origin().items()
        ]

    def batch(self) -> Batch:
        """The next batch: inverse cloze in pairs of windows of one text, then law, headlines, questions."""
        settings, store, draw = self.settings, self.store, self.draw
        chosen = np.concatenate([draw.choice(rows, min(n, len(rows)), replace=False) for rows, n in self.asked])
        asked = store.questions[chosen]
        of_law = np.isin(asked[:, 4], _LAW_ORIGINS)

        texts = np.repeat(
            np.concatenate(
                [
                    _drawn(draw, self.running, settings.cloze // 2),
                    _drawn(draw, self.policies, settings.policies // 2, self.policy_share),
                ]
            ),
            2,
        )
        cloze = self._sentence(texts)
        cloze_start, cloze_length = self._span(cloze)
        law = _drawn(draw, self.law, settings.law)
        law_start, law_length = self._stretch(law)
        titled = _drawn(draw, self.titled, settings.titles)
        windows = np.concatenate(
            [
                self._window_with(texts, cloze),
                self._article(law),
                self._window_with(titled, self._sentence(titled)),
                np.where(of_law[:, None], self._article(asked[:, 2]), self._window_with(asked[:, 2], asked[:, 3])),
            ]
        )
        query_starts = np.concatenate([cloze_start, law_start, store.titles[titled, 0], asked[:, 0]])
        query_lengths = np.concatenate([cloze_length, law_length, store.titles[titled, 1], asked[:, 1]])

        all_texts = np.concatenate([texts, law, titled, asked[:, 2]])
        rows, n_cloze, n_cut = len(windows), len(texts), len(texts) + len(law)
        in_front = draw.random(rows) < settings.title_in_front
        in_front[n_cloze:n_cut] = draw.random(len(law)) < 0.7
        in_front[n_cut : n_cut + len(titled)] = False  # the headline is the question there
        in_front[n_cut + len(titled) :] |= of_law  # an article says little without its law's name
        parts = self._parts(all_texts, windows, in_front)
        cut = np.flatnonzero(draw.random(n_cut) < settings.remove_sentence)
        parts[cut, 1, 1] = query_starts[cut] - windows[cut, 0]
        parts[cut, 2, 0] = query_starts[cut] + query_lengths[cut]
        parts[cut, 2, 1] = windows[cut, 1] - parts[cut, 2, 0]

        hard = self._hard(chosen)
        hard_in_front = (hard[:, 3] == TextKind.LAW) | (draw.random(len(hard)) < settings.title_in_front)
        parts = np.concatenate([parts, self._parts(hard[:, 0], hard[:, 1:3], hard_in_front)])

        queries = self._gather(query_starts[:, None], query_lengths[:, None])
        queries = self._as_questions(*queries, n_cloze)
        passages = self._gather(parts[:, :, 0], parts[:, :, 1])

        begins = np.concatenate([windows[:, 0], hard[:, 1]])
        ends = np.concatenate([windows[:, 1], hard[:, 2]])
        overlap = (windows[:, :1] < ends) & (begins < windows[:, 1:])
        overlap[:, :rows] |= query_starts[:, None] == query_starts  # one question, two articles that answer it
        for row, question in enumerate(chosen, rows - len(chosen)):
            if gold := store.gold.get(int(question)):
                overlap[row] |= np.isin(begins, self.starts[list(gold)])
        overlap[np.arange(rows), np.arange(rows)] = False
        return Batch(*queries, *passages, overlap)

    def _sentence(self, texts: Ints) -> Ints:
        """A random sentence with at least three words of each text (or its last try)."""
        first, last = self.store.text_starts[texts], self.store.text_starts[texts + 1]
        chosen = first + (self.draw.random(len(texts)) * (last - first)).astype(np.int64)
        for _ in range(4):
            short = self._span(chosen)[1] < 3
            again = first + (self.draw.random(len(texts)) * (last - first)).astype(np.int64)
            chosen = np.where(short, again, chosen)
        return chosen

    def _span(self, sentence: Ints) -> tuple[Ints, Ints]:
        starts = self.store.sentence_starts
        return starts[sentence], starts[sentence + 1] - starts[sentence]

    def _stretch(self, texts: Ints) -> tuple[Ints, Ints]:
        """Where 5 to 25 tokens of each article begin, and how many; at most half of it."""
        start, end = self._article(texts).T
        length = np.minimum(self.draw.integers(5, 26, len(texts)), np.maximum((end - start) // 2, 3))
        return start + (self.draw.random(len(texts)) * (end - start - length)).astype(np.int64), length

    def _article(self, texts: Ints) -> Ints:
        """(n, 2) token offsets of an article of law, as much of it as is read."""
        start = self.starts[texts]
        return np.stack([start, np.minimum(self.starts[texts + 1], start + LONGEST_ARTICLE)], axis=1)

    def _window_with(self, texts: Ints, sentence: Ints) -> Ints:
        """(n, 2) token offsets of whole sentences around `sentence`, about a window long, within the text."""
        store, tokens = self.store, self.settings.window_tokens
        first, last = store.text_starts[texts], store.text_starts[texts + 1]
        before = (self.draw.random(len(texts)) * tokens).astype(np.int64)
        start_at = np.maximum(store.sentence_starts[sentence] - before, store.sentence_starts[first])
        begin = np.maximum(np.searchsorted(store.sentence_starts, start_at, side="left"), first)
        begin = np.minimum(begin, sentence)
        end = np.searchsorted(store.sentence_starts, store.sentence_starts[begin] + tokens, side="right") - 1
        end = np.minimum(np.maximum(end, sentence + 1), last)
        return np.stack([store.sentence_starts[begin], store.sentence_starts[end]], axis=1)

    def _hard(self, questions: Ints) -> Ints:
        """Some of the hard negatives of `questions`, each passage once."""
        among = self.mined.of_question[questions]
        places = self.draw.integers(0, among.shape[1], (len(questions), self.settings.hard_negatives))
        drawn = np.unique(np.take_along_axis(among, places, axis=1))
        return self.mined.passages[drawn[drawn >= 0]]

    def _parts(self, texts: Ints, windows: Ints, in_front: NDArray[np.bool_]) -> Ints:
        """(n, 3, 2) stretches of the store, offset and length: a headline, a window, and room for a cut one's rest."""
        parts = np.zeros((len(texts), 3, 2), dtype=np.int64)
        parts[:, 0, 0] = self.store.titles[texts, 0]
        parts[:, 0, 1] = np.where(in_front, self.store.titles[texts, 1], 0)
        parts[:, 1, 0] = windows[:, 0]
        parts[:, 1, 1] = windows[:, 1] - windows[:, 0]
        return parts

    def _gather(self, starts: Ints, lengths: Ints) -> tuple[Ints, Ints]:
        """The tokens of each row's stretches in a row, some dropped, and the (n + 1,) places where rows begin."""
        flat_lengths = lengths.ravel()
        total = int(flat_lengths.sum())
        before = np.cumsum(flat_lengths) - flat_lengths
        places = np.repeat(starts.ravel() - before, flat_lengths) + np.arange(total)
        rows = np.repeat(np.arange(len(lengths)), lengths.sum(axis=1))
        keep = self.draw.random(total) >= self.settings.token_dropout
        return self.store.tokens[places[keep]], np.searchsorted(rows[keep], np.arange(len(lengths) + 1))

    def _as_questions(self, tokens: Ints, offsets: Ints, n_cloze: int) -> tuple[Ints, Ints]:
        """Inverse-cloze sentences made more like questions: one number or other word gives way to a question word."""
        if not len(self.question_words):
            return tokens, offsets
        tokens = tokens.copy()
        for row in np.flatnonzero(self.draw.random(n_cloze) < 0.5):
            start, end = offsets[row : row + 2]
            if end - start < 4:
                continue
            numbers = np.flatnonzero(self.is_number[tokens[start:end]])
            place = self.draw.choice(numbers) if len(numbers) else self.draw.integers(end - start)
            tokens[start + place] = self.draw.choice(self.question_words)
        return tokens, offsets


def _drawn(draw: np.random.Generator, among: Ints, number: int, share: NDArray[np.float64] | None = None) -> Ints:
    """`number` of `among`, some more than once; none where there are none."""
    return draw.choice(among, number, p=share) if len(among) else among[:0]


QUESTION_WORDS = [
    "什么",
    "多少",
    "哪些",
    "哪",
    "如何",
    "怎么",
    "是否",
    "吗",
    "几",
    "谁",
    "为什么",
    "哪里",
    "何时",
    "怎样",
]


def start(store: Store, counts: Ints, settings: Settings) -> NDArray[np.float32]:
    """The (pieces, dimension) table before training.

    A vector's direction is half random and half where the word stands among others. Its length is what smooth inverse
    frequency says (Arora et al. 2017): a question and its passage already share their rare words then.
    """
    share = counts / counts.sum()
    weight = 1e-3 / (1e-3 + share)
    draw = np.random.default_rng(settings.seed)
    rows = math.sqrt(1 - settings.shared_start) * draw.standard_normal((len(counts), settings.dimension))
    rows /= math.sqrt(settings.dimension)
    if settings.shared_start:
        tokens = cooccurrence.counted_tokens(store)
        known = cooccurrence.vectors(tokens, len(counts), settings.dimension, seed=settings.seed)
        rows += math.sqrt(settings.shared_start) * known
    table: NDArray[np.float32] = (rows * weight[:, None]).astype(np.float32)
    return table


def train(
    store: Store, mined: Negatives, table: NDArray[np.float32], tokenizer: Tokenizer, settings: Settings
) -> NDArray[np.float32]:
    """`table` after `settings.steps` steps of Adam."""
    import torch

    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    ids = tokenizer.get_vocab()
    numbers = np.array([i for piece, i in ids.items() if piece.isdecimal()], dtype=np.int64)
    sampler = Sampler(store, mined, settings, [ids[word] for word in QUESTION_WORDS if word in ids], numbers)
    bag = torch.nn.EmbeddingBag.from_pretrained(
        torch.from_numpy(table.copy()), freeze=False, mode="mean", include_last_offset=True
    )
    optimizer = torch.optim.Adam(bag.parameters(), lr=settings.learning_rate, fused=True)

    began = time.monotonic()
    smooth = 0.0
    for step in range(settings.steps):
        # Linear warm-up, then a cosine to a fiftieth.
        decay = 0.02 + 0.98 * (1 + math.cos(math.pi * step / settings.steps)) / 2
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * min(1, (step + 1) / settings.warm_up) * decay
        loss = _loss(bag, sampler.batch(), settings)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        smooth = loss.item() if step == 0 else 0.98 * smooth + 0.02 * loss.item()
        if step % 50 == 49:
            print(f"step {step + 1}  {time.monotonic() - began:.0f} s  loss {smooth:.3f}", flush=True)
    trained: NDArray[np.float32] = bag.weight.detach().numpy().copy()
    trained[0] = 0  # an unknown character says nothing
    return trained


def _loss(bag: torch.nn.EmbeddingBag, batch: Batch, settings: Settings) -> torch.Tensor:
    import torch
    from torch.nn.functional import cross_entropy, normalize

    queries = normalize(bag(torch.from_numpy(batch.query_tokens), torch.from_numpy(batch.query_offsets)))
    passages = normalize(bag(torch.from_numpy(batch.passage_tokens), torch.from_numpy(batch.passage_offsets)))
    # A product in bfloat16 takes a seventh of the time where the processor has it, and costs nothing that was measured.
    scores = (queries.bfloat16() @ passages.bfloat16().T).float() / settings.temperature
    scores = scores.masked_fill(torch.from_numpy(batch.overlap), -1e4)
    own = torch.arange(len(queries))
    loss: torch.Tensor = cross_entropy(scores, own) + 0.3 * cross_entropy(scores[:, : len(own)].T, own)
    return loss


def save(folder: Path, tokenizer: Tokenizer, table: NDArray[np.float32], settings: Settings) -> None:
    """Writes a folder that `SentenceTransformer(folder)` and `index.embedders` both load.

    Rows are int8 with one float32 scale a row, which sentence-transformers (6.2 and later) multiplies out at load:
    the error is under half a percent of a row's largest component, and 512 dimensions fit where 128 would.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    scales = np.maximum(np.abs(table).max(axis=1), 1e-9) / 127
    rows = np.rint(table / scales[:, None]).astype(np.int8)
    save_file({"embeddings": rows, "weights": scales.astype(np.float32)}, folder / "model.safetensors")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    module = "sentence_transformers.sentence_transformer.modules"
    modules: list[dict[str, Any]] = [
        {"idx": 0, "name": "0", "path": "", "type": f"{module}.static_embedding.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": f"{module}.normalize.Normalize"},
    ]
    _write_json(folder / "modules.json", modules)
    config = {
        "model_type": "SentenceTransformer",
        "prompts": {"query": "", "document": ""},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }
    _write_json(folder / "config_sentence_transformers.json", config)
    _write_json(folder / "training.json", dataclasses.asdict(settings))


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def vocabulary_texts(seed: int) -> Iterator[str]:
    """What words are counted in: a third of the news, two thirds of the broadcasts, and everything else whole."""
    draw = random.Random(seed)
    yield from (text for text in news() if draw.random() < 0.3)
    yield from (f"{item.title}\n{item.body}" for item in broadcasts() if draw.random() < 0.6)
    for name in ("cmrc2018-train", "drcd", "ncp"):
        yield from (f"{item.question}\n{item.answer}" for item in questions(name))
        yield from dict.fromkeys(item.context for item in questions(name))
    yield from (f"{item.title}\n{item.body}" for item in policies())
    yield from (item.text for item in laws())


def piece_counts(store: Store, size: int) -> Ints:
    """How often each piece stands in the store, one added so that none is zero."""
    return np.bincount(store.tokens, minlength=size) + 1


def main(arguments: Iterable[str] | None = None) -> None:
    """Count words, tokenize, find hard negatives, train, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    for field in dataclasses.fields(Settings):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    options = vars(parser.parse_args(None if arguments is None else list(arguments)))
    folder = options.pop("out")
    settings = Settings(**options)
    tokenizer = vocabulary.build(vocabulary.count_words(vocabulary_texts(settings.seed)), settings.pieces)
    store = collect(tokenizer)
    print(
        f"{len(store.text_starts) - 1} texts, {len(store.tokens)} tokens, {len(store.questions)} questions", flush=True
    )
    mined = negatives.mine(store, settings.pieces, window_tokens=settings.window_tokens)
    table = start(store, piece_counts(store, settings.pieces), settings)
    print("hard negatives and the words' first vectors are there", flush=True)
    save(folder, tokenizer, train(store, mined, table, tokenizer, settings), settings)


if __name__ == "__main__":
    main()
