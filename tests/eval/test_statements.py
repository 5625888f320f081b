"""How many free sentences, false or true, the checks judge wrongly: pinned, so that a change for the worse is seen."""

from __future__ import annotations

from collections import Counter

import pytest

from eval.parts.statements import HALVES, read, review

MOST = {"dev": (0.05, 0.20), "kept": (0.12, 0.27)}
"""Of each half, the share of the false sentences shown, and of the true ones rejected. The second half only measures;
what is aimed at is 0.03 and 0.05."""


@pytest.mark.parametrize("half", HALVES)
def test_few_false_sentences_are_shown_and_few_true_ones_rejected(half: str) -> None:
    sources, every = read()
    made: Counter[bool] = Counter()
    wrong: Counter[bool] = Counter()
    for said in every:
        if said.half == half:
            made[said.right] += 1
            wrong[said.right] += bool(review(said, sources[said.text]).lines) == said.right

    assert made[True] > 100
    assert made[False] > 200
    assert (wrong[False] / made[False] <= MOST[half][0], wrong[True] / made[True] <= MOST[half][1]) == (True, True), (
        wrong
    )
