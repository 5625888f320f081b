"""The network for ONNX Runtime: `python -m training.encoder.export --base base.npz --out FOLDER`.

The model reads the numbers of a text's pieces and gives its vector. `index/embedders/models/youju-contextual` has what
this makes of the base as it is; `--weights FOLDER` takes the training's instead. `training.encoder.centre` comes next.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from index.embedders.contextual import CONTEXTUAL, PROMPTS, ContextualEmbedder
from training.encoder.network import Encoder, base_weights, layers_of, saved


class _OfPieces(nn.Module):
    """The encoder with its table of words in bytes, for one text or several of a length."""

    def __init__(self, weights: dict[str, Tensor], words: Tensor) -> None:
        super().__init__()
        self.encoder = Encoder(weights, torch.zeros(1, words.shape[1]))
        scale = (words.abs().amax(dim=1, keepdim=True) / 127).clamp(min=1e-9)
        self.register_buffer("scale", scale)
        self.register_buffer("bytes", torch.round(words / scale).to(torch.int8))

    def forward(self, ids: Tensor) -> Tensor:
        """(texts, HIDDEN) unit rows of (texts, pieces) numbers."""
        vectors = self.bytes[ids].float() * self.scale[ids]  # type: ignore[index]
        return self.encoder.of_vectors(vectors, None, self.encoder.cast(torch.float32))


def export(weights: dict[str, Tensor], words: Tensor, path: Path) -> None:
    """Write the network, its matrices as 8-bit integers with a scale for each of their outputs."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path.parent.mkdir(parents=True, exist_ok=True)
    net = _OfPieces(weights, words).eval()
    with tempfile.TemporaryDirectory() as scratch:
        plain = str(Path(scratch, "plain.onnx"))
        torch.onnx.export(
            net, (torch.full((2, 7), len(words) - 1),), plain, dynamo=False, opset_version=17,
            input_names=["ids"], output_names=["vector"],
            dynamic_axes={"ids": {0: "texts", 1: "pieces"}, "vector": {0: "texts"}},
        )  # fmt: skip
        quantize_dynamic(plain, path, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"])


def speed(model: ContextualEmbedder, pieces: int, *, texts: int = 32) -> float:
    """Passages of so many pieces a second of one core's time, whatever else the machine does."""
    draw = np.random.default_rng(1)
    letters = [chr(number) for number in range(0x4E00, 0x4E00 + 2000)]
    some = ["".join(draw.choice(letters, pieces)) for _ in range(texts)]
    model.encode(some[:8])
    start = time.process_time()
    model.encode(some)
    return texts / (time.process_time() - start)


def main() -> None:
    """Convert, compare with what the weights give, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="base.npz")
    parser.add_argument("--weights", type=Path, help="the training's folder, with teacher-1.npz and so on")
    parser.add_argument("--name", default="teacher")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    weights = base_weights(options.base)
    words = weights.pop("emb.word").float()
    if options.weights:
        weights = saved(options.weights, options.name)
    export(weights, words, options.out / "model.onnx")
    if options.out.resolve() != CONTEXTUAL.resolve():
        for name in ("tokenizer.json", "means.npy"):
            shutil.copy(CONTEXTUAL / name, options.out)
    model, exact = ContextualEmbedder(options.out), Encoder(weights, words).eval()
    texts = ["年满六十五周岁的老年人可以免费乘坐市内公共交通工具。", "企业应当依法为职工缴纳社会保险费。"]
    asked, found = model.encode_query("老人坐公交车免费吗"), model.uncentred(PROMPTS.passage, texts)
    for text, row, centred in zip(texts, found, model.encode(texts), strict=True):
        ids = torch.from_numpy(model.pieces([PROMPTS.passage + text])[0][None])
        with torch.no_grad():
            true = exact(ids, torch.ones_like(ids).bool())[0].numpy()
        print(f"{text}: cosine {row @ true:.4f} with the exact vector, {asked @ centred:.3f} with the question")
    size = (options.out / "model.onnx").stat().st_size / 1e6
    print(f"{size:.1f} MB, {layers_of(weights)} layers")
    for pieces in (20, 150, 250):
        print(f"{pieces} pieces: {speed(model, pieces):.1f} passages a second of a core")


if __name__ == "__main__":
    main()
