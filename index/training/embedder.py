"""Trains the shipped embedder: `python -m index.training.embedder --out FOLDER`.

One vector a word, averaged over a text (a "static" embedding): what it knows about meaning and about how much a word
matters is learned by telling, for a question, its own passage from those of two thousand others (InfoNCE with
in-batch negatives, van den Oord et al. 2018, https://arxiv.org/abs/1807.03748). The pairs:

- inverse cloze (Lee et al. 2019, https://arxiv.org/abs/1906.00300): a sentence and the 250 characters around it, over
  news and broadcasts; two windows of the same text stand in a batch, so that a neighbour is a negative too;
- a headline and a window of its broadcast;
- a question and the window of its passage that holds the answer (CMRC 2018 train, DRCD), or its answer (NCP questions
  whose documents are not here).

All figures in the model card come from `python -m index.training.evaluate`.
"""

import argparse
import dataclasses
import json
import math
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import vocabulary
from .corpora import broadcasts, news, questions

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a training run depends on, besides the data."""

    seed: int = 20260101
    steps: int = 600
    # Twice as many, at half the dimension, measured no better (the model card has the figures).
    pieces: int = 32_000
    dimension: int = 512
    batch_size: int = 2048
    window_tokens: int = 130
    # About 250 Chinese characters, the size of the passages it is to find.
    temperature: float = 0.05
    learning_rate: float = 0.01
    share_titles: float = 0.12
    share_questions: float = 0.2
    remove_sentence: float = 0.6
    # How often the inverse-cloze sentence is taken out of its window; the rest teaches that the same word counts.
    title_in_front: float = 0.3
    token_dropout: float = 0.1
    threads: int = 1


@dataclass(frozen=True)
class Store:
    """Every text as one array of token ids, with where sentences and texts begin in it."""

    tokens: Ints
    sentence_starts: Ints
    # (sentences + 1,) offsets into `tokens`
    text_starts: Ints
    # (texts + 1,) offsets into `sentence_starts`
    titles: Ints
    # (texts, 2) token offset and length of each text's headline, length 0 where it has none
    questions: Ints
    # (questions, 4): token offset and length, the text that answers, and its answering sentence (within the store)
    inverse_cloze_texts: Ints
    # texts long enough for two windows


def sentences(text: str, longest: int = 120) -> list[str]:
    """`text` cut after 。！？； and line ends, and after a comma past half of `longest` characters."""
    found: list[str] = []
    start = 0
    for place, character in enumerate(text):
        length = place + 1 - start
        if character in "。！？；!?;\n" or (length > longest // 2 and character in "，,、 ") or length >= longest:
            found.append(text[start : place + 1])
            start = place + 1
    if start < len(text):
        found.append(text[start:])
    return found


def collect(tokenizer: "Tokenizer") -> Store:
    """Reads and tokenizes all training texts: some 94,000 of them, in about two minutes."""
    texts = [("", text) for text in news()]
    texts += [(item.title, item.body) for item in broadcasts()]
    asked: list[tuple[str, int, int]] = []
    places: dict[str, int] = {}
    for name in ("cmrc2018-train", "drcd", "ncp"):
        for item in questions(name):
            context = item.context or item.answer
            if context not in places:
                places[context] = len(texts)
                texts.append(("", context))
            up_to_answer = context[: max(context.find(item.answer), 0) + 1]
            asked.append((item.question, places[context], len(sentences(up_to_answer)) - 1))

    cut = [sentences(body) for _, body in texts]
    text_starts = np.cumsum([0, *map(len, cut)])
    body_tokens, sentence_starts = _tokenize(tokenizer, (sentence for parts in cut for sentence in parts))
    title_tokens, title_starts = _tokenize(tokenizer, (title for title, _ in texts))
    question_tokens, question_starts = _tokenize(tokenizer, (question for question, _, _ in asked))

    title_starts += len(body_tokens)
    question_starts += len(body_tokens) + len(title_tokens)
    answering_texts = np.array([text for _, text, _ in asked])
    answering = np.minimum(
        text_starts[answering_texts] + [sentence for _, _, sentence in asked], text_starts[answering_texts + 1] - 1
    )
    lengths = np.diff(sentence_starts[text_starts])
    return Store(
        tokens=np.concatenate([body_tokens, title_tokens, question_tokens]),
        sentence_starts=sentence_starts,
        text_starts=text_starts,
        titles=np.stack([title_starts[:-1], np.diff(title_starts)], axis=1),
        questions=np.stack([question_starts[:-1], np.diff(question_starts), answering_texts, answering], axis=1),
        inverse_cloze_texts=np.flatnonzero((lengths > 60) & (np.diff(text_starts) > 2)),
    )


def _tokenize(tokenizer: "Tokenizer", texts: Iterable[str]) -> tuple[Ints, Ints]:
    """All token ids in a row, unknown characters left out, and the (n + 1,) places where the texts begin."""
    found: list[NDArray[np.int32]] = []
    texts = iter(texts)
    while batch := list(islice(texts, 10_000)):
        encoded = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
        found += [np.array([i for i in encoding.ids if i], dtype=np.int32) for encoding in encoded]
    return np.concatenate(found).astype(np.int64), np.cumsum([0, *map(len, found)])


@dataclass(frozen=True)
class Batch:
    """Bags of tokens for `EmbeddingBag`, and which other rows' passages overlap a row's own."""

    query_tokens: Ints
    query_offsets: Ints
    passage_tokens: Ints
    passage_offsets: Ints
    overlap: NDArray[np.bool_]
    # (rows, rows), the diagonal False


class Sampler:
    """Draws batches of (query, passage) pairs from a store."""

    def __init__(self, store: Store, settings: Settings, question_words: list[int], number_pieces: Ints):
        self.store = store
        self.settings = settings
        self.question_words = np.array(question_words, dtype=np.int64)
        self.is_number = np.zeros(int(store.tokens.max()) + 1, dtype=bool)
        self.is_number[number_pieces] = True
        self.draw = np.random.default_rng(settings.seed)
        self.titled = np.flatnonzero(store.titles[:, 1] > 1)

    def batch(self) -> Batch:
        """The next batch: inverse cloze in pairs of windows of one text, then headlines, then questions."""
        settings, store, draw = self.settings, self.store, self.draw
        n_titles = int(settings.batch_size * settings.share_titles)
        n_questions = int(settings.batch_size * settings.share_questions)
        n_cloze = (settings.batch_size - n_titles - n_questions) // 2 * 2

        texts = np.repeat(draw.choice(store.inverse_cloze_texts, n_cloze // 2), 2)
        cloze = self._sentence(texts)
        cloze_windows = self._window_with(texts, cloze, settings.window_tokens)
        query_start, query_length = self._span(cloze)
        removed = draw.random(n_cloze) < settings.remove_sentence

        titled = draw.choice(self.titled, n_titles)
        title_windows = self._window_with(titled, self._sentence(titled), settings.window_tokens)

        asked = store.questions[draw.choice(len(store.questions), n_questions, replace=False)]
        asked_windows = self._window_with(asked[:, 2], asked[:, 3], settings.window_tokens)

        query_starts = np.concatenate([query_start, store.titles[titled, 0], asked[:, 0]])
        query_lengths = np.concatenate([query_length, store.titles[titled, 1], asked[:, 1]])
        windows = np.concatenate([cloze_windows, title_windows, asked_windows])

        # A passage is up to three stretches of the store: headline, and the window before and after the cut.
        rows = len(windows)
        parts = np.zeros((rows, 3, 2), dtype=np.int64)
        all_texts = np.concatenate([texts, titled, asked[:, 2]])
        in_front = draw.random(rows) < settings.title_in_front
        in_front[n_cloze : n_cloze + n_titles] = False  # the headline is the question there
        parts[:, 0, 0] = store.titles[all_texts, 0]
        parts[:, 0, 1] = np.where(in_front, store.titles[all_texts, 1], 0)
        parts[:, 1, 0] = windows[:, 0]
        parts[:, 1, 1] = windows[:, 1] - windows[:, 0]
        cut = np.flatnonzero(removed)
        parts[cut, 1, 1] = query_start[cut] - windows[cut, 0]
        parts[cut, 2, 0] = query_start[cut] + query_length[cut]
        parts[cut, 2, 1] = windows[cut, 1] - parts[cut, 2, 0]

        queries = self._gather(query_starts[:, None], query_lengths[:, None], settings.token_dropout)
        queries = self._as_questions(*queries, n_cloze)
        passages = self._gather(parts[:, :, 0], parts[:, :, 1], settings.token_dropout)
        start, end = windows[:, 0], windows[:, 1]
        overlap = (start[:, None] < end[None, :]) & (start[None, :] < end[:, None])
        np.fill_diagonal(overlap, False)
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

    def _window_with(self, texts: Ints, sentence: Ints, tokens: int) -> Ints:
        """(n, 2) token offsets of whole sentences around `sentence`, about `tokens` long, within the text."""
        store = self.store
        first, last = store.text_starts[texts], store.text_starts[texts + 1]
        before = (self.draw.random(len(texts)) * tokens).astype(np.int64)
        start_at = np.maximum(store.sentence_starts[sentence] - before, store.sentence_starts[first])
        begin = np.maximum(np.searchsorted(store.sentence_starts, start_at, side="left"), first)
        begin = np.minimum(begin, sentence)
        end = np.searchsorted(store.sentence_starts, store.sentence_starts[begin] + tokens, side="right") - 1
        end = np.minimum(np.maximum(end, sentence + 1), last)
        return np.stack([store.sentence_starts[begin], store.sentence_starts[end]], axis=1)

    def _gather(self, starts: Ints, lengths: Ints, dropout: float) -> tuple[Ints, Ints]:
        """The tokens of each row's stretches in a row, some dropped, and where each row begins."""
        flat_lengths = lengths.ravel()
        total = int(flat_lengths.sum())
        before = np.cumsum(flat_lengths) - flat_lengths
        places = np.repeat(starts.ravel() - before, flat_lengths) + np.arange(total)
        rows = np.repeat(np.arange(len(lengths)), lengths.sum(axis=1))
        keep = self.draw.random(total) >= dropout
        return self.store.tokens[places[keep]], np.searchsorted(rows[keep], np.arange(len(lengths)))

    def _as_questions(self, tokens: Ints, offsets: Ints, n_cloze: int) -> tuple[Ints, Ints]:
        """Inverse-cloze sentences made more like questions: one number or other word gives way to a question word."""
        if not len(self.question_words):
            return tokens, offsets
        tokens = tokens.copy()
        ends = np.append(offsets[1:], len(tokens))
        for row in np.flatnonzero(self.draw.random(n_cloze) < 0.5):
            start, end = offsets[row], ends[row]
            if end - start < 4:
                continue
            numbers = np.flatnonzero(self.is_number[tokens[start:end]])
            place = self.draw.choice(numbers) if len(numbers) else self.draw.integers(end - start)
            tokens[start + place] = self.draw.choice(self.question_words)
        return tokens, offsets


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


