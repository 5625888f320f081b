"""Forms of answer: whether a question asks for a fact, a list, a reason, what a passage tells, or a summary.

    公租房申请要满足什么条件？  →  passage      哪些人可以申请？  →  list      申请书几天批下来？  →  fact

A linear model over the question's vector and the characters that it is made of (`assets/forms.json`, learned by
`python -m training.forms.forms`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from index.embedders.contextual import shipped_contextual
from index.words import normalise

Floats = NDArray[np.float32]
Form = Literal["fact", "list", "reason", "passage", "summary"]
FORMS: tuple[Form, ...] = get_args(Form)
LONGEST = 4
"""Characters of the longest stretch that is looked at; what stands at the beginning or the end is marked as such."""
_STORED = Path(__file__).parent / "assets" / "forms.json"
_REMEMBERED = 512
_REQUESTS = (
    r"(?<![年度作况期验])总结|总结(?=一下)|概括|概述|简述|归纳|梳理|提炼|介绍|讲讲|说说|谈谈"
    r"|summar(?:y|i[sz]e)|outline|overview|sum up"
)
REQUESTS = re.compile(_REQUESTS, re.IGNORECASE)
"""What asks to be told of something, without an interrogative."""
FRAME = re.compile(
    rf"{_REQUESTS}|摘要|提要|提纲|大意|梗概|要点|主旨|核心|讲|说|写|谈|"
    r"请问|请|麻烦|帮我|给我|你|能不能|能否|可以|一下|(?:简要|简单|简短)地?|全文|内容|主要|大致|大概|基本|(?:写|做)一?[份个段篇]?|是什么|有哪些|是|什么|哪些|都|吗|呢|"
    r"[一二三四五六七八九十几\d]+(?:句话?|点|条|百?字)(?:以?内)?|用|把|对|关于|的|了|中|里|"
    r"please|main|key|points?|content|the|of|this|what|is|are|"
    r"does|say|about|give|me|an?|in|brief|short|"
    r"[“”‘’《》「」『』\"'，,。.？?！!：:；;\s]",
    re.IGNORECASE,
)
"""The words of a request for a summary that don't say of what."""


@dataclass(frozen=True, slots=True)
class Forms:
    """The model: from a question to the probability of each form."""

    stretches: dict[str, int]
    """Which of its inputs stands for a stretch of characters."""
    weights: Floats
    """(inputs and the vector's dimensions, forms)"""
    bias: Floats
    """(forms,)"""

    def __call__(self, text: str, vector: Floats) -> Floats:
        """(forms,) probabilities of a question's forms, given its text and its vector."""
        logits = self.bias + vector @ self.weights[len(self.stretches) :]
        for stretch in stretches(text):
            if (at := self.stretches.get(stretch)) is not None:
                logits = logits + self.weights[at]
        odds = np.exp(logits - logits.max())
        shares: Floats = (odds / odds.sum()).astype(np.float32)
        return shares

    def to_json(self) -> str:
        """What the file keeps."""
        return json.dumps(
            {
                "stretches": list(self.stretches),
                "weights": np.round(self.weights, 2).tolist(),
                "bias": np.round(self.bias, 3).tolist(),
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Forms:
        """The model that `to_json` wrote."""
        kept = json.loads(text)
        places = {stretch: at for at, stretch in enumerate(kept["stretches"])}
        return cls(places, np.array(kept["weights"], np.float32), np.array(kept["bias"], np.float32))


def stretches(text: str) -> set[str]:
    """The stretches of one to four characters of a question, its beginning and end marked."""
    plain = f"^{normalise(text).strip().rstrip('?？。!！ ')}$"
    return {plain[at : at + size] for size in range(1, LONGEST + 1) for at in range(len(plain) - size + 1)}


@lru_cache(maxsize=_REMEMBERED)
def forms_of(text: str) -> dict[Form, float]:
    """The probability of each form, 0 to 1, together 1."""
    shares = _shipped()(text, shipped_contextual().encode_query(text))
    return dict(zip(FORMS, map(float, shares), strict=True))


def form_of(text: str) -> Form:
    """The form of answer that a question most likely asks for."""
    shares = forms_of(text)
    return max(FORMS, key=shares.__getitem__)


@cache
def _shipped() -> Forms:
    return Forms.from_json(_STORED.read_text(encoding="utf8"))
