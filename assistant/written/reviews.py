"""Reviews: a model's reply with its marks turned into quotes, and the verdict on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answers import Evidence, Language
from assistant.checks.problems import PROBLEM_NAMES, Problem
from assistant.checks.sentences import SHORT_CHARS, MarkedSentence, split
from assistant.checks.statement import asking_of
from assistant.checks.support import coverage, quotes, terms
from assistant.checks.verdict import Verdict
from assistant.checks.verify import verify
from assistant.citations import cite
from assistant.question.question import Question
from assistant.reading.reader import shipped_reader
from assistant.written.prompts import REFUSAL, Excerpt
from assistant.written.replies import prepared, refuses, settled, unmarked
from index.queries.glossary import to_chinese
from index.queries.queries import is_english
from sources.documents import Document
from sources.figures.figure import Figure

PARTIAL: Mapping[Language, str] = {
    "zh": "问题的其余部分，资料中没有找到依据。",
    "en": "The documents don't say anything about the rest of the question.",
}
_MIN_UNMARKED_COVERAGE = 0.8
"""Models forget a mark now and then: a sentence whose words nearly all stand in one excerpt is given its mark."""


_FOREIGN: Mapping[Language, str] = {
    "zh": "回答不是中文：请用中文回答",
    "en": "The answer is not in English: answer in English",
}
_ANOTHER_LANGUAGE: Mapping[Language, str] = {"zh": "没有用中文", "en": "not in English"}


@dataclass(frozen=True, slots=True)
class Review:
    """A reply, or the beginning of one, brought into its final form and checked."""

    text: str
    """What the user is shown, its marks numbered in the order of first use."""
    evidence: tuple[tuple[Evidence, Document], ...]
    verdict: Verdict
    lines: tuple[str, ...]
    """What is wrong with it, a line each, in the question's language; empty when it holds."""
    refused: bool = False
    is_foreign: bool = False
    """Whether it is in another language than it should be."""

    def reasons(self, language: Language) -> str:
        """What kinds of things failed, for the notice: never the words that did."""
        names = [PROBLEM_NAMES[problem.kind][language] for problem in self.verdict.problems]
        names += [_ANOTHER_LANGUAGE[language]] * self.is_foreign
        separator = "、" if language == "zh" else ", "
        return separator.join(dict.fromkeys(names or [PROBLEM_NAMES["unknown_mark"][language]]))


NOTHING = Review("", (), Verdict(()), ())


class Reviewer:
    """Reviews replies to one question, written from these excerpts."""

    def __init__(
        self,
        question: Question,
        excerpts: Sequence[Excerpt],
        figures: Callable[[str], Sequence[Figure]] | None,
    ) -> None:
        self.language = question.language
        self._asking = asking_of(question)
        self._excerpts = excerpts
        self._figures = figures
        self._documents = {excerpt.document.id: excerpt.document for excerpt in excerpts}

    def review(self, reply: str, *, whole: bool = True) -> Review:
        """The review of a reply, or of its beginning where it is not the whole."""
        if refuses(reply):
            return replace(NOTHING, refused=True)
        text = prepared(reply)
        evidence: dict[tuple[str, int, int], tuple[Evidence, Document]] = {}
        unknown: list[str] = []
        pieces: list[str] = []
        written: set[tuple[str, tuple[int, ...]]] = set()
        at = 0
        for sentence in split(text):
            key = sentence.text, sentence.marks
            if key in written and len(sentence.text) > SHORT_CHARS:
                at = sentence.end  # a model caught in a loop, or one that repeats what it was told to leave
                continue
            written.add(key)
            numbers: list[int] = []
            if not sentence.borrowed:
                unknown += [f"[{mark}]" for mark in sentence.marks if not self._knows(mark)]
                numbers = self._numbered(self._quoted(sentence), evidence)
            end = unmarked(text[at : sentence.end]).rstrip()
            pieces += [end, *(f"[{number}]" for number in dict.fromkeys(numbers))]
            at = sentence.end
        final = "".join([*pieces, unmarked(text[at:])]).strip()
        if whole and REFUSAL in reply:
            final += "\n\n" + PARTIAL[self.language]
        verdict = verify(
            final,
            [cite(each, document) for each, document in evidence.values()],
            question=self._asking,
            document=self._documents.__getitem__,
            figures=self._figures,
            unchecked=tuple(PARTIAL.values()),
            supports=shipped_reader().supports,
        )
        lines = [Problem("unknown_mark", mark).line(self.language) for mark in dict.fromkeys(unknown)]
        foreign = _is_foreign(final, self.language)
        lines += [_FOREIGN[self.language]] * foreign
        return Review(
            final, tuple(evidence.values()), verdict, (*lines, *verdict.lines(self.language)), is_foreign=foreign
        )

    def _numbered(
        self, quoted: Sequence[Evidence], evidence: dict[tuple[str, int, int], tuple[Evidence, Document]]
    ) -> list[int]:
        """The numbers of the quotes; one that is new to `evidence` is added to it with the next."""
        numbers: list[int] = []
        for each in quoted:
            key = (each.passage.document_id, each.quote_start, each.quote_end)
            if key not in evidence:
                evidence[key] = replace(each, number=len(evidence) + 1), self._documents[each.passage.document_id]
            numbers.append(evidence[key][0].number)
        return numbers

    def _knows(self, mark: int) -> bool:
        return 1 <= mark <= len(self._excerpts)

    def _quoted(self, sentence: MarkedSentence) -> list[Evidence]:
        """The quotes behind a sentence's marks; an unmarked one has those of the excerpt that all but says it.

        An excerpt that shares no words with the sentence is left out, unless the sentence has no other: then the
        checker says so.
        """
        wanted = f"{sentence.text} {to_chinese(sentence.text)}" if self.language == "en" else sentence.text
        marked = [self._excerpts[mark - 1] for mark in dict.fromkeys(sentence.marks) if self._knows(mark)]
        if not marked:
            words = terms(wanted)
            best = max(self._excerpts, key=lambda excerpt: coverage(words, terms(excerpt.passage.text)))
            if coverage(words, terms(best.passage.text)) < _MIN_UNMARKED_COVERAGE:
                return []
            marked = [best]
        evidence = [
            Evidence(0, excerpt.passage, excerpt.passage.start + start, excerpt.passage.start + end, excerpt.score)
            for excerpt in marked
            for start, end in quotes(wanted, excerpt.passage.text)
        ]
        passage = marked[0].passage
        return evidence or [Evidence(0, passage, passage.start, passage.end, 0.0)]


