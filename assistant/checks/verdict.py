"""The verdict on an answer: a judgement on each of its sentences."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.answers import AnswerFigure, AnswerVerdict, Checked, Language
from assistant.checks.problems import Problem


@dataclass(frozen=True, slots=True)
class Judgement:
    """One sentence of the answer and what is wrong with it, if anything."""

    sentence: str
    """Without marks."""
    start: int
    """Half-open offsets into the answer, marks included."""
    end: int
    marks: tuple[int, ...]
    """A lead-in (主要有：) and a bare 是的。 take those of the sentences they lead to."""
    problems: tuple[Problem, ...]
    figures: tuple[AnswerFigure, ...]
    """Its numbers, with where they stand; `verified` is false for one that is not supported."""
    support: float
    """The share of its words, by weight, that stand in what it cites, 0 to 1; 1 where it is quoted word for word."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker says of an answer."""

    judgements: tuple[Judgement, ...]
    sources: tuple[Problem, ...] = ()
    """What is wrong with the citations, cited by a sentence or not."""

    @property
    def ok(self) -> bool:
        """Whether every sentence and every quote holds."""
        return not self.problems

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems."""
        return (*self.sources, *(problem for judgement in self.judgements for problem in judgement.problems))

    @property
    def figures(self) -> tuple[AnswerFigure, ...]:
        """All numbers, in the order of the answer."""
        return tuple(figure for judgement in self.judgements for figure in judgement.figures)

    @property
    def for_answer(self) -> AnswerVerdict:
        """The verdict as it goes along with the answer."""
        statements = (
            Checked(each.sentence, each.marks, not each.problems, tuple(dict.fromkeys(p.kind for p in each.problems)))
            for each in self.judgements
        )
        return AnswerVerdict(self.ok, tuple(statements))

    def lines(self, language: Language) -> tuple[str, ...]:
        """What is wrong, a line a sentence, for the model to mend; empty where every sentence holds."""
        colon, joint = ("：", "；") if language == "zh" else (": ", "; ")
        return tuple(
            f"{each.sentence}{colon}{joint.join(dict.fromkeys(problem.line(language) for problem in each.problems))}"
            for each in self.judgements
            if each.problems
        )
