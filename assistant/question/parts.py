"""Parts: the questions asked in one sentence, each made complete."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.question.question import ASKS, FILLER, Question, mentions, single, without
from assistant.question.terms import Term
from sources.mentions.periods import Period, periods
from sources.mentions.regions import Region, regions
from sources.sentences import Span

_KIND_ALONE = re.compile(r"(?:的|又|是|要|目标|实际|计划|预计|力争|达到|完成)*")
_ITS_KIND = re.compile(r"的?(?:目标|实际|计划|预计)(?:值)?$")
_LEAST_ASKED = 2
ASKED_FOR = re.compile(r"(?:[是有为达到]+)?(?:多少|几)[^，,；;？?]*$")
COORDINATED_KINDS = {"number", "rank", "date", "duration", "place", "person"}
CONTEXT_WEIGHT = 0.5


def first_named(text: str, read: Callable[[str], Sequence[Period | Region]]) -> Span | None:
    """Where the first place, or the first period, is named."""
    return next(((each.start, each.end) for each in read(text)), None)


def leaning_terms(own: Sequence[Term], context: Sequence[Term], share: float, *, years: bool) -> tuple[Term, ...]:
    """`own` terms, then those of the context they leave out, at a share of their weight."""
    known = {term.text for term in own}
    return (
        *own,
        *(
            replace(term, weight=term.weight * share)
            for term in context
            if term.text not in known and (years or not term.text.isdigit())
        ),
    )


def parts_of(text: str) -> list[Question]:
    """The questions in a sentence that asks several, each with what it shares with the others."""
    coordinated = re.fullmatch(
        r"(?P<head>.*?[，,])?(?P<one>[^，,]+?)(?:和|与|、|以及)(?P<two>[^，,和与]+?)(?:分别|各自|各)(?P<ask>[^，,]*)",
        text,
    )
    if coordinated and _different_sources(coordinated["one"], coordinated["two"]):
        head, ask = coordinated["head"] or "", coordinated["ask"]
        return [single(f"{head}{coordinated[side]}{ask}") for side in ("one", "two")]
    segments = [each for part in re.split(r"[，,；;？?。]", text) if part.strip() for each in _asked_apart(part)]
    asking = [at for at, segment in enumerate(segments) if ASKS.search(segment)]
    if len(asking) < 2:
        return []
    shared = "，".join(segments[: asking[0]])
    parts = []
    for position, at in enumerate(asking):
        since = asking[position - 1] + 1 if position else asking[0]
        own = "，".join(filter(None, [shared, *segments[since : at + 1]]))
        part = single(f"{own}？")
        if position:  # 有多少家企业……，一共认定了多少人: the second leans on the first
            before = single("，".join(segments[: asking[position - 1] + 1]))
            if again := _at_another_time(segments[at], before):
                parts.append(again)
                continue
            leaning = leaning_terms(part.terms, before.terms, CONTEXT_WEIGHT, years=False)
            part = _leaning_on(part, before, terms=leaning)
            if part.kind == "fact":  # ……是多少，参保率呢？
                part = replace(part, kind=before.kind)
            if before.kind in ("definition", "fact") and not (part.periods or part.regions):  # ……是什么？任期几年？
                part = replace(part, standalone=f"{FILLER.sub('', before.standalone).rstrip('是？?')}{part.standalone}")
        parts.append(part)
    return parts


def _at_another_time(text: str, before: Question) -> Question | None:
    """2025年实际是多少 after 2026年处理率的目标是多少: the same then and of that kind; None where it names more."""
    named = mentions(text).dates
    kind = ASKED_FOR.sub("", without(text, named)).strip()
    was = next(iter(before.dates), None)
    if not named or was is None or not _KIND_ALONE.fullmatch(kind):
        return None
    about = ASKED_FOR.sub("", before.standalone.rstrip("？?"))
    about = f"{about[: was.start]}{named[0].text}{about[was.end :]}"
    return single(f"{_ITS_KIND.sub('', about)}{kind.strip('又的是要')}是多少{before.unit}？")


def _asked_apart(text: str) -> list[str]:
    """什么时候开工、全长多少公里 as two; 谁在什么时候、什么地方开会 as the one that it is."""
    pieces = text.split("、")
    apart = all(ASKS.search(piece) and len(FILLER.sub("", piece)) >= _LEAST_ASKED for piece in pieces)
    return pieces if apart else [text]


def _leaning_on(part: Question, before: Question, *, terms: tuple[Term, ...]) -> Question:
    """The part with the place and time of the one before, which it doesn't name again."""
    readers: tuple[tuple[Sequence[str], Callable[[str], Sequence[Period | Region]]], ...] = (
        (part.periods, periods),
        (part.regions, regions),
    )
    named = [span for own, read in readers if not own and (span := first_named(before.standalone, read))]
    return replace(
        part,
        standalone="".join([*(before.standalone[start:end] for start, end in named), part.standalone]),
        terms=terms,
        periods=part.periods or before.periods,
        regions=part.regions or before.regions,
    )


def _different_sources(one: str, two: str) -> bool:
    """Do the two halves point to different years, places or documents, so that each needs its own evidence?"""
    cues = re.compile(r"(?:19|20)\d{2}年|方案|会议?|报告|报道|规划|专班|讲话|发言|综述|文章|计划|意见")
    # 2023年甲和乙的产量: the year at the head is of both.
    a, b = set(cues.findall(re.sub(r"^(?:19|20)\d{2}年", "", one))), set(cues.findall(two))
    return bool((a or b) and a != b)
