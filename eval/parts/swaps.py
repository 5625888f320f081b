"""Measures questions for a year, place or level that isn't there: `python -m eval.parts.swaps`.

Each answerable question that names one year, one place or one level is asked again of others, which neither the text
nor the figures hold for what is asked. All are to be declined, and `nearest` is to show what there is: the figure that
the question was about, or its evidence. That is only asked of questions that get the right evidence as they stand.

    2025年嘉兴农村居民人均可支配收入是多少？  year    2022年嘉兴…
                                        place   2025年湖州…
                                        level   2025年浙江省…, …城镇居民…
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Literal

from assistant.answers import Answer, Citation
from assistant.ask import Assistant, build
from assistant.config import Config
from eval import libraries
from eval.cases import Case, read
from eval.metrics.normal import flat
from sources.figures.figure import Figure
from sources.mentions.gazetteer import place_names
from sources.mentions.periods import Fit, fit
from sources.mentions.regions import level_of, parent_of, regions

SwapKind = Literal["year", "place", "level"]
SHARED = Path(__file__).parents[3] / "shared"
FLOORS = {"refused": 0.97, "nearest": 0.97}
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年)")
_YEARS = range(2012, 2032)
_EACH = {"year": 4, "place": 3, "level": 2}
"""How many swaps of a kind are made from one question, at most."""
_GROUPS = (("农村居民", "城镇居民"), ("户籍人口", "流动人口"), ("陆域", "水域"), ("农民", "城镇居民"))


@dataclass(frozen=True, slots=True)
class Swap:
    """One question changed, and what `nearest` should show."""

    case: Case
    kind: SwapKind
    question: str
    original: tuple[Figure, ...]
    """The figures that answer the unchanged question; empty where it asks for none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one."""

    swap: Swap
    refused: bool
    near: bool | None
    """Whether `nearest` shows the original figure or the evidence; None where the unchanged question isn't answered."""
    answer: Answer


def swaps(cases: Sequence[Case], assistant: Assistant, library: libraries.Library, *, seed: int = 0) -> Iterator[Swap]:
    """The changed questions, in the order of the cases; the same ones for the same seed."""
    stored = assistant.index.figures()
    for case in cases:
        if not case.answerable or case.lang != "zh" or case.history or case.type in ("multi_doc", "false_premise"):
            continue
        random = Random(f"{seed}:{case.id}")
        original = tuple(_originals(case, stored, assistant))
        for kind, others in (
            ("year", _years(case, original, stored, library)),
            ("place", _places(case, library)),
            ("level", _levels(case, original, stored, library)),
        ):
            made = list(dict.fromkeys(others))
            for question in random.sample(made, min(len(made), _EACH[kind])):
                yield Swap(case, kind, question, original)  # type: ignore[arg-type]


def _originals(case: Case, stored: Sequence[Figure], assistant: Assistant) -> Iterator[Figure]:
    """The stored figures that the case's own figures and evidence mean."""
    if not (case.figures and case.evidence):
        return
    evidence = [flat(each) for each in case.evidence]
    for figure in stored:
        printed = flat(figure.text)
        if not any(printed in flat(each) or flat(each) in printed for each in case.figures):
            continue
        text = assistant.index.document(figure.document_id).text
        around = flat(text[max(0, figure.start - 120) : figure.end + 120])
        if any(printed in each and each in around for each in evidence):
            yield figure


def _same_thing(original: Sequence[Figure], stored: Sequence[Figure]) -> list[Figure]:
    keys = {figure.key for figure in original}
    return [figure for figure in stored if figure.key in keys]


def _years(
    case: Case, original: Sequence[Figure], stored: Sequence[Figure], library: libraries.Library
) -> Iterator[str]:
    """Other years: those that the text never names, and those that it has no such figure of."""
    if len(set(_YEAR.findall(case.question))) != 1:
        return
    known = _same_thing(original, stored)
    for year in map(str, _YEARS):
        unheard = not library.mentions(year)
        lacking = bool(original) and all(fit(year, figure.period) == Fit.DIFFERENT for figure in known if figure.period)
        if year not in case.question and (unheard or (lacking and all(figure.period for figure in known))):
            yield _YEAR.sub(year, case.question)


def _places(case: Case, library: libraries.Library) -> Iterator[str]:
    """Places beside the one asked about that the text never names."""
    named = [place for place in regions(case.question) if place.name]
    if len({place.name for place in named}) != 1 or named[0].level not in ("province", "city", "county"):
        return
    place = named[0]
    printed = case.question[place.start : place.end]
    for other in _beside(place.name):
        short = other.removesuffix("省").removesuffix("市").removesuffix("县") if len(other) > 2 else other
        if other != place.name and not library.mentions(short):
            yield case.question.replace(printed, other if printed == place.name else short)


