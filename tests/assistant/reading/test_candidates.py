"""Candidates: how many of the passages found are read."""

from __future__ import annotations

import pytest

from assistant.reading.candidates import worth_reading
from index.hits import Hit, likelihoods
from sources.passages import Passage


def hits(*scores: float) -> list[Hit]:
    """Hits with these scores, best first."""
    return [Hit(Passage(f"d:{n}-{n + 1}", "d", "段", n, n + 1, ""), score, 0.0, 0.0) for n, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("scores", "read"),
    [
        ([1.0, 0.3, 0.3, 0.3, 0.3], 3),  # one stands out; at least three are read
        ([1.0, 0.95, 0.95, 0.9, 0.9, 0.4, 0.3], 5),  # any of five may be it
        ([1.0] * 20, 6),
        ([1.0], 1),
        ([], 0),
        ([0.0, 0.0, 0.0, 0.0], 4),
    ],
)
def test_passages_are_read_until_the_answer_is_likely_among_them(scores: list[float], read: int) -> None:
    assert len(worth_reading(hits(*scores))) == read


def test_likelihoods_add_up_to_one() -> None:
    likely = likelihoods(hits(1.0, 0.8, 0.1))
    assert likely.sum() == pytest.approx(1)
    assert list(likely) == sorted(likely, reverse=True)
