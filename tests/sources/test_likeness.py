"""What few numbers of two texts say of how much wording they share."""

from __future__ import annotations

import numpy as np
import pytest

from sources.likeness import RUN, VALUES, gist, runs, shares, tokens, values

SENTENCES = [f"第{number}条规定，每户每月可领补贴{number * 37 % 901}元，由所在乡镇核定。" for number in range(60)]


def alike(one: str, other: str) -> float:
    """The share of numbers that two gists have in common."""
    a, b = values(gist(one)), values(gist(other))
    assert a is not None
    assert b is not None
    return float(shares(np.stack([a]), b)[0])


@pytest.mark.parametrize("kept", [60, 54, 40, 20, 0])
def test_as_large_a_share_of_the_numbers_agrees_as_of_the_runs(kept: int) -> None:
    one = "".join(SENTENCES)
    other = "".join(SENTENCES[:kept] + [each.replace("补贴", "津贴") for each in SENTENCES[kept:]])
    a, b = set(runs(tokens(one)).tolist()), set(runs(tokens(other)).tolist())
    assert alike(one, other) == pytest.approx(len(a & b) / len(a | b) + (a == b), abs=4 * 0.5 / VALUES**0.5)


def test_white_space_and_width_count_for_nothing() -> None:
    one = "".join(SENTENCES)
    assert gist(one) == gist("\n".join(SENTENCES).translate({ord("1"): "１"}))


def test_a_gist_of_another_version_is_none() -> None:
    assert values(b"\0" + gist("甲")[1:]) is None
    assert values(b"") is None


def test_shorter_than_a_run_says_nothing() -> None:
    assert gist("甲" * (RUN - 1)) == gist("")
