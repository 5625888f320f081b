"""Trains the contextual embedder and a shallower student of it, by the clock.

The encoder learns to find what answers (`losses.contrastive`) among a batch's passages, those of the last batches, and
look-alikes that it found itself, while texts at large stay alike as the base sees them (`losses.alike`). Its student,
of half as many layers, then learns its vectors. Everything is written before it is measured, and half way once.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from training.encoder import losses, measures
from training.encoder.data import Store
from training.encoder.kinds import Kind
from training.encoder.network import Encoder, base_weights, save, saved, weights_of
from training.encoder.sampling import Sampler, every_of


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a run depends on, besides its data and the time it has."""

    pairs: int = 640
    queue: int = 4096
    """How many passages of the last batches are negatives, too."""
    mixed: int = 192
    """Texts a step that are to stay alike as the base sees them."""
    keep: float = 0.3
    """How much that counts."""
    rate: float = 1e-4
    student_rate: float = 4e-4
    student_texts: int = 1536
    student_layers: tuple[int, ...] = (0, 2, 4, 7, 9, 11)
    distilled_items: int = 200_000
    looked_at: float = 0.45
    """The share of all passages among which look-alikes are sought."""
    mined_again: float = 0.28
    taught_until: float = 0.58
    distilled_until: float = 0.85
    measured_until: float = 0.97
    """Shares of the time."""
    layers: int = 12
    pool: int = 0
    """How many items are looked at in a trial; 0 for all."""
    pairs_of_source: int = 0


_MEMORY = 0.55
"""The share of the GPU's memory that is taken at most: another job may run beside."""
SMOKE_ON_CPU = Settings(
    pairs=24, queue=32, mixed=6, student_texts=16, student_layers=(0,), layers=2, pool=40, pairs_of_source=2
)
SMOKE = Settings(pool=4000, pairs_of_source=200)


