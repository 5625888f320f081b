"""Robustness: the same cases with one thing changed, to see what that costs; a new one is a line in PERTURBATIONS.

Each yields a set of its own, whose ids are those of the cases it came from, so that `youju-eval compare` pairs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from eval.cases import Case
from eval.libraries import Library
from eval.robustness import documents, questions

__all__ = ["PERTURBATIONS", "Changed", "Given"]


@dataclass(frozen=True, slots=True)
class Given:
    """What a perturbation starts from."""

    cases: Callable[[], Iterator[Case]]
    """Afresh at each call."""
    documents: Library | None
    """None where every case brings its own."""
    cache: Path
    seed: int

    def random(self, case: Case) -> Random:
        """A source of chance that depends on the seed and the case alone."""
        return Random(f"{self.seed}:{case.id}")


@dataclass(frozen=True, slots=True)
class Changed:
    """What it makes of them."""

    cases: Iterator[Case]
    documents: Library | None


def _each(change: Callable[[Case, Random, Callable[[str], bool]], Case | None]) -> Callable[[Given], Changed]:
    """A perturbation of the questions alone; cases that it can't be applied to are left out."""

    def perturb(given: Given) -> Changed:
        def known(word: str) -> bool:
            return given.documents is not None and given.documents.mentions(word)

        changed = (change(case, given.random(case), known) for case in given.cases())
        return Changed((case for case in changed if case), given.documents)

    return perturb


def _added(write: documents.Writer) -> Callable[[Given], Changed]:
    """A perturbation that adds documents, the same ones for every case."""

    def perturb(given: Given) -> Changed:
        library = documents.with_added(write, given.cases(), given.documents, given.cache)
        return Changed((documents.as_scored(write, case) for case in given.cases() if case.contexts is None), library)

    return perturb


def _removed(given: Given) -> Changed:
    return Changed(*documents.without_gold(given.cases, given.documents, given.cache))


PERTURBATIONS: dict[str, Callable[[Given], Changed]] = {
    "paraphrase": _each(questions.paraphrase),
    "typos": _each(questions.typos),
    "traditional": _each(questions.traditional),
    "year-swapped": _each(questions.year_swapped),
    "place-swapped": _each(questions.place_swapped),
    "level-swapped": _each(questions.level_swapped),
    "gold-removed": _removed,
    "duplicated": _added(documents.duplicate),
    "conflicting": _added(documents.conflict),
    "poisoned": _added(documents.poison),
}
