"""Items and pairs as flat arrays on the device, and texts as rows of numbers of pieces."""

from __future__ import annotations

import lzma
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.encoder.network import Encoder

BEGINS, FILLS, ENDS = 0, 1, 2
LONGEST = 256
PIECES_AT_ONCE = 49_152
"""How many pieces are read at once, filled up to the longest text among them."""
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9, "lc": 0, "lp": 1, "pb": 1, "dict_size": 2**26}]


@dataclass(frozen=True)
class Case:
    """Questions that are measured, over a pool of items."""

    pool: Tensor
    gold: Tensor
    """(rows, 2): a question's item and one that answers it."""
    bare: bool


class Store:
    """All items. What is said of an item by its number holds for tensors of numbers, too."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        arrays = np.load(folder / "arrays.npz")
        raw = lzma.decompress((folder / "tokens.xz").read_bytes(), format=lzma.FORMAT_RAW, filters=_FILTERS)
        tokens = np.frombuffer(raw, np.uint16).astype(np.int32)
        lengths = arrays["lengths"].astype(np.int64)

        def there(array: NDArray[Any]) -> Tensor:
            return torch.from_numpy(array).to(device)

        self.device = device
        self.most = PIECES_AT_ONCE if device.type == "cuda" else PIECES_AT_ONCE // 16
        self.tokens = there(np.concatenate([tokens, np.array([BEGINS, ENDS], np.int32)]))
        self.lengths = there(lengths)
        self.starts = there(np.cumsum(lengths) - lengths)
        self.kind = there(arrays["kind"].astype(np.int64))
        self.title = there(arrays["title"].astype(np.int64))
        self.text = there(arrays["text"].astype(np.int64))
        self.pairs = there(arrays["pairs"].astype(np.int64))
        """(pairs, 5): what is asked, what answers, the source, whether titles are left out, what doesn't answer."""
        self.mixed = there(arrays["mixed"].astype(np.int64))
        names = dict.fromkeys(name.split(".")[1] for name in arrays.files if name.startswith("case."))
        self.cases = {
            name: Case(
                there(arrays[f"case.{name}.pool"].astype(np.int64)),
                there(arrays[f"case.{name}.gold"].astype(np.int64)),
                bool(arrays[f"case.{name}.bare"][0]),
            )
            for name in names
        }
        ends = np.isin(tokens, arrays["sentence_ends"])
        places = np.where(ends, np.arange(len(tokens)), len(tokens) - 1)
        self.sentence_end = there(np.minimum.accumulate(places[::-1])[::-1].copy())
        """(tokens,) where the sentence ends that a piece stands in."""

    def __len__(self) -> int:
        return len(self.kind)

    def parts(self, items: Tensor, bare: Tensor | None = None) -> Tensor:
        """(items, 6, 2) stretches of `tokens`, offset and length, that make the items' texts."""
        made = torch.zeros(len(items), 6, 2, dtype=torch.int64, device=self.device)
        made[:, 0, 0], made[:, 0, 1] = len(self.tokens) - 2, 1
        made[:, 1, 0], made[:, 1, 1] = self.starts[self.kind[items]], self.lengths[self.kind[items]]
        title, text = self.title[items], self.text[items]
        made[:, 2, 0], made[:, 2, 1] = self.starts[title], self.lengths[title]
        if bare is not None:
            made[:, 2, 1] *= ~bare
        made[:, 3, 0] = self.starts[text]
        made[:, 3, 1] = torch.minimum(self.lengths[text], LONGEST - 2 - made[:, 1, 1] - made[:, 2, 1])
        made[:, 5, 0], made[:, 5, 1] = len(self.tokens) - 1, 1
        return made

    def cloze(self, items: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Parts of a sentence out of each item, and of the item, mostly without it."""
        answers = self.parts(items)
        first, length = answers[:, 3, 0], answers[:, 3, 1]
        last = first + length
        chance = torch.rand(2, len(items), generator=generator, device=self.device)
        begin = self.sentence_end[first + (chance[0] * length * 0.8).long()] + 1
        begin = torch.where(begin < last - 5, begin, first)
        size = torch.minimum(self.sentence_end[begin] + 1, torch.minimum(last, begin + 40)) - begin
        asked = self.parts(items)
        asked[:, 1, 0], asked[:, 1, 1] = self.starts[0], self.lengths[0]
        asked[:, 2, 1] = 0
        asked[:, 3, 0], asked[:, 3, 1] = begin, size
        out = (chance[1] < 0.7) & (size < length - 10)
        answers[:, 3, 1] = torch.where(out, begin - first, length)
        answers[:, 4, 0] = begin + size
        answers[:, 4, 1] = torch.where(out, last - begin - size, 0)
        return asked, answers

    def rows(self, parts: Tensor, longest: int) -> tuple[Tensor, Tensor]:
        """(texts, longest) numbers of pieces, and where they are some."""
        ends = parts[:, :, 1].cumsum(1)
        at = torch.arange(longest, device=self.device).expand(len(parts), longest).contiguous()
        which = torch.searchsorted(ends, at, right=True)
        mask = which < parts.shape[1]
        which = which.clamp(max=parts.shape[1] - 1)
        offset = parts[:, :, 0] - (ends - parts[:, :, 1])
        places = torch.gather(offset, 1, which) + at
        ids = self.tokens[places.clamp(0, len(self.tokens) - 1)]
        return torch.where(mask, ids, FILLS).long(), mask

    def encoded(self, encoder: Encoder, parts: Tensor, dtype: torch.dtype, *, most: int = 0) -> Tensor:
        """(texts, dimensions) unit rows, read shortest first; with gradients where they are on."""
        lengths = parts[:, :, 1].sum(1)
        order = torch.argsort(lengths)
        sorted_lengths = lengths[order].tolist()
        cast = encoder.cast(dtype)
        found = []
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * _filled(sorted_lengths[end]) <= (most or self.most):
                end += 1
            ids, mask = self.rows(parts[order[start:end]], _filled(sorted_lengths[end - 1]))
            found.append(encoder(ids, mask, cast))
            start = end
        back = torch.empty_like(order)
        back[order] = torch.arange(len(order), device=self.device)
        return torch.cat(found)[back]

    @torch.no_grad()
    def embedded(
        self, encoder: Encoder, items: Tensor, dtype: torch.dtype, *, bare: bool = False, at_once: int = 65_536
    ) -> Tensor:
        """(items, dimensions) unit rows, halved in size where the device is a GPU."""
        found = []
        for some in torch.split(items, at_once):
            without = torch.ones_like(some, dtype=torch.bool) if bare else None
            found.append(self.encoded(encoder, self.parts(some, without), dtype, most=4 * self.most))
        return torch.cat(found).to(torch.float16 if self.device.type == "cuda" else torch.float32)


def _filled(length: int) -> int:
    """`length` up to what the device's kernels like."""
    return (length + 7) // 8 * 8
