"""The checker's floors on answers over tables: what it catches of those made wrong, and what it lets through."""

from __future__ import annotations

from eval.parts.table_answers import FORMS, grids
from eval.parts.table_corruptions import FLOOR, MOST_FALSE_ALARMS, answers, measure

KINDS = {
    "other row", "other column", "metric", "unit", "sign", "period", "other table", "superlative", "list", "sum",
    "count", "words",
}  # fmt: skip


def test_wrong_answers_over_tables_are_caught_and_right_ones_pass() -> None:
    counts = measure(grids(), each=1)

    assert counts.right >= 300
    assert sum(counts.made.values()) >= 300
    assert set(counts.made) == KINDS
    assert counts.false_alarm_rate <= MOST_FALSE_ALARMS, counts.false_alarms
    assert counts.caught() >= FLOOR, counts.missed


def test_the_same_seed_makes_the_same_and_nothing_made_is_the_right_answer() -> None:
    grid = grids()[0]
    once, again = list(answers(grid, seed=5, each=1)), list(answers(grid, seed=5, each=1))

    assert once == again
    assert {right.form for right, _ in once} >= set(FORMS) - {"words", "who"}
    for right, wrong in once:
        assert right.id not in {each.answer.id for each in wrong}
        assert all(
            (each.answer.text, each.answer.question, each.answer.citations)
            != (right.text, right.question, right.citations)
            for each in wrong
        )