def train(store: Store, tokenizer: "Tokenizer", counts: Ints, settings: Settings) -> NDArray[np.float32]:
    """The (pieces, dimension) table after `settings.steps` steps of Adam.

    Vectors begin random, as long as smooth inverse frequency says (Arora et al. 2017): a question and its passage
    already share their rare words then, and training starts from a random projection of that match.
    """
    import torch

    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    ids = tokenizer.get_vocab()
    numbers = np.array([i for piece, i in ids.items() if piece.isdecimal()], dtype=np.int64)
    sampler = Sampler(store, settings, [ids[word] for word in QUESTION_WORDS if word in ids], numbers)

    share = counts / counts.sum()
    weight = 1e-3 / (1e-3 + share)
    start = torch.randn(len(counts), settings.dimension) / math.sqrt(settings.dimension)
    bag = torch.nn.EmbeddingBag(len(counts), settings.dimension, mode="mean")
    with torch.no_grad():
        bag.weight.copy_(start * torch.tensor(weight, dtype=torch.float32)[:, None])
    optimizer = torch.optim.Adam(bag.parameters(), lr=settings.learning_rate, fused=True)

    began = time.monotonic()
    smooth = 0.0
    for step in range(settings.steps):
        # Linear warm-up over two hundred steps, then a cosine to a fiftieth.
        decay = 0.02 + 0.98 * (1 + math.cos(math.pi * step / settings.steps)) / 2
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * min(1, (step + 1) / 200) * decay
        loss = _loss(bag, sampler.batch(), settings)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        smooth = loss.item() if step == 0 else 0.98 * smooth + 0.02 * loss.item()
        if step % 100 == 99:
            print(f"step {step + 1}  {time.monotonic() - began:.0f} s  loss {smooth:.3f}", flush=True)
    table: NDArray[np.float32] = bag.weight.detach().numpy()
    table[0] = 0  # an unknown character says nothing
    return table


