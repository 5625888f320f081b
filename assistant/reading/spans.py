"""Spans: how much of what stands around the best sentence answers, as a run of clauses.

Every clause from the sentence before to some sentences after gets a probability of belonging to the answer from a small
network (`assets/clauses.json`, learned by `python -m training.sentences.networks`); the run that is expected to agree
best with the answer, by the F-measure of characters, is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.question.kinds import KINDS
from assistant.question.question import Question
from assistant.question.terms import flats, meaning, news, standing, total
from assistant.reading.candidates import Sentence, enumerations
from assistant.reading.reader import shipped_reader
from index.ranking.networks import Floats, Network, load
from sources.mentions.periods import periods
from sources.sentences import Span, clauses, sentences

MAX_CHARS = 160
_WHOLE_CHARS = 60
"""A sentence as short as this is not cut: what it leaves unsaid would be missed more than the room saved."""
_NAMED_CHARS = 100
"""The same where a name or a date is asked for: what it is about stands anywhere around it."""
_UNREAD = -4.0
"""Log-odds below which the reader points at nothing in a sentence."""
_BEFORE_CHARS = 200
_AFTER_CHARS = 600
_AFTER_SENTENCES = 7
_DANGLING = re.compile(r"(?:其中|分别|并|也|均|都|共|总|比|较|同比|且|即|达|居|位|占|增|降|仅|就|此外|同时)")
_PURPOSE = re.compile(r"(?:为|根据|按照|针对|随着|据|对于|在.{1,20}(?:下|中|前|后|期间))")
_OUTCOME = re.compile(r"(?:进一步|确保|以便|以免|从而|更好|切实|保障|推动|促进|有效|不断|着力|提升|提高|避免|防止)")
_ATTRIBUTION = re.compile(
    r"(?:据|记者).{0,6}(?:了解|获悉|介绍)|.{0,20}(?:介绍|表示|指出|强调|获悉|明确|要求|提出|称|说)[，,：:]$"
)
_PRESCRIPTIVE = re.compile(r"要|应|可|须|不得|严禁|鼓励|支持|推动|加强|做好|实行|给予|通过|采取")
_ITEM = re.compile(
    r"(?:[一二三四五六七八九十]是|首先|其次|再次|最后|[①-⑳]|[（(]?[一二三四五六七八九十\d]{1,2}[）)、.．](?!\d))"
)
_NAMES = (
    "coverage", "coverage_of_sentence", "news", "meaning", "before", "best", "distance", "opens", "closes",
    "other_paragraph", "heading", "item", "best_is_item", "dangling", "colon", "after_colon", "digits", "figure",
    "dated", "length", "purpose", "prescriptive", "listing", "outcome", "attribution", "items_since",
    "paragraphs_since", "before_peak", "peak", "after_peak", "read", "begins", "ceases", "inside", "pointed",
)  # fmt: skip
_AROUND = ("coverage", "news", "meaning", "opens", "closes", "digits", "listing", "begins", "ceases", "inside")
"""Also read of the clause before and the one after."""
INPUTS = (
    *_NAMES,
    *(f"{name}_of_previous" for name in _AROUND),
    *(f"{name}_of_next" for name in _AROUND),
    *(f"is_{kind}" for kind in KINDS),
)


@dataclass(frozen=True, slots=True)
class Window:
    """The clauses around a sentence, with what the network reads of each."""

    clauses: tuple[Span, ...]
    anchors: NDArray[np.bool_]
    """(clauses,) Those of the sentence that hold the figure that answers, as many things as are asked for, or what the
    reader points at in it."""
    inputs: Floats
    """(clauses, INPUTS)"""


def window(question: Question, best: Sentence) -> Window:
    """What may be quoted with the best sentence."""
    document, text = best.document, best.document.text
    weights = np.array([term.weight for term in question.terms], dtype=np.float32) / total(question.terms)
    around = sentences(text, max(0, best.start - _BEFORE_CHARS), min(len(text), best.end + _AFTER_CHARS))
    own = next((at for at, (start, end) in enumerate(around) if start <= best.start < end), 0)
    shown = around[max(0, own - 1) : own + _AFTER_SENTENCES]
    opening, closing = _read_from(best, around, own)
    (reading,) = shipped_reader().read(question.for_reading, [text[opening:closing]], titles=[document.title])
    pointed = reading.within(best.start - opening, best.end - opening)
    answer = (opening + pointed.span[0], opening + pointed.span[1])
    headings = {section.start for section in document.sections}
    best_is_item = bool(_ITEM.match(text, best.start))
    spans: list[Span] = []
    rows: list[dict[str, float]] = []
    anchors: list[bool] = []
    colon_before = False
    items_since = 0
    for at, (start, end) in enumerate(shown, max(0, own - 1)):
        if at == own:
            start = best.start  # noqa: PLW2901  without the mark of a list
        parts = clauses(text, start, end)
        items_since += at > own and (start in headings or bool(_ITEM.match(text, start)))
        texts = tuple(text[s:e] for s, e in parts)
        plain_sentence, *plains = flats((text[start:end], *texts))
        covered, *coverage = (standing(question.terms, (plain_sentence, *plains)) @ weights).tolist()
        novelty = news(question.terms, tuple(plains))
        likeness = meaning(question.standalone, texts)
        pointed_at = reading.within_each([(s - opening, e - opening) for s, e in parts])
        for number, (s, e) in enumerate(parts):
            plain, read = plains[number], pointed_at[number]
            held = best.figure is not None and s <= best.figure.start < e
            dated = bool(periods(text[s:e]))
            holds = s < answer[1] and answer[0] < e
            spans.append((s, e))
            anchors.append(at == own and (held if best.figure is not None else holds or pointed.odds < _UNREAD))
            rows.append(
                {
                    "coverage": coverage[number],
                    "coverage_of_sentence": covered,
                    "news": novelty[number],
                    "meaning": likeness[number],
                    "before": float(at < own),
                    "best": float(at == own),
                    "distance": float(max(at - own, 0)),
                    "opens": float(number == 0),
                    "closes": float(number == len(parts) - 1),
                    "other_paragraph": float("\n" in text[min(s, best.start) : max(s, best.start)]),
                    "heading": float(start in headings and end - start <= 40),
                    "item": float(bool(_ITEM.match(text, start))),
                    "best_is_item": float(best_is_item),
                    "dangling": float(bool(_DANGLING.match(text, s))),
                    "colon": float(text[e - 1] in "：:"),
                    "after_colon": float(colon_before),
                    "digits": float(any(map(str.isdigit, plain))),
                    "figure": float(held),
                    "dated": float(dated),
                    "length": float(np.log((e - s) / 15)),
                    "purpose": float(bool(_PURPOSE.match(text, s))),
                    "prescriptive": float(bool(_PRESCRIPTIVE.search(plain))),
                    "listing": float(min(plain.count("、"), 5)),
                    "outcome": float(bool(_OUTCOME.match(text, s))),
                    "attribution": float(bool(_ATTRIBUTION.match(text[s:e]))),
                    "items_since": float(min(items_since, 3)),
                    "paragraphs_since": float(min(text.count("\n", best.start, max(s, best.start)), 3)),
                    "read": read.odds,
                    "begins": read.begins,
                    "ceases": read.ends,
                    "inside": read.inside,
                    "pointed": float(holds),
                }
            )
            colon_before = text[e - 1] in "：:"
    if question.items:  # 哪三种: the clause with three of them
        counted = [
            bool(row["best"]) and question.items in enumerations(text[s:e])
            for row, (s, e) in zip(rows, spans, strict=True)
        ]
        anchors = counted if any(counted) else anchors
    if not any(anchors):
        anchors = [bool(row["best"]) for row in rows]
    peak = max((at for at, row in enumerate(rows) if row["best"]), key=lambda at: rows[at]["coverage"], default=0)
    for at, row in enumerate(rows):
        row["before_peak"], row["peak"], row["after_peak"] = max(peak - at, 0), at == peak, min(max(at - peak, 0), 6)
    own_inputs = np.array([[row[name] for name in _NAMES] for row in rows], dtype=np.float32)
    places = [_NAMES.index(name) for name in _AROUND]
    edge = np.zeros((1, len(places)), np.float32)
    kinds = np.zeros((len(rows), len(KINDS)), np.float32)
    kinds[:, KINDS.index(question.kind)] = 1
    inputs = np.concatenate(
        [
            own_inputs,
            np.concatenate([edge, own_inputs[:-1, places]]),
            np.concatenate([own_inputs[1:, places], edge]),
            kinds,
        ],
        axis=1,
    )
    return Window(tuple(spans), np.array(anchors), inputs)


def _read_from(best: Sentence, around: Sequence[Span], own: int) -> Span:
    """What is read for the window: the sentence's passage, which is read already, or where the answer may go on behind
    it, the window itself."""
    passage = best.passage
    follows = around[own + 1][1] if own + 1 < len(around) else best.end
    if passage.start <= best.start and min(follows, best.end + MAX_CHARS) <= passage.end:
        return passage.start, passage.end
    shown = around[max(0, own - 1) : own + _AFTER_SENTENCES]
    return shown[0][0], shown[-1][1]


@cache
def _network() -> Network:
    return load(Path(__file__).parent / "assets" / "clauses.json", INPUTS)


def chosen(seen: Window, odds: Floats, *, most: int = MAX_CHARS) -> Span:
    """The run of clauses with the highest expected F-measure; it takes in at least one anchor."""
    likely = 1 / (1 + np.exp(-odds))
    lengths = np.array([end - start for start, end in seen.clauses])
    wanted = float(likely @ lengths)
    best_value, best = -1.0, (0, 0)
    for low in range(len(lengths)):
        length = gained = 0.0
        held = False
        for high in range(low, len(lengths)):
            length += lengths[high]
            gained += likely[high] * lengths[high]
            held = held or bool(seen.anchors[high])
            if length > most and high > low:
                break
            value = 2 * gained / (length + wanted)
            if held and value > best_value:
                best_value, best = value, (low, high)
    return seen.clauses[best[0]][0], seen.clauses[best[1]][1]


def answering_span(question: Question, best: Sentence) -> Span:
    """The clauses that answer, as one verbatim span around the best sentence."""
    seen = window(question, best)
    start, end = chosen(seen, _network()(seen.inputs))
    whole = _NAMED_CHARS if question.kind in {"date", "person", "place"} else _WHOLE_CHARS
    return (min(start, best.start), max(end, best.end)) if best.end - best.start <= whole else (start, end)
