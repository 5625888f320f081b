"""Learns the reader from a packed folder: `python -m training.reader.job --pack PACK/reader --out OUT --minutes 9`.

Needs NumPy and PyTorch only, and a GPU if there is one. A teacher of twelve layers learns first, then a student of six,
which starts from every other layer of it and learns from the labels, from what the teacher answers, and from its states
in between (Sanh et al. 2019, arXiv:1910.01108; Sun et al. 2019, arXiv:1908.09355). Time alone decides how far both get:
rates fall with it. The student's weights come back in 8 bits, without the table of words, which stays the base's.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.reader.batches import Data, batch, batches, read
from training.reader.measures import FAR, PEOPLE, PIECES, measured
from training.reader.network import STUDENT, TEACHER, Net, Outputs, base_weights, start, start_student, unpacked, write

_LIKE = (1, 3, 5, 7, 9, 11)
"""The layers whose states its own learn to be like."""
_TEACHER_SHARE = 0.45
_RESERVED_S = 25.0
"""Seconds of the time that are kept for measuring and writing."""
_RATE, _STUDENT_RATE = 2.5e-4, 3.5e-4
_HEADS_RATE = 4.0
"""How much faster the layers learn that start from nothing."""
_INSIDE, _SUPPORT, _YESNO = 2.0, 2.0, 1.0
"""How much these count beside where the answer begins and ends."""
_SOFT = 0.6
"""How much the teacher's answers count for the student, the labels the rest."""
_STATES = 1.0
_SMOKE_MINUTES = {"cuda": 0.35, "cpu": 2.0}
_ASIDE = 400
"""Samples measured of a source."""


def loss_of(told: Outputs, x: dict[str, Tensor], soft: Outputs | None = None) -> Tensor:
    """Mean over the samples, by their weights; with `soft`, the teacher's, mostly against what it answers.

    Where an answer stands several times, any place is right; where only yes or no is known, any place but none.
    """
    logits, none = told.logits.float().masked_fill(~x["readable"].unsqueeze(-1), FAR), told.none.float()
    reads, says = (x["supported"] < 0).float(), (x["supported"] >= 0).float()
    decides = (x["yesno"] >= 0).float()
    unplaced = (x["yesno"] >= 0) & ~x["held"]
    absent = ~x["held"] & ~unplaced
    readable = x["readable"].sum(1).clamp(min=1)
    total = torch.zeros_like(none)
    for column, wanted in ((0, x["starts"]), (1, x["stops"])):
        options = torch.log_softmax(torch.cat([logits[..., column], none.unsqueeze(1)], dim=1), 1)
        right = torch.cat([wanted | (unplaced[:, None] & x["readable"]), absent.unsqueeze(1)], dim=1)
        hard = -torch.logsumexp(options.masked_fill(~right, FAR), 1)
        total = total + hard * (1 if soft is None else 1 - _SOFT)
        if soft is not None:
            given = soft.logits.float()[..., column].masked_fill(~x["readable"], FAR)
            aim = torch.softmax(torch.cat([given, soft.none.float().unsqueeze(1)], dim=1), 1)
            total = total + _SOFT * (aim * (torch.log(aim.clamp(min=1e-9)) - options)).sum(1)
    inside = _against(logits[..., 2], x["inside"].float(), None if soft is None else soft.logits[..., 2])
    total = total + _INSIDE * (inside * x["readable"]).sum(1) / readable * (~unplaced).float()
    total = total * reads
    support = _against(told.support.float(), (x["supported"] == 1).float(), None if soft is None else soft.support)
    total = total + _SUPPORT * says * support
    margin = told.yesno[:, 1].float() - told.yesno[:, 0].float()
    decided = None if soft is None else soft.yesno[:, 1] - soft.yesno[:, 0]
    total = total + _YESNO * decides * _against(margin, (x["yesno"] == 1).float(), decided)
    return (total * x["weight"]).sum() / x["weight"].sum()


def _against(logits: Tensor, label: Tensor, soft: Tensor | None) -> Tensor:
    """The cross-entropy of each, with `soft` mostly against what those log-odds say."""
    aim = label if soft is None else (1 - _SOFT) * label + _SOFT * torch.sigmoid(soft.float())
    return functional.binary_cross_entropy_with_logits(logits, aim, reduction="none")


class Timer(Protocol):
    """What tells the time."""

    def passed(self) -> float:
        """Seconds since some moment."""