@lru_cache(maxsize=64)
def _beside(place: str) -> tuple[str, ...]:
    """The other places of its level in the same province, or the other provinces."""
    level, above = level_of(place), parent_of(place)
    found = [name for name in place_names() if level_of(name) == level and parent_of(name) == above]
    return tuple(sorted(name for name in found if name != place))


def _levels(
    case: Case, original: Sequence[Figure], stored: Sequence[Figure], library: libraries.Library
) -> Iterator[str]:
    """The level above, and the other group of people, where the documents say nothing of them."""
    for one, other in _GROUPS:
        if one in case.question and other not in case.question and not library.mentions(other):
            yield case.question.replace(one, other)
    if not original:
        return
    known = _same_thing(original, stored)
    named = [place for place in regions(case.question) if place.name]
    if len({place.name for place in named}) != 1:
        return
    after = case.question[named[0].end :]
    above = parent_of(named[0].name)
    if after.startswith("级") or re.search("全[国省市县区]|[省市县]级", case.question):
        return  # 浙江省级, 浙江全省: no place by itself
    if above and level_of(above) and all(figure.region != above for figure in known):
        yield case.question[: named[0].start] + above + after


def measure(made: Sequence[Swap], assistant: Assistant) -> Iterator[Outcome]:
    """The outcome of asking each."""
    known: dict[str, bool] = {}
    for swap in made:
        if swap.case.id not in known:
            unchanged = assistant.ask(swap.case.question)
            known[swap.case.id] = unchanged.status == "answered" and shows(unchanged.citations, swap)
        answer = assistant.ask(swap.question)
        numbers = {near.citation for near in answer.nearest}
        near = shows([each for each in answer.citations if each.number in numbers], swap)
        yield Outcome(swap, answer.status != "answered", near if known[swap.case.id] else None, answer)


def shows(citations: Sequence[Citation], swap: Swap) -> bool:
    """Whether one of the citations is of the words that answer the unchanged question."""
    keys = {figure.key for figure in swap.original}
    for citation in citations:
        quote, passage = flat(citation.quote), flat(citation.passage)
        for figure in swap.original:
            inside = citation.document_id == figure.document_id and citation.start <= figure.start < citation.end
            if inside or (any(key and key in quote for key in keys) and flat(figure.text) in quote):
                return True
        if any(quote in flat(each) or flat(each) in passage for each in swap.case.evidence):
            return True
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the shares by kind; 1 where one is below its floor."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", nargs="?", type=Path, default=SHARED / "qa" / "seeds-dev.jsonl")
    parser.add_argument("--documents", type=Path, default=SHARED / "seeds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=20, help="how many of those that went wrong are printed")
    options = parser.parse_args(arguments)
    if not options.cases.is_file():
        sys.stdout.write(f"{options.cases}: not here; name the cases and --documents\n")
        return 1
    library = libraries.opened(options.documents)
    with TemporaryDirectory() as folder:
        assistant = build(Config(data_dir=Path(folder)), sources=[options.documents])
        try:
            made = list(swaps(list(read(options.cases)), assistant, library, seed=options.seed))
            outcomes = list(measure(made, assistant))
        finally:
            assistant.close()
    return _report(outcomes, show=options.show)


def _report(outcomes: Sequence[Outcome], *, show: int) -> int:
    count: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    near: Counter[str] = Counter()
    for outcome in outcomes:
        for name in (outcome.swap.kind, "all"):
            count[name] += 1
            refused[name] += outcome.refused
            shown[name] += outcome.refused and outcome.near is not None
            near[name] += outcome.refused and bool(outcome.near)
    for name in ("year", "place", "level", "all"):
        n, declined = max(count[name], 1), max(shown[name], 1)
        sys.stdout.write(
            f"{name:6} {count[name]:4}  refused {refused[name] / n:.3f}"
            f"  right nearest {near[name] / declined:.3f} of {shown[name]}\n"
        )
    for outcome in [each for each in outcomes if not each.refused or each.near is False][:show]:
        what = "answered" if not outcome.refused else "nearest lacks it"
        nearest = [each.text for each in outcome.answer.nearest]
        sys.stdout.write(f"  {what}: {outcome.swap.question} | {outcome.answer.answer[:90]} | {nearest}\n")
    total = max(count["all"], 1)
    short = refused["all"] / total < FLOORS["refused"] or near["all"] / max(shown["all"], 1) < FLOORS["nearest"]
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
