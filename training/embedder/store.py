"""All training texts as arrays of token ids, with the questions on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import TYPE_CHECKING

import cn2an
import numpy as np
from numpy.typing import NDArray

from training.corpora import broadcasts, law_questions, laws, news, policies, policy_questions, questions

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ints = NDArray[np.int64]
CITATION = re.compile(r"《([^《》]{2,40})》[^。，；]{0,8}?(第[一二三四五六七八九十百千零〇0-9]+条)")
_OWN_ARTICLE = re.compile(r"(?:《([^《》]{2,40})》|(?:本法|本条例|本办法|本规定))(第[一二三四五六七八九十百千零〇]+条)")
_COUNTRY = "中华人民共和国"


class TextKind(IntEnum):
    """Where a text comes from."""

    NEWS = 0
    BROADCAST = 1
    CONTEXT = 2
    """What a question of CMRC or DRCD is asked on."""
    ANSWER = 3
    """The answer to a question of NCP whose document is not here."""
    POLICY = 4
    LAW = 5


class Origin(IntEnum):
    """Where a question, or what stands for one, comes from."""

    CMRC = 0
    DRCD = 1
    NCP_ANSWER = 2
    NCP = 3
    STARD = 4
    CITED = 5
    """News that names an article of law: what happened, against what the article says."""
    CROSS_REFERENCE = 6
    """A sentence of a law that names another article."""


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
    kinds: Ints
    # (texts,) a `TextKind` each
    questions: Ints
    # (questions, 5): token offset and length, the text that answers, the sentence of the store that does, `Origin`
    gold: Mapping[int, tuple[int, ...]]
    # all the texts that answer, for a question that several do

    @property
    def text_tokens(self) -> Ints:
        """(texts + 1,) offsets of the texts into `tokens`."""
        starts: Ints = self.sentence_starts[self.text_starts]
        return starts


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


class _Texts:
    """The texts as they are read, each with its title and kind, and the questions on them."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.bodies: list[str] = []
        self.kinds: list[TextKind] = []
        self.asked: list[tuple[str, int, int, Origin]] = []
        # question, text, sentence of the text, origin
        self.gold: dict[int, tuple[int, ...]] = {}

    def add(self, kind: TextKind, body: str, title: str = "") -> int:
        self.titles.append(title)
        self.bodies.append(body)
        self.kinds.append(kind)
        return len(self.bodies) - 1

    def ask(self, origin: Origin, question: str, text: int, end_of_answer: int) -> None:
        sentence = len(sentences(self.bodies[text][:end_of_answer])) - 1
        self.asked.append((question, text, max(sentence, 0), origin))


def collect(tokenizer: Tokenizer) -> Store:
    """Reads and tokenizes all training texts: some 157,000 of them, in about four minutes."""
    texts = _Texts()
    for body in news():
        texts.add(TextKind.NEWS, body)
    for item in broadcasts():
        texts.add(TextKind.BROADCAST, item.body, item.title)
    _read_questions(texts)
    _read_policies(texts)
    law_of = _read_laws(texts)

    cut = [sentences(body) for body in texts.bodies]
    text_starts = np.cumsum([0, *map(len, cut)])
    body_tokens, sentence_starts = _tokenize(tokenizer, (sentence for parts in cut for sentence in parts))
    title_tokens, title_starts = _tokenize(tokenizer, texts.titles)
    question_tokens, question_starts = _tokenize(tokenizer, (question for question, *_ in texts.asked))
    title_starts += len(body_tokens)
    question_starts += len(body_tokens) + len(title_tokens)

    answering = np.array([text for _, text, _, _ in texts.asked])
    sentence = text_starts[answering] + [sentence for _, _, sentence, _ in texts.asked]
    asked = np.stack(
        [
            question_starts[:-1],
            np.diff(question_starts),
            answering,
            np.minimum(sentence, text_starts[answering + 1] - 1),
            [origin for *_, origin in texts.asked],
        ],
        axis=1,
    )
    rows = []
    for text, first, last, article, origin in _citations(texts, cut, law_of):
        start, end = sentence_starts[text_starts[text] + [first, last]]
        rows.append((start, end - start, article, text_starts[article], origin))
    return Store(
        tokens=np.concatenate([body_tokens, title_tokens, question_tokens]),
        sentence_starts=sentence_starts,
        text_starts=text_starts,
        titles=np.stack([title_starts[:-1], np.diff(title_starts)], axis=1),
        kinds=np.array(texts.kinds, dtype=np.int64),
        questions=np.concatenate([asked, np.array(rows)]),
        gold=texts.gold,
    )


