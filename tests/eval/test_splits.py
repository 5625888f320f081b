from __future__ import annotations

from eval.splits import held_out, linked


def test_questions_that_share_gold_are_linked_through_others() -> None:
    names = linked([["a", "b"], ["c"], ["b", "d"], ["e", "d"], ["c", "f"]])
    assert len(set(names)) == 2
    assert names[0] == names[2] == names[3]
    assert names[1] == names[4]


def test_a_document_always_falls_on_the_same_side_and_both_sides_have_some() -> None:
    sides = [held_out(f"document {number}") for number in range(200)]
    assert sides == [held_out(f"document {number}") for number in range(200)]
    assert 60 < sum(sides) < 140
