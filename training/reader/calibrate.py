"""Makes probabilities of the reader's log-odds: `python -m training.reader.calibrate --made FOLDER`.

For each of `there`, `yes` and `said` a factor and what is added (Platt 1999), by the likelihood of samples that are
kept aside; each source counts the same, unless it has few samples. FOLDER is `pack`'s. What it prints of a source is
by a calibration on all others, as it would be for texts of another kind.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.reading.reader import Floats, Reader
from training.networks import platt
from training.reader.export import OUT
from training.reader.measures import area, calibration_error
from training.reader.pack import parts
from training.reader.samples import Sample, from_line
from training.sentences.collect import SEED

_FEW = 30
"""A source of fewer samples counts less."""
Told = tuple[Floats, Floats]
"""(samples,) log-odds, and what is true, 0 or 1."""


def aside(folder: Path, most: int) -> dict[str, list[Sample]]:
    """Up to `most` samples of each source that nothing was learned from."""
    found: dict[str, list[Sample]] = defaultdict(list)
    for path in filter(Path.exists, (folder / f"{name}.jsonl" for name in parts())):
        with path.open(encoding="utf8") as lines:
            for sample in map(from_line, lines):
                if sample.aside:
                    found[sample.source].append(sample)
    rng = random.Random(SEED)
    return {name: rng.sample(own, min(most, len(own))) for name, own in found.items()}


def told(reader: Reader, samples: Sequence[Sample]) -> dict[str, Told]:
    """What the reader says of samples and what is true, by output."""
    rows: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for sample in samples:
        (reading,) = reader.read(sample.question, [sample.passage])
        if sample.supported >= 0:
            rows["said"].append((reading.said, sample.supported))
            continue
        rows["there"].append((reading.there, float(bool(sample.spans) or sample.yesno >= 0)))
        if sample.yesno >= 0:
            rows["yes"].append((reading.yes, sample.yesno))
    return {name: tuple(np.array(own, np.float32).T) for name, own in rows.items()}


def fitted(sources: Sequence[Told]) -> tuple[float, float]:
    """The factor and what is added, each source counting the same; one of few samples less."""
    odds, true = (np.concatenate([each[side] for each in sources]) for side in (0, 1))
    weights = np.concatenate([np.full(len(each), 1 / max(len(each), _FEW), np.float32) for each, _ in sources])
    return platt(odds, true, weights)


def main() -> None:
    """Fit, print the figures, and write `calibration.json` beside the reader."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--made", type=Path, required=True)
    parser.add_argument("--reader", type=Path, default=OUT)
    parser.add_argument("--most", type=int, default=150, help="samples of a source")
    options = parser.parse_args()
    path = options.reader / "calibration.json"
    reader = Reader(options.reader)
    by_source = {name: told(reader, own) for name, own in aside(options.made, options.most).items()}
    kept: dict[str, tuple[float, float]] = {}
    for output in ("there", "yes", "said"):
        sources = {name: own[output] for name, own in by_source.items() if output in own}
        kept[output] = fitted(list(sources.values()))
        print(f"{output}: {kept[output][0]:.3f} x + {kept[output][1]:.3f}")
        for name, (odds, true) in sources.items():
            others = [each for other, each in sources.items() if other != name]
            factor, added = fitted(others) if others else kept[output]
            print(
                f"  {name}: {len(odds)} samples, area {area(odds, true > 0):.3f}, calibration error "
                f"{calibration_error(odds, true):.3f}, calibrated on the others "
                f"{calibration_error(factor * odds + added, true):.3f}"
            )  # fmt: skip
    path.write_text(json.dumps({name: [round(each, 4) for each in own] for name, own in kept.items()}) + "\n", "utf8")


if __name__ == "__main__":
    main()
