"""Learns which form of answer a question asks for: `python -m training.forms.forms [--out FILE]`, some two minutes.

From invented questions, and from questions on government texts whose answers tell: a few characters, many, or a row of
things. Every fifth pattern of the invented ones and every fifth of the others is measured on by a model that has not
learned from it; what ships has learned from all.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from assistant.question.forms import FORMS, Form, Forms, stretches
from index.embedders.contextual import shipped_contextual
from index.embedders.embedder import Vectors
from training.corpora import DATA
from training.forms.invented import invented
from training.reader.samples import MORE, records

SEED = 20261127
OUT = Path(__file__).parents[2] / "assistant" / "question" / "assets" / "forms.json"
_FACT_CHARS, _PASSAGE_CHARS, _LIST_CHARS = 16, 80, 90
_LISTED = 3
_LEAST_SEEN = 12
"""Questions that a stretch of characters must stand in to be an input."""
_MOST_STRETCHES = 800
_WEIGHT_OF_FOUND = 0.5
_EPOCHS, _PACE, _DECAY, _DROPPED = 60, 0.02, 8e-3, 0.3


@dataclass(frozen=True)
class Labelled:
    """A question with the form of its answer."""

    text: str
    form: Form
    weight: float
    aside: bool


def labelled() -> list[Labelled]:
    """What is learned from and measured on, in a fixed order."""
    made = [Labelled(text, form, 1.0, aside) for text, form, aside in invented(seed=SEED)]
    rows = [*records(DATA / "ncp" / "questions-without-documents.jsonl"), *records(MORE / "guangzhou" / "faq.jsonl")]
    found = [
        Labelled(row["question"], form, _WEIGHT_OF_FOUND, n % 5 == 0)
        for n, row in enumerate(rows)
        if (form := form_of_answer(row["answer"]))
    ]
    return [*made, *found]


def form_of_answer(answer: str) -> Form | None:
    """The form that an answer has by its length and its row of things; None for one that may be of several."""
    if len(answer) <= _FACT_CHARS and "、" not in answer:
        return "fact"
    if answer.count("、") >= _LISTED and len(answer) <= _LIST_CHARS and "。" not in answer[:-1]:
        return "list"
    return "passage" if len(answer) >= _PASSAGE_CHARS else None


def learned(data: Sequence[Labelled]) -> Forms:
    """The model that tells the forms of `data` apart."""
    seen = Counter(stretch for each in data for stretch in stretches(each.text))
    kept = [stretch for stretch, count in seen.most_common() if count >= _LEAST_SEEN][:_MOST_STRETCHES]
    places = {stretch: at for at, stretch in enumerate(kept)}
    inputs = np.zeros((len(data), len(kept)), np.float32)
    for row, each in zip(inputs, data, strict=True):
        row[[places[stretch] for stretch in stretches(each.text) if stretch in places]] = 1
    own = vectors([each.text for each in data])
    # Of unit length and much alike, they would hardly count beside the stretches.
    mean, spread = own.mean(axis=0), own.std(axis=0)
    at = torch.tensor(np.hstack([inputs, (own - mean) / spread]))
    wanted = torch.tensor([FORMS.index(each.form) for each in data])
    counts = Counter(each.form for each in data)
    share = torch.tensor([each.weight * (len(data) / len(FORMS) / counts[each.form]) ** 0.5 for each in data])
    torch.manual_seed(SEED)
    linear = nn.Linear(at.shape[1], len(FORMS))
    model = nn.Sequential(nn.Dropout(_DROPPED), linear)
    optimiser = torch.optim.AdamW(model.parameters(), lr=_PACE, weight_decay=0.0)
    for _ in range(_EPOCHS):
        optimiser.zero_grad()
        loss = (nn.functional.cross_entropy(model(at), wanted, reduction="none") * share).sum() / share.sum()
        (loss + _DECAY * (linear.weight**2).sum()).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    weights, bias = linear.weight.detach().numpy().T.copy(), linear.bias.detach().numpy()
    weights[len(kept) :] /= spread[:, None]
    return Forms(places, weights, bias - mean @ weights[len(kept) :])


def vectors(texts: Sequence[str]) -> Vectors:
    """(n, dimension) of the questions."""
    return np.stack([_vector(text) for text in texts])


@cache
def _vector(text: str) -> Vectors:
    return shipped_contextual().encode_query(text)


def report(model: Forms, data: Sequence[Labelled]) -> str:
    """How many forms are told right, and how sure the model is beside that."""
    lines = []
    for name, part in (("invented", 1.0), ("found", _WEIGHT_OF_FOUND)):
        own = [each for each in data if each.weight == part]
        shares = [model(each.text, vector) for each, vector in zip(own, vectors([e.text for e in own]), strict=True)]
        right = [FORMS[int(np.argmax(share))] == each.form for share, each in zip(shares, own, strict=True)]
        sure = np.array([share.max() for share in shares])
        lines.append(f"{name}: {len(own)} questions, right {np.mean(right):.3f}, said to be {sure.mean():.3f}")
        missed = Counter(
            (each.form, FORMS[int(np.argmax(share))])
            for share, each, ok in zip(shares, own, right, strict=True)
            if not ok
        )
        lines.append(f"  {missed.most_common(8)}")
    return "\n".join(lines)


def main() -> None:
    """Learn, print the figures on what was kept aside, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    data = labelled()
    random.Random(SEED).shuffle(data)
    print(report(learned([each for each in data if not each.aside]), [each for each in data if each.aside]))
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(learned(data).to_json() + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
