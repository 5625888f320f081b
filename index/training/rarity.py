"""Count how rare words are in general Chinese: `python -m index.training.rarity`, two minutes on one core.

A library of five documents can't tell a rare word from a common one; twenty thousand news texts can.
"""

from __future__ import annotations

import gzip
import itertools
import math
from collections import Counter
from pathlib import Path

from index.rarity import TABLE
from index.training.corpora import broadcasts, news
from index.words import words

PASSAGE_CHARS = 250
MAX_TEXTS = 20_000
MIN_COUNT = 12


def main() -> None:
    """Write the table of inverse document frequencies, in hundredths, rarest last."""
    counts: Counter[str] = Counter()
    total = 0
    titled = (f"{title}。{body}" for title, body in broadcasts())
    for text in itertools.chain(itertools.islice(news(), MAX_TEXTS), itertools.islice(titled, MAX_TEXTS)):
        for at in range(0, len(text), PASSAGE_CHARS):
            counts.update(set(words(text[at : at + PASSAGE_CHARS])))
            total += 1
    rows = [(round(100 * math.log(total / n)), word) for word, n in counts.items() if n >= MIN_COUNT]
    lines = [f"{total}", *(f"{idf}\t{word}" for idf, word in sorted(rows) if not word.isdigit())]
    Path(TABLE).write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    print(f"{total} passages, {len(lines) - 1} words, {Path(TABLE).stat().st_size >> 10} KiB")


if __name__ == "__main__":
    main()
