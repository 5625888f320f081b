"""Small networks over named inputs, trained with torch and run with NumPy alone: a question must not wait for torch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
MOST = 4.0
"""Standard deviations: an input further from the mean than any that was learned from counts as this far."""


@dataclass(frozen=True, slots=True)
class Network:
    """A linear model plus one hidden layer of rectified units, over inputs brought to zero mean and unit variance."""

    mean: Floats
    scale: Floats
    """(inputs,) each."""
    linear: Floats
    """(inputs,)"""
    hidden: Floats
    """(inputs, units)"""
    hidden_bias: Floats
    out: Floats
    """(units,) each."""
    bias: float

    def __call__(self, inputs: Floats) -> Floats:
        """(n,) scores of inputs (n, inputs); as a logit where it was trained as one."""
        at = np.clip((inputs - self.mean) / self.scale, -MOST, MOST).astype(np.float32)
        units = np.maximum(at @ self.hidden + self.hidden_bias, 0)
        scores: Floats = (at @ self.linear + units @ self.out + self.bias).astype(np.float32)
        return scores

    def to_json(self, names: Iterable[str]) -> dict[str, Any]:
        """What a file keeps: the inputs by name, six digits a number."""
        return {
            "inputs": list(names),
            **{
                part: np.round(getattr(self, part), 6).tolist()
                for part in ("mean", "scale", "linear", "hidden", "hidden_bias", "out")
            },
            "bias": round(self.bias, 6),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], names: Iterable[str]) -> Network:
        """The network that `to_json` wrote. Raises ValueError where its inputs aren't `names`."""
        wanted = list(names)
        if stored["inputs"] != wanted:
            other = "、".join(sorted({*stored["inputs"]} ^ {*wanted})) or "次序"
            raise ValueError(
                f"网络的输入与代码中的特征不符（{other}）：请重新训练"
                "（python -m training.passages；python -m training.sentences.networks）"
            )
        arrays = {
            part: np.array(stored[part], dtype=np.float32)
            for part in ("mean", "scale", "linear", "hidden", "hidden_bias", "out")
        }
        return cls(**arrays, bias=stored["bias"])


def load(path: Path, names: Iterable[str]) -> Network:
    """The network in a file."""
    return Network.from_json(json.loads(path.read_text(encoding="utf8")), names)