class Run:
    """One training run: the data, the clock, what is logged."""

    def __init__(self, pack: Path, base: Path, out: Path, minutes: float, settings: Settings, begun: float) -> None:
        self.begun, self.seconds, self.settings, self.out = begun, 60 * minutes, settings, out
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if self.device.type == "cuda":
            torch.cuda.set_per_process_memory_fraction(_MEMORY)
        self.dtype = torch.bfloat16 if self.device.type == "cuda" else torch.float32
        torch.manual_seed(1)
        out.mkdir(parents=True, exist_ok=True)
        self.logged = (out / "log.jsonl").open("w", buffering=1)
        self.store = Store(pack, self.device)
        self.base = {name: weight.to(self.device) for name, weight in base_weights(base, settings.layers).items()}
        self.words = self.base["emb.word"].to(self.dtype)
        self.pieces = 0
        device = torch.cuda.get_device_name() if self.device.type == "cuda" else "CPU"
        self.log("data read", device=device, items=len(self.store), settings=asdict(settings))

    @property
    def share(self) -> float:
        """How much of the time is over."""
        return (time.monotonic() - self.begun) / self.seconds

    def log(self, what: str, **figures: object) -> None:
        """Write a line, and print it."""
        line = json.dumps({"at": round(time.monotonic() - self.begun, 1), "what": what, **figures}, ensure_ascii=False)
        print(line, flush=True)
        self.logged.write(line + "\n")

    def encoder(self, weights: dict[str, Tensor]) -> Encoder:
        """A network of these weights, on the device."""
        return Encoder({name: weight.to(self.device) for name, weight in weights.items()}, self.words)

    def encoded(self, encoder: Encoder, parts: Tensor) -> Tensor:
        """The texts' vectors."""
        self.pieces += int(parts[:, :, 1].sum())
        return self.store.encoded(encoder, parts, self.dtype)

    def mixed(self, sampler: Sampler) -> Tensor:
        """Items of all sorts: a third English, a third questions, a third passages."""
        store, number = self.store, self.settings.mixed // 3
        among = [store.mixed, self.questions, sampler.passages]
        return torch.cat([each[torch.randint(len(each), (number,), device=self.device)] for each in among if len(each)])

    def teach(self) -> Encoder:
        """The encoder, after its share of the time."""
        settings = self.settings
        encoder, before = self.encoder(self.base), self.encoder(self.base).requires_grad_(requires_grad=False)
        sampler = Sampler(self.store, settings.pairs, most_pairs=settings.pairs_of_source)
        self.questions = every_of(self.store, Kind.QUERY)
        sampler.mine(before, self.dtype, share=settings.looked_at, most=settings.pool)
        self.log("mined", pairs=int((sampler.alike[:, 0] >= 0).sum()))
        step = Steps(encoder, settings.rate, self.share, settings.taught_until)
        queue, queued = torch.zeros(0, 384, device=self.device), self.questions[:0]
        mined_again = False
        while self.share < settings.taught_until or not step.number:
            if not mined_again and self.share > settings.mined_again:
                mined_again = True
                self.written(encoder, "teacher")
                sampler.mine(encoder, self.dtype, share=settings.looked_at, most=settings.pool)
                self.log("mined again")
            try:
                batch = sampler.batch()
                found = self.encoded(encoder, torch.cat([batch.asked, batch.answers]))
                asked, answers = found[: len(batch.asked)], found[len(batch.asked) :]
                items = torch.cat([batch.items, queued])
                hidden = sampler.hidden(batch, items)
                near = torch.cat([answers, queue])
                with torch.no_grad():
                    scores = asked @ near.T
                    right = (asked * answers[: len(asked)]).sum(1, keepdim=True)
                    hidden |= batch.unjudged[:, None] & (scores > right + 0.05)
                own = torch.arange(len(asked), device=self.device)
                hidden[own, own] = False
                learned = losses.contrastive(asked, near, hidden)
                mixed = self.store.parts(self.mixed(sampler))
                with torch.no_grad():
                    wanted = self.encoded(before, mixed)
                kept = losses.alike(self.encoded(encoder, mixed), wanted)
                step.take(learned + settings.keep * kept, self.share)
            except torch.cuda.OutOfMemoryError:
                step.clear()
                batch = found = asked = answers = near = hidden = scores = learned = kept = wanted = None  # type: ignore[assignment]
                torch.cuda.empty_cache()
                sampler.resize(max(64, int(0.75 * sampler.size)))
                self.log("out of memory", pairs=sampler.size)
                continue
            queue = torch.cat([answers.detach(), queue])[: settings.queue]
            queued = torch.cat([batch.items, queued])[: settings.queue]
            if step.number % 20 == 0 or step.number < 4:
                self.log(
                    "step",
                    step=step.number,
                    loss=round(float(learned.detach()), 4),
                    kept=round(float(kept.detach()), 4),
                    first=round(float((scores[:, : len(batch.items)].argmax(1) == own).float().mean()), 3),
                    rate=step.rate,
                    million_pieces=round(self.pieces / 1e6, 2),
                )
        self.log("taught", steps=step.number, million_pieces=round(self.pieces / 1e6, 2))
        return encoder

    def distil(self, teacher: Encoder, items: Tensor, wanted: Tensor) -> Encoder:
        """A student, after its share of the time; `wanted` is what the teacher makes of the items."""
        settings = self.settings
        student = self.encoder(weights_of(teacher, list(settings.student_layers)))
        step = Steps(student, settings.student_rate, self.share, settings.distilled_until)
        texts = settings.student_texts
        while self.share < settings.distilled_until or not step.number:
            rows = torch.randint(len(items), (texts,), device=self.device)
            try:
                found = self.encoded(student, self.store.parts(items[rows]))
                learned = losses.distilled(found, wanted[rows].float())
                step.take(learned, self.share)
            except torch.cuda.OutOfMemoryError:
                step.clear()
                found = learned = None  # type: ignore[assignment]
                torch.cuda.empty_cache()
                texts = max(128, int(0.75 * texts))
                self.log("out of memory", texts=texts)
                continue
            if step.number % 40 == 0 or step.number < 3:
                cosine = float((found.detach() * wanted[rows].float()).sum(1).mean())
                self.log(
                    "distilling",
                    step=step.number,
                    loss=round(float(learned.detach()), 4),  # type: ignore[union-attr]
                    cosine=round(cosine, 4),
                    million_pieces=round(self.pieces / 1e6, 2),
                )
        return student

    def written(self, encoder: Encoder, name: str) -> None:
        """Write the weights in bytes."""
        files = save(weights_of(encoder), self.out, name)
        self.log("written", files={path.name: path.stat().st_size for path in files})

    def measured(self, name: str, vectors_of: Callable[[Tensor, bool], Tensor], base: Tensor | None = None) -> None:
        """Log the figures of what gives these vectors."""
        found = measures.figures(vectors_of, self.store, most=self.settings.pool)
        for case, figures in found.items():
            self.log("measured", of=name, case=case, **figures)
        if base is not None:
            self.log("alike", of=name, english=measures.agreement(vectors_of(self.english, False), base))

    @property
    def english(self) -> Tensor:
        """Some items in another language."""
        return self.store.mixed[:400] if not self.settings.pool else self.store.mixed[:40]

    def of(self, encoder: Encoder) -> Callable[[Tensor, bool], Tensor]:
        """What embeds items with this network."""
        return lambda items, bare: self.store.embedded(encoder, items, self.dtype, bare=bare)

    def go(self) -> None:
        """All of it."""
        teacher = self.teach()
        self.written(teacher, "teacher")
        store = self.store
        every = torch.randperm(len(store), device=self.device)
        every = every[: self.settings.pool or self.settings.distilled_items]
        wanted = store.embedded(teacher, every, self.dtype)
        self.log("taught vectors", items=len(every))
        student = self.distil(teacher, every, wanted)
        self.written(student, "student")
        # As they are shipped: from their bytes.
        base = self.encoder(self.base)
        base_english = store.embedded(base, self.english, self.dtype)
        for name, encoder in (
            ("teacher", self.encoder(saved(self.out, "teacher"))),
            ("student", self.encoder(saved(self.out, "student"))),
            ("base", base),
        ):
            begun = self.share
            with torch.no_grad():
                self.measured(name, self.of(encoder), base_english)
            taken = self.share - begun
            if self.share + taken > self.settings.measured_until:
                self.log("no time to measure more")
                break
        self.log("done")
        self.logged.close()