class Clock:
    """How much of the time is over."""

    def __init__(self, minutes: float, reserved: float) -> None:
        self.began = time.monotonic()
        self.reserved = min(reserved, 60 * minutes * 0.25)
        self.whole = 60 * minutes

    def passed(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self.began

    def until(self, share: float) -> float:
        """Seconds, counted as those, after which this share of the time for learning is over."""
        return share * (self.whole - self.reserved)


def learn(
    net: Net, data: Data, rows: np.ndarray[Any, Any], clock: Timer, stop: float, *, rate: float,
    teacher: Net | None = None, on_half: Any = None, seed: int = 1,
) -> int:  # fmt: skip
    """Train until `stop` seconds of the clock, at a rate that falls to nothing; the pieces learned from."""
    device = data.ids.device
    heads = {id(each) for each in net.heads_of()}
    learned = [each for each in net.parameters() if each.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [each for each in learned if id(each) not in heads and each.ndim > 1], "times": 1.0},
        {
            "params": [each for each in learned if id(each) not in heads and each.ndim < 2],
            "times": 1.0,
            "weight_decay": 0.0,
        },
        {"params": net.heads_of(), "times": _HEADS_RATE if teacher is None else 1.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01, betas=(0.9, 0.98), fused=device.type == "cuda")
    net.train()
    rng, began, step, pieces, half = np.random.default_rng(seed), clock.passed(), 0, 0, False
    running = torch.zeros((), device=device)
    epoch = 0
    while clock.passed() < stop:
        epoch += 1
        for own in batches(rows, data.sizes, PIECES[device.type], rng):
            if step % 10 == 0 and device.type == "cuda":
                torch.cuda.synchronize()  # Otherwise time is read before the work is done.
            passed = (clock.passed() - began) / max(stop - began, 1e-3)
            if passed >= 1:
                break
            slope = min(1.0, passed / 0.04, (step + 1) / 20) * max(0.005, 1 - passed)
            for group in optimizer.param_groups:
                group["lr"] = rate * group["times"] * slope
            x = batch(data, own)
            given = x["ids"], x["sides"], x["degrees"], x["mask"]
            with torch.autocast(device.type, torch.bfloat16):
                states = net.states(*given)
                told = net.told(states[-1])
                if teacher is not None:
                    with torch.no_grad():
                        wanted = teacher.states(*given)
                        soft = teacher.told(wanted[-1])
            if teacher is None:
                loss = loss_of(told, x)
            else:
                loss = loss_of(told, x, soft)
                seen = x["mask"].unsqueeze(-1)
                apart = sum(
                    (functional.mse_loss(one.float(), wanted[at].float(), reduction="none") * seen).sum()
                    for one, at in zip(states, _LIKE, strict=True)
                ) / (seen.sum() * states[0].shape[-1] * len(states))
                loss = loss + _STATES * max(0.0, 1 - 1.5 * passed) * apart
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(learned, 1.0)
            optimizer.step()
            running = 0.98 * running + 0.02 * loss.detach()
            step += 1
            pieces += int(data.sizes[own].sum())
            if step % 200 == 0:
                print(
                    f"  step {step}, epoch {epoch}, loss {running.item() / (1 - 0.98**step):.3f}, {passed:.0%}, "
                    f"{pieces / (clock.passed() - began):,.0f} pieces/s", flush=True,
                )  # fmt: skip
            if on_half is not None and not half and passed > 0.5:
                half = True
                on_half()
    print(f"  {step} steps, {pieces:,} pieces, epoch {epoch}, {clock.passed() - began:.0f} s", flush=True)
    return pieces


def main() -> None:
    """Learn, print the figures on what is kept aside, and write the student's weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--base", type=Path, help="base.npz; by default in the folder `base` beside the pack, or in it")
    parser.add_argument("--smoke", action="store_true", help="all of it on a tiny share, in a quarter of a minute")
    parser.add_argument("--pieces", type=int, help="pieces of a step; fewer need less memory")
    options = parser.parse_args()
    clock = Clock(options.minutes, _RESERVED_S)
    torch.manual_seed(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    options.out.mkdir(parents=True, exist_ok=True)
    places = [options.base, options.pack.parent / "base" / "base.npz", options.pack / "base.npz"]
    if options.pieces:
        PIECES[device.type] = options.pieces
    base = base_weights(next(path for path in places if path is not None and path.exists()))
    data = read(options.pack, device)
    rows = np.flatnonzero(~data.aside)
    people = np.isin(data.source, [n for n, name in enumerate(data.names["source"]) if name in PEOPLE])
    most = _ASIDE
    if options.smoke:
        few = {"cuda": 4000, "cpu": 400}[device.type]
        rows, most = np.random.default_rng(1).choice(rows, min(few, len(rows)), replace=False), few // 100
    rows = np.concatenate([rows, rows[people[rows]]])
    print(
        f"{device}, {len(data)} samples, {int(data.sizes[rows].sum()):,} pieces an epoch, "
        f"{clock.passed():.1f} s to read", flush=True,
    )  # fmt: skip
    teacher = Net(len(base["emb.word"]), layers=TEACHER).to(device)
    start(teacher, base)
    if options.smoke:
        torch.optim.AdamW([nn.Parameter(torch.zeros(1))])  # Its first use imports much.
        clock = Clock(_SMOKE_MINUTES[device.type], _RESERVED_S)
    figures: dict[str, Any] = {"device": str(device), "samples": len(data)}

    def note(name: str, net: Net) -> None:
        figures[name] = measured(net, data, most)
        for each, line in figures[name].items():
            print(f"  {name} {each}: {line}", flush=True)
        (options.out / "measured.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1), "utf8")

    print("teacher", flush=True)
    learn(teacher, data, rows, clock, clock.until(_TEACHER_SHARE), rate=_RATE)
    kept = write(teacher, options.out / "teacher", files=2)
    note("teacher", teacher)
    teacher.eval()
    student = Net(len(base["emb.word"]), layers=STUDENT).to(device)
    start_student(student, teacher)

    def half() -> None:
        write(student, options.out / "student")
        # Both together are more than comes back.
        for path in kept:
            path.unlink(missing_ok=True)

    print("student", flush=True)
    learn(student, data, rows, clock, clock.until(1.0), rate=_STUDENT_RATE, teacher=teacher, on_half=half, seed=2)
    paths = [write(student, options.out / "student")][0]
    for path in kept:
        path.unlink(missing_ok=True)
    student.load_state_dict(unpacked(paths), strict=False)
    note("student", student)
    print(f"{[(path.name, path.stat().st_size) for path in paths]}, {clock.passed():.0f} s", flush=True)


if __name__ == "__main__":
    main()
