"""Makes what is shipped of learned weights: `python -m training.reader.export student.npz --base e5-small-q4.bin`."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import torch

from training.reader.network import Net, base_weights, unpacked

OUT = Path(__file__).parents[2] / "assistant" / "reading" / "assets" / "reader"
NEUTRAL = {name: [1.0, 0.0] for name in ("there", "yes", "said")}
"""The calibration that changes nothing: `calibrate` finds the right one."""
OUTPUTS = ("logits", "none", "yesno", "support")


def read_net(weights: list[Path], words: torch.Tensor) -> Net:
    """The network of the weights that `network.write` wrote, with the base's table of words."""
    given = {**unpacked(weights), "words.weight": words}
    layers = 1 + max(int(name.split(".")[1]) for name in given if name.startswith("layers."))
    size, inner = given["layers.0.up.weight"].shape[1], given["layers.0.up.weight"].shape[0]
    net = Net(len(words), layers=layers, size=size, inner=inner)
    net.load_state_dict(given)
    return net.eval()


def export(net: Net, folder: Path) -> None:
    """Write the network to `folder/model.onnx`, its weights as 8-bit integers, with odds as they are."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    ids = torch.tensor([[0, 4, 2, 2, 5, 6, 2]])
    axes = {name: {0: "texts", 1: "pieces"} for name in ("ids", "sides", "degrees")}
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch, "plain.onnx")
        torch.onnx.export(
            net.eval(), (ids, torch.zeros_like(ids), torch.zeros_like(ids)), str(plain), dynamo=False,
            opset_version=17, input_names=list(axes), output_names=list(OUTPUTS), dynamic_axes=axes,
        )  # fmt: skip
        quantize_dynamic(plain, folder / "model.onnx", weight_type=QuantType.QInt8, per_channel=True)
    (folder / "calibration.json").write_text(json.dumps(NEUTRAL) + "\n", "utf8")


def main() -> None:
    """Write model.onnx. `calibrate` comes next."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--base", type=Path, required=True, help="base.npz of the pack")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    export(read_net(options.weights, base_weights(options.base)["emb.word"]), options.out)
    print(f"{options.out / 'model.onnx'}: {(options.out / 'model.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
