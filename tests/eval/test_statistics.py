"""Intervals and tests against what can be counted out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.statistics import holm, interval, paired, wilson


def test_the_sign_flip_test_counts_every_flip() -> None:
    first, second = [0.9, 0.4, 0.7, 0.2, 0.6], [0.1, 0.5, 0.3, 0.3, 0.1]
    gaps = [a - b for a, b in zip(first, second, strict=True)]
    extreme = sum(
        abs(sum(s * g for s, g in zip(signs, gaps, strict=True))) >= abs(sum(gaps)) - 1e-9
        for signs in product((1, -1), repeat=5)
    )
    assert paired(first, second, seed=1).p_value == pytest.approx(extreme / 32)


def test_many_differing_cases_are_sampled_close_to_the_exact_value() -> None:
    first, second = [1.0] * 14 + [0.0] * 6, [0.0] * 14 + [1.0] * 6
    # The exact two-sided sign test of 14 against 6.
    assert paired(first, second, seed=1).p_value == pytest.approx(0.1153, abs=0.015)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30), st.integers(0, 5))
def test_the_difference_turns_around_with_the_sides(pairs: list[tuple[float, float]], seed: int) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    one, other = paired(first, second, seed=seed), paired(second, first, seed=seed)
    assert one.difference == pytest.approx(-other.difference)
    assert (one.wins, one.losses) == (other.losses, other.wins)
    assert 0 < one.p_value <= 1
    assert one.low <= one.difference + 1e-9
    assert one.difference - 1e-9 <= one.high


def test_equal_systems_do_not_differ() -> None:
    same = paired([1, 0, 1], [1, 0, 1], seed=1)
    assert (same.difference, same.low, same.high, same.p_value) == (0, 0, 0, 1)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).random(40).tolist()
    assert interval(values, seed=4) == interval(values, seed=4) != interval(values, seed=5)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_intervals_hold_the_truth_about_as_often_as_they_say(share: float) -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        low, high = wilson(float((rng.random(60) < share).mean()), 60)
        held += low <= share <= high
    assert held >= 270


def test_a_perfect_score_is_no_certainty() -> None:
    low, high = interval([1.0] * 10, seed=1)
    assert low == pytest.approx(0.722, abs=0.001)
    assert high == pytest.approx(1.0)


def test_nothing_to_average_is_an_error() -> None:
    with pytest.raises(ValueError, match="no values"):
        interval([], seed=1)
    with pytest.raises(ValueError, match="1 values against 2"):
        paired([1], [1, 2], seed=1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_a_p_value_nor_their_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(a >= p for a, p in zip(adjusted, p_values, strict=True))
    ranked = [a for _, a in sorted(zip(p_values, adjusted, strict=True))]
    assert ranked == sorted(ranked)
