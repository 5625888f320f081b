"""Forms of answer: whether a question asks for a fact, a list, a reason, what a passage tells, or a summary.

    公租房申请要满足什么条件？  →  passage      哪些人可以申请？  →  list      申请书几天批下来？  →  fact

A linear model over the question's vector and the characters that it is made of (`assets/forms.json`, learned by
`python -m training.forms.forms`).
"""

from __future__ import annotations

import json
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
