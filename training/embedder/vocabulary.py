"""The shipped embedder's tokenizer: Chinese words, most frequent first, cut by a unigram model.

The words are jieba's as counted in the training texts, each with its log probability, so the best path of the unigram
model is a segmentation into real words; pieces that BPE finds ("的发展") cut the same phrase differently in a question
and in a passage. Numbers and Latin words get pieces of their own, learned from the same counts.
"""

from __future__ import annotations

import importlib
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# What the pre-tokenizer keeps together; everything else (spaces, punctuation, symbols) is dropped: it says nothing
# about what a text is about. A number stands apart from the words around it.
RUN = r"\p{Han}+|[0-9]+|[^\s0-9\p{Han}\p{P}\p{S}\p{C}]+|%|[$€£¥]"
_LATIN = re.compile(r"[a-z]+")
_NUMBER = re.compile(r"[0-9]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_LONG_WORD = 4


def character_map() -> dict[str, str]:
    """What each character is read as: NFKC, lower case, Simplified; only those that change."""
    simplified = _simplified()
    mapped = {}
    for code in range(0x21, 0x30000):
        character = chr(code)
        if unicodedata.category(character) in {"Cn", "Cs", "Co"}:
            continue
        plain = unicodedata.normalize("NFKC", character).lower()
        plain = "".join(simplified.get(c, c) for c in plain)
        if plain != character:
            mapped[character] = plain
    return mapped


def _simplified() -> dict[str, str]:
    """OpenCC's table of Traditional characters, the first choice where it offers several."""
    opencc = _training_library("opencc")
    table = Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt"
    pairs = (line.split() for line in table.read_text(encoding="utf-8").splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) > 1}


def precompiled_map() -> bytes:
    """`character_map` as the trie that tokenizers' `Precompiled` normalizer reads: one pass over the text.

    A `Sequence` of some twelve thousand `Replace` normalizers would do the same and take a second a page. Only the
    trie is taken from sentencepiece; the words it learns here are thrown away.
    """
    sentencepiece = _training_library("sentencepiece")
    messages = _training_library("sentencepiece.sentencepiece_model_pb2")

    with TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.tsv"
        with rules.open("w", encoding="utf-8") as lines:
            for source, target in character_map().items():
                codes = " ".join(f"{ord(c):X}" for c in target)
                lines.write(f"{ord(source):X}\t{codes}\n")
        prefix = str(Path(folder) / "m")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["a b c d e f g"] * 9),
            model_prefix=prefix,
            model_type="char",
            vocab_size=9,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(rules),
            minloglevel=2,
        )
        model = messages.ModelProto()
        model.ParseFromString(Path(prefix + ".model").read_bytes())
        trie: bytes = model.normalizer_spec.precompiled_charsmap
        return trie


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often short Chinese words, runs of digits and Latin words stand in `texts`.

    A word longer than three characters counts as its parts where all of them are words, so that 农村居民 meets both
    农村 and 居民, and 共同富裕示范区 meets 示范区.
    """
    jieba = _training_library("jieba")
    jieba.initialize()
    mapped = str.maketrans(character_map())
    counts: Counter[str] = Counter()
    for text in texts:
        plain = text.translate(mapped)
        for run in _HAN.findall(plain):
            counts.update(jieba.lcut(run, HMM=False))
        counts.update(_NUMBER.findall(plain))
        counts.update(_LATIN.findall(plain))
    for word in [word for word in counts if len(word) >= _LONG_WORD and _HAN.fullmatch(word)]:
        parts = _parts(word, jieba.dt.FREQ)
        if parts != [word]:
            number = counts.pop(word)
            for part in parts:
                counts[part] += number
    return counts


def _parts(word: str, known: Mapping[str, int]) -> list[str]:
    """The most even cut of a long word into known words of two and three characters, or the word whole."""
    for first in (2, 3):
        head, rest = word[:first], word[first:]
        if known.get(head) and len(rest) > 1:
            parts = _parts(rest, known) if len(rest) >= _LONG_WORD else [rest]
            if all(known.get(part) and len(part) < _LONG_WORD for part in parts):
                return [head, *parts]
    return [word]


def _training_library(name: str) -> Any:
    """A library that only training needs, and the project therefore doesn't depend on."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"training needs {name}: uv pip install jieba opencc-python-reimplemented sentencepiece"
        ) from error


def build(counts: Counter[str], size: int) -> Tokenizer:
    """A tokenizer of `size` pieces: every common character, digit strings and letters, then the commonest words."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    characters: Counter[str] = Counter()
    for word, number in counts.items():
        for character in word:
            characters[character] += number
    alphabet = [c for c, number in characters.most_common() if number >= 3][:8000]
    digits = [f"{value:0{width}d}" for width in (1, 2) for value in range(10**width)]
    digits += [str(year) for year in range(1900, 2051)]
    words = [w for w, number in counts.most_common() if len(w) > 1 and number >= 5 and not _NUMBER.fullmatch(w)]
    pieces = list(dict.fromkeys(["<unk>", *alphabet, *digits, "%", *words]))[:size]
    total = sum(counts.values())
    # A character alone is what is left when no word fits: it costs more than the words it is part of.
    scores = [(piece, math.log(max(counts[piece], 0.5) / total)) for piece in pieces]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Precompiled(precompiled_map())
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(RUN), behavior="removed", invert=True)
    return tokenizer