def _read_questions(texts: _Texts) -> None:
    places: dict[str, int] = {}
    for origin, name in ((Origin.CMRC, "cmrc2018-train"), (Origin.DRCD, "drcd"), (Origin.NCP_ANSWER, "ncp")):
        kind = TextKind.ANSWER if origin == Origin.NCP_ANSWER else TextKind.CONTEXT
        for item in questions(name):
            context = item.context or item.answer
            if context not in places:
                places[context] = texts.add(kind, context)
            texts.ask(origin, item.question, places[context], max(context.find(item.answer), 0) + 1)


def _read_policies(texts: _Texts) -> None:
    places = {item.document: texts.add(TextKind.POLICY, item.body, item.title) for item in policies()}
    for document, item in policy_questions():
        text = places[document]
        # An answer is a span of its document "whitespace apart".
        kept = [place for place, character in enumerate(texts.bodies[text]) if not character.isspace()]
        start = "".join(texts.bodies[text].split()).find("".join(item.answer.split()))
        if start >= 0:
            texts.ask(Origin.NCP, item.question, text, kept[start] + 1)


def _read_laws(texts: _Texts) -> dict[int, tuple[str, str]]:
    """The law and the number of each text that is an article."""
    places: dict[str, int] = {}
    law_of: dict[int, tuple[str, str]] = {}
    for item in laws():
        places[item.id] = texts.add(TextKind.LAW, item.text, f"{item.law} {item.article}")
        law_of[places[item.id]] = item.law, item.article
    for question, gold in law_questions():
        wanted = [places[each] for each in gold if each in places]
        for text in wanted:
            texts.gold[len(texts.asked)] = tuple(sorted(set(wanted)))
            texts.ask(Origin.STARD, question, text, 1)
    return law_of


def _citations(
    texts: _Texts, cut: list[list[str]], law_of: dict[int, tuple[str, str]]
) -> Iterable[tuple[int, int, int, int, Origin]]:
    """Where a text names an article of law: the text, its first and last sentence (exclusive), the article, origin."""
    articles = {name: text for text, name in law_of.items()}  # of two with one number (an amended law) the last
    names = {law for law, _ in articles}

    def article(law: str, number: str) -> int | None:
        law = law.replace(" ", "")
        full = law if law in names else _COUNTRY + law
        if digits := re.search("[0-9]+", number):
            number = f"第{cn2an.an2cn(int(digits.group()))}条"
        return articles.get((full, number))

    for text in (place for place, kind in enumerate(texts.kinds) if kind == TextKind.NEWS):
        for place, sentence in enumerate(cut[text]):
            for match in CITATION.finditer(sentence):
                if (named := article(match[1], match[2])) is not None:
                    yield text, max(place - 2, 0), place + 1, named, Origin.CITED
    for text, (law, _) in law_of.items():
        for place, sentence in enumerate(cut[text]):
            found = [article(match[1] or law, match[2]) for match in _OWN_ARTICLE.finditer(sentence)]
            for named in [each for each in found if each not in (None, text)][:2]:
                assert named is not None
                yield text, place, place + 1, named, Origin.CROSS_REFERENCE


def _tokenize(tokenizer: Tokenizer, texts: Iterable[str]) -> tuple[Ints, Ints]:
    """All token ids in a row, unknown characters left out, and the (n + 1,) places where the texts begin."""
    found: list[NDArray[np.int32]] = []
    texts = iter(texts)
    while batch := list(islice(texts, 10_000)):
        encoded = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
        found += [np.array([i for i in encoding.ids if i], dtype=np.int32) for encoding in encoded]
    return np.concatenate(found).astype(np.int64), np.cumsum([0, *map(len, found)])