class Steps:
    """AdamW, its rate rising over the first twentieth of the time and falling to nothing at the end."""

    def __init__(self, encoder: Encoder, rate: float, begun: float, ends: float) -> None:
        self.parameters = list(encoder.parameters())
        self.number, self.rate, self.highest, self.begun, self.ends = 0, 0.0, rate, begun, ends
        fused = self.parameters[0].device.type == "cuda"
        self.adam = torch.optim.AdamW(self.parameters, lr=rate, betas=(0.9, 0.98), weight_decay=0.01, fused=fused)

    def take(self, loss: Tensor, share: float) -> None:
        """One step down this loss."""
        done = min(1.0, max(0.0, (share - self.begun) / max(1e-6, self.ends - self.begun)))
        self.rate = round(self.highest * max(0.02, min(1.0, done / 0.05) * (1 - done)), 8)
        for group in self.adam.param_groups:
            group["lr"] = self.rate
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.adam.step()
        self.clear()
        self.number += 1

    def clear(self) -> None:
        """Forget the gradients."""
        self.adam.zero_grad(set_to_none=True)


def main() -> None:
    """Train, write, measure."""
    begun = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--base", type=Path, help="base.npz, else looked for in the pack and in base/ beside it")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--smoke", action="store_true", help="all of it in a quarter of a minute, on next to nothing")
    options = parser.parse_args()
    torch.set_float32_matmul_precision("high")
    # It would prepare itself anew for every length of texts.
    torch.backends.cuda.enable_cudnn_sdp(False)
    near = [options.pack / "base.npz", options.pack.parent / "base" / "base.npz"]
    base = options.base or next(path for path in near if path.exists())
    settings, minutes = Settings(), options.minutes
    if options.smoke:
        settings, minutes = (SMOKE if torch.cuda.is_available() else SMOKE_ON_CPU), 0.25
    Run(options.pack, base, options.out, minutes, settings, begun).go()
