"""Trust: how sure the sentence that is given as the answer looks, to whoever reads it.

Whether anything is answered is decided before (`assistant.reading.findings`); this says how far to rely on it, by what
the networks and the reader make of the sentence and by how much of the question is missing there. The weights
(`assets/trust.json`) are learned by `python -m training.sentences.trust`, on documents that those had never seen.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from assistant.question.question import Question
from assistant.question.terms import asked_for
from assistant.reading.candidates import Sentence
from assistant.reading.findings import MIN_CONFIDENCE, Finding
from assistant.reading.near_misses import inputs as missing
from assistant.reading.near_misses import log_odds
from assistant.reading.polarity import taken_out

_ASSET = Path(__file__).parent / "assets" / "trust.json"
_OF_WHAT_IS_MISSING = ("passage", "with_all", "with_above", "share", "runs", "none", "single")
"""Of the inputs of `near_misses`; the others tell near misses of their own kind, and hardly how sure the rest is."""


def trust(finding: Finding) -> float:
    """The probability, 0 to 1, that what was found answers.

    It is never surer than it was decided on; and as sure in English, where a sentence takes something out of its rule,
    and of what stands in the place of a near miss.
    """
    question, best, networks = finding.question, finding.best, finding.networks
    if best is None or networks is None or question.language != "zh" or taken_out(question, best.text):
        return finding.confidence
    own = 1 / (1 + math.exp(-odds(inputs(question, best, networks))))
    return max(min(own, finding.confidence), MIN_CONFIDENCE)


def odds(known: Mapping[str, float]) -> float:
    """The log-odds of these inputs."""
    weights = _weights()
    return weights["added"] + sum(weights[name] * value for name, value in known.items())


def inputs(question: Question, best: Sentence, networks: float) -> dict[str, float]:
    """What tells, by name."""
    known = missing(question, best)
    return {
        **{name: known[name] for name in _OF_WHAT_IS_MISSING},
        # 最低工资是多少 names what it asks for, 要多少 doesn't: only of the first it tells that the name is missing.
        "named": float(asked_for(question.standalone) is not None),
        "networks": log_odds(networks),
    }


@cache
def _weights() -> dict[str, float]:
    return {name: float(weight) for name, weight in json.loads(_ASSET.read_text("utf8")).items()}
