"""Learns which stretch of a document a question asks about: `python -m training.forms.sections [--kept FOLDER]`.

Some twenty minutes on two cores, nearly all of it for asking the questions of `training.forms.asking`. A stretch is
right that holds the answer, a sentence of it as far as it lies in the answer. Every fifth document is measured on by
networks that have not learned from it; what ships has learned from all.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from assistant.reading import sections
from index.ranking.networks import Network
from training.forms.asking import LEAST_HELD, SEED, Asked, collected, everyday, made
from training.networks import logistic, platt

OUT = Path(__file__).parents[2] / "assistant" / "reading" / "assets"
_WITHOUT = 0.6
"""What a stretch counts where the document, or the stretch, that answers is not there."""
_USUAL = 0.12
"""The same for how likely what comes first is right: people seldom ask what isn't there."""
_WEIGHT_OF_ASKED = 4.0
"""What a question that people asked counts beside one that was made."""


def learned(data: Sequence[Asked]) -> tuple[Network, Network]:
    """The networks of stretches and of their sentences."""
    rows, targets, weights = [], [], []
    for each in data:
        own = 1.0 if each.made else _WEIGHT_OF_ASKED
        for inputs, right, share in (
            (each.stretches, each.right, own),
            *((pool, np.zeros(len(pool), np.float32), own * _WITHOUT) for pool in each.without),
        ):
            if len(inputs):
                rows.append(inputs)
                targets.append(right)
                weights.append(np.full(len(right), share, np.float32))
    about = logistic(
        np.concatenate(rows), np.concatenate(targets), np.concatenate(weights),
        units=4, epochs=250, decay=0.5, seed=SEED,
    )  # fmt: skip
    told = [each for each in data if each.sentences is not None]
    within = logistic(
        np.concatenate([each.sentences for each in told]),
        np.concatenate([each.held for each in told]),
        np.concatenate([np.full(len(each.held), 1.0 if each.made else _WEIGHT_OF_ASKED, np.float32) for each in told]),
        units=6, epochs=250, decay=0.3, seed=SEED,
    )  # fmt: skip
    return first_as_sure(about, data), within


def first_as_sure(about: Network, data: Sequence[Asked]) -> Network:
    """The network brought to how often the stretch that it puts first is the right one."""
    tops: list[tuple[float, float, float]] = []
    for each in data:
        if len(each.stretches):
            scores = about(each.stretches)
            tops.append((float(scores.max()), float(each.right[scores.argmax()]), 1.0))
        tops += [(float(about(pool).max()), 0.0, _USUAL) for pool in each.without if len(pool)]
    factor, added = platt(*np.array(tops, np.float32).T)
    return replace(about, linear=factor * about.linear, out=factor * about.out, bias=factor * about.bias + added)


def report(about: Network, told: Network, data: Sequence[Asked]) -> str:
    """How often the stretch is right, what a threshold would answer and refuse, and how well sentences are chosen."""
    own = [each for each in data if len(each.right)]
    tops = [
        (float(scores.max()), bool(each.right[int(scores.argmax())]))
        for each in own
        for scores in [about(each.stretches)]
    ]
    among = np.mean([bool(each.right.any()) for each in own])
    absent = [float(about(rows).max()) for each in data for rows in each.without if len(rows)]
    first = np.mean([right for _, right in tops])
    lines = [f"{len(own)} questions, answered among the stretches {among:.3f}, first {first:.3f}"]
    for floor in (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
        odds = np.log(floor / (1 - floor))
        answered = [right for score, right in tops if score >= odds]
        lines.append(
            f"  at {floor} answers {len(answered) / len(tops):.3f}, right of them {np.mean(answered):.3f}; "
            f"refuses {np.mean(np.array(absent) < odds):.3f} without the answer"
        )
    for floor in (0.3, 0.4, 0.5):
        measures = []
        for each in data:
            if each.sentences is None:
                continue
            scores = told(each.sentences)
            chosen = scores >= min(np.log(floor / (1 - floor)), scores.max())
            wanted = each.held >= LEAST_HELD
            wanted = wanted if wanted.any() else each.held >= each.held.max()
            measures.append(2 * (chosen & wanted).sum() / (chosen.sum() + wanted.sum()))
        lines.append(f"  sentences at {floor}: F-measure {np.mean(measures):.3f}")
    return "\n".join(lines)


def _kept(collect: Callable[[], list[Asked]], folder: Path | None) -> list[Asked]:
    path = folder / f"{collect.__name__}.pickle" if folder else None
    if path and path.exists():
        kept: list[Asked] = pickle.loads(path.read_bytes())
        return kept
    found = collect()
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(found))
    return found


def main() -> None:
    """Learn, print the figures on what was kept aside, and write the networks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--kept", type=Path, help="a folder that keeps what was collected, for learning again")
    options = parser.parse_args()
    data = [each for collect in (collected, everyday, made) for each in _kept(collect, options.kept)]
    print(report(*learned([each for each in data if not each.aside]), [each for each in data if each.aside]))
    for network, (name, inputs) in zip(learned(data), sections.names(), strict=True):
        stored = json.dumps(network.to_json(inputs))
        (options.out / f"{name}.json").write_text(stored + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