class Shown:
    """What of a reply the user sees while it is written: whole sentences that hold, in their final form.

    The check of an answer grows with it: what is shown has passed the whole check as an answer of its own, and the
    first sentence that doesn't pass holds back all that follow it.
    """

    def __init__(self, reviewer: Reviewer) -> None:
        self.reviewer = reviewer
        self._held_back = False
        self._end = 0
        self.reply = ""
        """The part of the reply that is shown."""
        self.review = NOTHING
        """Of that part."""

    def more(self, reply: str) -> Iterator[str]:
        """What can be shown beyond what is shown already, now that the reply has come this far."""
        if not reply.startswith(self.reply):
            return  # what was shown has turned out to be a thought: it holds, but nothing follows it
        for end in [] if self._held_back else settled(reply, self._end):
            self._end = end
            review = self.reviewer.review(reply[:end], whole=False)
            if review.lines or not self.begins(review):
                self._held_back = True
                return
            # A model that thinks aloud doesn't mark its sentences, and one that answers has been told to.
            if not self.reply and not _is_marked(reply[:end]):
                self._held_back = True
                return
            piece = self.rest_of(review)
            self.reply, self.review = reply[:end], review
            if piece:
                yield piece

    def whole(self, reply: str) -> str:
        """All that the user is to read of a reply: what is shown, and the reply where it doesn't begin with that."""
        return reply if reply.startswith(self.reply) else f"{self.reply}\n{reply}"

    def begins(self, review: Review) -> bool:
        """Whether a review's text begins with what is shown."""
        return review.text.startswith(self.review.text)

    def rest_of(self, review: Review) -> str:
        """What is left to show of a review's text."""
        return review.text.removeprefix(self.review.text)

    def surviving(self, reply: str) -> Review:
        """The review of what is left of a reply that fails the checks: what is shown, and each sentence that holds
        together with what is left before it.

        Nothing where the first doesn't hold: it is the one that answers, and others may be about something else.
        """
        rest = reply.removeprefix(self.reply) if reply.startswith(self.reply) else f"\n{reply}"
        text = prepared(rest, strip=False)
        kept, review = self.reply, self.review
        waiting, at = "", 0
        for sentence in split(text):
            before, words = text[at : sentence.start], text[sentence.start : sentence.end]
            at = sentence.end
            if kept and not any(each.isalpha() for each in sentence.text):
                continue  # no words of its own: "(1)", before a sentence that may be left out
            if sentence.borrowed or sentence.leads_to_others:
                waiting += before + words
                continue
            tried = self.reviewer.review(kept + waiting + before + words, whole=False)
            if not tried.lines and tried.text.startswith(review.text):
                kept, review, waiting = kept + waiting + before + words, tried, ""
            elif not kept:
                return NOTHING
            elif _RULE.search(before):
                waiting += before  # a table goes on without its first row
        return review


def _is_foreign(text: str, language: Language) -> bool:
    """Whether a text is in another language: a number with its unit is in any."""
    bare = unmarked(text)
    if language == "zh":
        return is_english(bare)
    return not is_english(bare) and len(re.findall(r"[一-鿿]", bare)) > SHORT_CHARS


_RULE = re.compile(r"\|\s*:?-{2,}")


def _is_marked(reply: str) -> bool:
    """Whether the first sentence has marks."""
    return any(sentence.marks for sentence in split(prepared(reply))[:1])
