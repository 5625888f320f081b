"""Makes the shipped token ranks: `python -m training.embedder.ranks` (about a minute on one core).

A byte-level BPE over a fixed sample of the training texts, written as gzipped tiktoken lines ("base64 rank").
The sample is drawn with a seed and the gzip header carries no time, so the same data gives the same file.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import os
import random
from collections.abc import Iterator

from sources import tokens
from training.corpora import broadcasts, news, questions

SIZE = 24_000
SEED = 20260101


def sample(seed: int = SEED) -> Iterator[str]:
    """About 45 MB of text: every fourth news text and broadcast, and the question sets whole."""
    draw = random.Random(seed)
    yield from (text for text in news() if draw.random() < 0.25)
    yield from (f"{item.title}\n{item.body}" for item in broadcasts() if draw.random() < 0.25)
    for name in ("cmrc2018-train", "drcd", "ncp"):
        yield from (f"{item.question}\n{item.context}\n{item.answer}" for item in questions(name))


def train(size: int = SIZE) -> list[bytes]:
    """The tokens in order of rank: the 256 bytes, then merges, most frequent first."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(tokens.PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False, min_frequency=2)
    tokenizer.train_from_iterator(sample(), trainer)
    to_byte = _byte_of_character()
    ids = tokenizer.get_vocab()
    merged = [bytes(to_byte[c] for c in piece) for piece in sorted(ids, key=ids.__getitem__)]
    return [bytes([value]) for value in range(256)] + [token for token in merged if len(token) > 1]


def _byte_of_character() -> dict[str, int]:
    """GPT-2's printable stand-ins for bytes, which tokenizers uses in place of the bytes themselves."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [value for value in range(256) if value not in printable]
    return {chr(value): value for value in printable} | {chr(256 + place): value for place, value in enumerate(rest)}


def main() -> None:
    """Train and write the file that `sources.tokens` reads."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    lines = b"".join(b"%s %d\n" % (base64.b64encode(token), rank) for rank, token in enumerate(train()))
    path = tokens._RANKS
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(lines, compresslevel=9, mtime=0))
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
