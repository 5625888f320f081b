"""Seams: how well words follow one another where two pieces of questions meet: 停车费 | 第二个小时, not 费首 | 第二个.

A small network over the two words on either side, learned from questions as people ask them and from pieces of two
questions put together at random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from assistant.question.sketch import SORTS, Sketch
from index.ranking.networks import Floats

AROUND = 2
"""Words looked at on either side."""
WORD, UNITS = 24, 40
INPUTS = 2 * AROUND * (WORD + len(SORTS) + 3)
"""Of each word what it means, its sort, its length, and whether the question ends or isn't known there."""
Side = Sequence[tuple[Sketch, int]]
"""The words of one side, the nearest first; fewer where the text ends."""


def before(text: Sketch, at: int, first: int = 0) -> Side:
    """The words before a place, back to the word `first`."""
    return [(text, each) for each in range(at - 1, max(at - 1 - AROUND, first - 1), -1)]


def after(text: Sketch, at: int) -> Side:
    """The words from a place on."""
    return [(text, each) for each in range(at, min(at + AROUND, len(text)))]


def rows_of(joins: Sequence[tuple[Side, Side]], known: Sequence[tuple[int, int]]) -> tuple[Floats, Floats]:
    """(joins, 4, dimension) and (joins, 4, inputs): meanings, and what is known of the words beside them; `known` is
    how many words of each side are, those that are missing of them being beyond the end."""
    dimension = next((side[0][0].meanings.shape[1] for join in joins for side in join if side), 1)
    meanings = np.zeros((len(joins), 2 * AROUND, dimension), np.float32)
    told = np.zeros((len(joins), 2 * AROUND, len(SORTS) + 3), np.float32)
    for row, (join, counts) in enumerate(zip(joins, known, strict=True)):
        for half, (side, count) in enumerate(zip(join, counts, strict=True)):
            for near in range(AROUND):
                at = half * AROUND + near
                if near >= count:
                    told[row, at, -1] = 1
                elif near >= len(side):
                    told[row, at, -2] = 1
                else:
                    text, place = side[near]
                    meanings[row, at] = text.meanings[place]
                    told[row, at, SORTS.index(text.sorts[place])] = 1
                    told[row, at, -3] = min(len(text.word(place)), 4) / 4
    return meanings, told


def natural(
    weights: Mapping[str, Floats], joins: Sequence[tuple[Side, Side]], known: Sequence[tuple[int, int]]
) -> Floats:
    """(joins,) log-odds that each join is one that people make."""
    if not joins:
        return np.zeros(0, np.float32)
    meanings, told = rows_of(joins, known)
    if meanings.shape[2] != weights["seam.word"].shape[0]:
        return np.zeros(len(joins), np.float32)
    at = np.concatenate([meanings @ weights["seam.word"], told], axis=2).reshape(len(joins), -1)
    units = np.maximum(at @ weights["seam.in"] + weights["seam.in.b"], 0)
    odds: Floats = units @ weights["seam.out"] + weights["seam.out.b"]
    return odds[:, 0]
