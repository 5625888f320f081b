"""What the contextual embedder's vectors have in common: `python -m training.encoder.centre --folder MODEL`.

Vectors of such networks crowd into a narrow cone (Ethayarajh 2019, arXiv:1909.00512), which tells nothing about texts.
The mean of passages and that of questions, of many kinds alike, are taken off. Writes `means.npy` beside the network:
(2, 384) float32, passages first.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from index.embedders.contextual import CONTEXTUAL, DIMENSION, PROMPTS, ContextualEmbedder
from training import corpora

SEED = 20261127
EACH = 300
"""Texts of each kind."""
CHARACTERS = 250


def passages() -> Iterator[Iterable[str]]:
    """Texts of each kind that is at hand."""
    yield corpora.news()
    yield (f"{item.title}\n{item.body}" for item in corpora.broadcasts())
    yield (f"{policy.title}\n{policy.body}" for policy in corpora.policies())
    yield (article.text for article in corpora.laws())
    yield (each.context for each in corpora.questions("cmrc2018-train"))
    yield (each.context for each in corpora.questions("drcd"))


def asked() -> Iterator[Iterable[str]]:
    """Questions of each kind."""
    yield (each.question for each in corpora.questions("ncp"))
    yield (question for question, _ in corpora.law_questions())
    yield (each.question for each in corpora.questions("cmrc2018-train"))
    yield (each.question for each in corpora.questions("drcd"))


def some(kinds: Iterable[Iterable[str]], *, each: int = EACH) -> list[str]:
    """So many texts of each kind, of the first some thousands, cut to the length of a passage."""
    draw = random.Random(SEED)
    found = []
    for texts in kinds:
        first = list(islice(dict.fromkeys(texts), 20_000))
        found += [text[:CHARACTERS] for text in draw.sample(first, min(each, len(first)))]
    return found


def main() -> None:
    """Embed, and write the two means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=CONTEXTUAL)
    folder = parser.parse_args().folder
    if not (folder / "means.npy").exists():
        np.save(folder / "means.npy", np.zeros((2, DIMENSION), np.float32))
    model = ContextualEmbedder(folder)
    kinds = ((PROMPTS.passage, some(passages())), (PROMPTS.query, some(asked())))
    means = [model.uncentred(prompt, texts).mean(axis=0) for prompt, texts in kinds]
    np.save(folder / "means.npy", np.stack(means).astype(np.float32))
    for (prompt, texts), mean in zip(kinds, means, strict=True):
        print(f"{prompt}{len(texts)} texts, mean of length {np.linalg.norm(mean):.3f}")


if __name__ == "__main__":
    main()
