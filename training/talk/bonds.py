"""Counts which characters stand in a row: `python -m training.talk.bonds`, a minute on one core.

Out of questions and official texts; see `assistant.question.bonds`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from assistant.question.bonds import FILE, STEPS, UNSEEN, key
from training.corpora import DATA
from training.talk.real import all_questions, opened

_LEAST = 3
"""How often two characters must have been seen in a row."""
_MOST = 120_000
"""Pairs kept, those most frequent."""
_CHARS = 12_000_000
_FILES = ("policies/notices.jsonl", "policies/regulations.jsonl.xz", "policies/work-reports.jsonl.xz")


def texts(data: Path) -> Iterator[str]:
    """Questions whole, and as much of the official texts as is counted."""
    for _ in range(2):  # asked rather than written
        yield from all_questions(data)
    for name in _FILES:
        left = _CHARS
        for record in opened(data / "more" / name):
            text = "".join(value for value in record.values() if isinstance(value, str))
            yield text[:left]
            left -= len(text)
            if left <= 0:
                break


def main() -> None:
    """Counts and writes."""
    pairs: Counter[tuple[str, str]] = Counter()
    firsts: Counter[str] = Counter()
    for text in texts(DATA):
        pairs.update(pairwise(text))
        firsts.update(text)
    every = sum(pairs.values())
    merged: Counter[int] = Counter()
    expected: dict[int, float] = {}
    for (left, right), count in pairs.most_common(3 * _MOST):
        if count < _LEAST or not (left.isalnum() and right.isalnum()):
            continue
        number = key(left, right)
        merged[number] += count
        expected[number] = expected.get(number, 0.0) + firsts[left] * firsts[right] / every
    kept = sorted(number for number, _ in merged.most_common(_MOST))
    values = [max(UNSEEN, math.log((merged[each] - 0.5) / expected[each])) for each in kept]
    steps = np.diff(np.array([0, *kept], np.int64)).astype(np.uint32)
    np.savez_compressed(FILE, steps=steps, values=np.round(np.array(values) * STEPS).clip(-127, 127).astype(np.int8))
    print(json.dumps({"pairs": len(kept), "characters": every, "bytes": FILE.stat().st_size}))


if __name__ == "__main__":
    main()