def _loss(bag: "torch.nn.EmbeddingBag", batch: Batch, settings: Settings) -> "torch.Tensor":
    import torch
    from torch.nn.functional import cross_entropy, normalize

    queries = normalize(bag(torch.from_numpy(batch.query_tokens), torch.from_numpy(batch.query_offsets)))
    passages = normalize(bag(torch.from_numpy(batch.passage_tokens), torch.from_numpy(batch.passage_offsets)))
    scores = queries @ passages.T / settings.temperature
    scores = scores.masked_fill(torch.from_numpy(batch.overlap), -1e4)
    own = torch.arange(len(scores))
    loss: torch.Tensor = cross_entropy(scores, own) + 0.3 * cross_entropy(scores.T, own)
    return loss


def save(folder: Path, tokenizer: "Tokenizer", table: NDArray[np.float32], settings: Settings) -> None:
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
    """What words are counted in: a third of the news, two thirds of the broadcasts, and the questions whole."""
    draw = random.Random(seed)
    yield from (text for text in news() if draw.random() < 0.3)
    yield from (f"{item.title}\n{item.body}" for item in broadcasts() if draw.random() < 0.6)
    for name in ("cmrc2018-train", "drcd", "ncp"):
        yield from (f"{item.question}\n{item.answer}" for item in questions(name))
        yield from dict.fromkeys(item.context for item in questions(name))


def piece_counts(store: Store, size: int) -> Ints:
    """How often each piece stands in the store, one added so that none is zero."""
    return np.bincount(store.tokens, minlength=size) + 1


def main(arguments: Iterable[str] | None = None) -> None:
    """Count words, tokenize, train, save."""
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
    table = train(store, tokenizer, piece_counts(store, settings.pieces), settings)
    save(folder, tokenizer, table, settings)


if __name__ == "__main__":
    main()
