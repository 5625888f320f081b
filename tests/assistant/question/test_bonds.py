"""Which characters belong together."""

from __future__ import annotations

import pytest

from assistant.question.bonds import UNSEEN, bond


@pytest.mark.parametrize(("within", "across"), [("图书", "书周"), ("补贴", "贴教"), ("水库", "候白"), ("2024", "费首")])
def test_within_a_word_characters_are_bound_and_across_them_hardly(within: str, across: str) -> None:
    assert bond(*within[:2]) > 1.5 > bond(*across[:2])


def test_at_the_end_of_a_text_nothing_is_bound() -> None:
    assert bond("", "水") == bond("水", "") == 0.0
    assert bond("馆", "龘") == UNSEEN
