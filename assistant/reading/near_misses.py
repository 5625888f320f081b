"""Near misses: how likely a sentence answers, given what of the question is missing there and what the reader says.

    高龄津贴多少？  beside  育儿津贴每月400元。    the reader is in doubt, and another word stands in a word's place
    搬家费多少？    beside  住宅搬迁费每户2000元。  the reader is in doubt, but all is asked in other words

The weights (`assets/near-misses.json`) are learned by `python -m training.sentences.near_misses`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from assistant.question.kinds import QuestionKind
from assistant.question.question import Question
from assistant.reading.candidates import Sentence
from assistant.reading.polarity import taken_out, turned_round
from assistant.reading.reader import shipped_reader
from assistant.reading.scoring import FIGURE_KINDS
from assistant.reading.unmet import surroundings, unmet

_ASSET = Path(__file__).parent / "assets" / "near-misses.json"
_NAMES: frozenset[QuestionKind] = FIGURE_KINDS | {"date", "person", "place"}
"""What is asked for is a few words, which the reader points at or doesn't."""
OF_ONE_THING: frozenset[QuestionKind] = _NAMES | {"yes_no"}
"""What a word before another tells apart: reasons, ways and lists are told in many words."""
SLOTS = ("exchanged", "dropped")
"""The inputs that tell of another thing in the place of what was asked about."""
LEAST_SURE = 0.6
"""The probability below which a sentence is taken for a near miss by these weights alone."""
_SURE_BY_ITSELF = 0.9
"""The confidence from which on only another thing in the place of what was asked about says something against it."""
_LEAST = 0.001
"""A probability nearer to 0 or 1 than this is as good as that."""
_MOST_RUNS, _MOST_SINGLE = 4, 3


def weighed(question: Question, best: Sentence, confidence: float) -> float:
    """The probability, 0 to 1, that the sentence answers: that of the networks over it and of what is missing in it.

    The two are learned from unlike things, and each is wrong by itself too often; their odds are multiplied. What a
    sentence takes out of its rule is asked about in its own words, and English is left to the networks.
    """
    if question.language != "zh" or taken_out(question, best.text):
        return confidence
    known = inputs(question, best)
    odds = _odds_of(known)
    if confidence >= _SURE_BY_ITSELF and not any(known[name] for name in SLOTS):
        return confidence
    # Without a word missing nothing is a near miss; and what is none is no answer yet, but has the form of one or is
    # one to the reader.
    if (odds < 0 and known["none"] and not known["replaced"]) or (
        odds > 0 and max(known["name"], known["with_all"]) <= 0
    ):
        return confidence
    return 1 / (1 + math.exp(-log_odds(confidence) - odds))


def answers(question: Question, best: Sentence) -> float:
    """The probability, 0 to 1, that the sentence answers this question and not one that only sounds like it.

    Where the words don't tell (see `weighed`), it is the reader's.
    """
    if question.language != "zh" or taken_out(question, best.text):
        return said_by_reader(question, best)
    return 1 / (1 + math.exp(-_odds_of(inputs(question, best))))


def _odds_of(known: Mapping[str, float]) -> float:
    weights = _weights()
    return weights["added"] + sum(weights[name] * value for name, value in known.items())


def said_by_reader(question: Question, best: Sentence) -> float:
    """The probability, 0 to 1, by the reader alone, that the sentence answers after what it stands under."""
    around = surroundings(best.document, best.start, best.end, heading=best.passage.heading)
    return shipped_reader().answers(question.for_reading, around.with_all)


def inputs(question: Question, best: Sentence) -> dict[str, float]:
    """What tells: the reader's log-odds by how much it reads, and what is missing."""
    around = surroundings(best.document, best.start, best.end, heading=best.passage.heading)
    missing = unmet(question, best, around)
    turned = question.kind != "yes_no" and turned_round(question.standalone, around.with_all)
    # Side by side, and remembered.
    shipped_reader().read(question.for_reading, list(dict.fromkeys([around.with_all, around.with_above])))
    return {
        "passage": _odds(question, best.passage.text, title=best.document.title),
        "with_all": _odds(question, around.with_all),
        "with_above": _odds(question, around.with_above),
        "share": missing.share,
        "runs": min(missing.runs, _MOST_RUNS) if missing.words else 0,
        "none": float(not missing.words),
        "replaced": float(bool(missing.replaced) or turned),
        # People say 报, 赔, 拿 where documents say 报销, 补偿, 领取.
        "single": min(sum(len(word) == 1 for word in missing.words), _MOST_SINGLE),
        "elsewhere": float(missing.elsewhere),
        "exchanged": float(missing.slots.exchanged and question.kind in OF_ONE_THING),
        "dropped": float(missing.slots.dropped and question.kind in OF_ONE_THING),
        "name": float(question.kind in _NAMES),
        "definition": float(question.kind == "definition"),
    }


def _odds(question: Question, text: str, *, title: str = "") -> float:
    return log_odds(shipped_reader().answers(question.for_reading, text, title=title))


def log_odds(probability: float) -> float:
    """Of a probability, which is taken for no surer than one in a thousand."""
    sure = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(sure / (1 - sure))


@cache
def _weights() -> dict[str, float]:
    return {name: float(weight) for name, weight in json.loads(_ASSET.read_text("utf8")).items()}
