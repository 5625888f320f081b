"""Fine-tunes the embedder so gently that it stays near what it starts from, and a student of what came out best.

At a small rate and the temperature that the base was made at; look-alikes count only where the base itself ranks them
below the answer. Then weights between the base, what was learned now and what was learned at a larger rate are
measured, and the best are kept. Everything is written before the full measures are taken.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.encoder import measures
from training.encoder.kinds import Kind, Source
from training.encoder.network import Encoder, layers_of, saved, weights_of
from training.encoder.sampling import Sampler, every_of
from training.encoder.training import Run, Settings, Steps

IMPORTANCE = {
    Source.CMRC: 0.8, Source.DRCD: 0.6, Source.SQUAD: 0.4, Source.DUREADER: 1.2, Source.XQUAD: 0.3, Source.CAIL: 0.15,
    Source.NCP_ANSWER: 1.2, Source.NCP: 2.0, Source.STARD: 2.2, Source.SCENE: 2.0, Source.LEGALQA: 1.0,
    Source.MESSAGE: 2.0, Source.GUANGZHOU: 2.0, Source.SITE: 1.2, Source.HEADLINE: 0.4, Source.TITLE: 0.2,
    Source.NEWS: 0.15, Source.CITED: 1.0, Source.DEFINITION: 0.4, Source.SECTION: 0.4, Source.PARAPHRASE: 0.1,
    Source.WORDS: 0.5,
}  # fmt: skip
"""Questions of people about official texts count most."""
TEMPERATURE = 0.01
RATE, STUDENT_RATE = 3e-5, 3e-4
KEEP = 1.0
AVERAGED = 0.985
"""What is kept a step of the mean of the weights."""
MIXES = {
    "tuned .3": (0.3, 0.0), "tuned .5": (0.5, 0.0), "tuned .7": (0.7, 0.0), "tuned 1": (1.0, 0.0),
    "tuned 1.5": (1.5, 0.0), "first .1": (0.0, 0.1), "first .2": (0.0, 0.2), "first .35": (0.0, 0.35),
    "tuned .7 first .1": (0.7, 0.1), "tuned 1 first .2": (1.0, 0.2), "base": (0.0, 0.0),
}  # fmt: skip
"""How much of what was learned now, and first, is added to the base."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """How far a run goes; seconds are of the clock of the run."""

    taught_until: float
    distilled_until: float
    ends: float
    most_pairs: int = 0
    pool: int = 0
    case_pool: int = 8000
    mixes: int = 0


class Gentle(Run):
    """One gentle run."""

    def prepared(self, first: Path, student: Path) -> None:
        """Read what was learned before."""
        if self.device.type == "cuda":
            torch.cuda.set_per_process_memory_fraction(0.92)
        layers = self.settings.layers
        self.start = {name: weight for name, weight in self.base.items() if name != "emb.word"}
        self.first = {name: weight.to(self.device) for name, weight in deltas(first).items() if name in self.start}
        names = set(self.start)
        self.student = {name: w.to(self.device) for name, w in saved(student, "student").items() if name in names}
        self.whole = self.store.cases
        self.questions = every_of(self.store, Kind.QUERY)
        self.before = self.encoder(self.base).requires_grad_(requires_grad=False)
        self.log("prepared", first=len(self.first), student=layers_of(self.student), layers=layers)

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.begun

    def small_cases(self, most: int) -> None:
        """Leave so many of each case's pool."""
        generator = torch.Generator(device=self.device).manual_seed(3)
        cases = {}
        for name, case in self.whole.items():
            right = torch.unique(case.gold[:, 1])
            others = case.pool[~torch.isin(case.pool, right)]
            order = torch.randperm(len(others), generator=generator, device=self.device)
            cases[name] = dataclasses.replace(case, pool=torch.cat([right, others[order[: max(0, most - len(right))]]]))
        self.store.cases = cases

    def tune(self, plan: Plan) -> dict[str, Tensor]:
        """The mean of the last weights."""
        settings = self.settings
        encoder = self.encoder(self.base)
        sampler = Sampler(
            self.store, settings.pairs, most_pairs=plan.most_pairs, importance=IMPORTANCE, near=0.9, late=False
        )
        self.sampler = sampler
        sampler.mine(self.before, self.dtype, share=settings.looked_at, most=plan.pool)
        self.log("mined", pairs=int((sampler.alike[:, 0] >= 0).sum()))
        mean = [parameter.detach().clone() for parameter in encoder.parameters()]
        step = Steps(encoder, RATE, self.now, plan.taught_until)
        queue, queued = torch.zeros(0, 384, device=self.device), self.questions[:0]
        own = torch.arange(settings.pairs * 2, device=self.device)
        while self.now < plan.taught_until or not step.number:
            try:
                batch = sampler.batch()
                found = self.encoded(encoder, torch.cat([batch.asked, batch.answers]))
                asked, answers = found[: len(batch.asked)], found[len(batch.asked) :]
                items = torch.cat([batch.items, queued])
                near = torch.cat([answers, queue])
                hidden = sampler.hidden(batch, items)
                number = own[: len(asked)]
                scores = asked @ near.T
                with torch.no_grad():
                    right = (asked * answers[: len(asked)]).sum(1, keepdim=True)
                    # What scores far above the answer is as good, or will not be learned at this rate.
                    hidden |= scores > right + torch.where(batch.unjudged, 0.0, 0.03)[:, None]
                hidden[number, number] = False
                scores = scores.masked_fill(hidden, -10.0) / TEMPERATURE
                learned = functional.cross_entropy(scores, number)
                learned = learned + 0.2 * functional.cross_entropy(scores[:, : len(asked)].T, number)
                mixed = self.store.parts(self.mixed(sampler))
                with torch.no_grad():
                    wanted = self.encoded(self.before, mixed)
                kept = alike(self.encoded(encoder, mixed), wanted)
                step.take(learned + KEEP * kept, self.now)
                with torch.no_grad():
                    share = min(AVERAGED, step.number / (step.number + 10))
                    torch._foreach_lerp_(mean, [p.detach() for p in encoder.parameters()], 1 - share)
            except torch.cuda.OutOfMemoryError:
                step.clear()
                found = asked = answers = near = scores = learned = mixed = kept = None  # type: ignore[assignment]
                torch.cuda.empty_cache()
                sampler.resize(max(64, int(0.75 * sampler.size)))
                self.log("out of memory", pairs=sampler.size)
                continue
            queue = torch.cat([answers.detach(), queue])[: settings.queue]
            queued = torch.cat([batch.items, queued])[: settings.queue]
            if step.number % 20 == 0 or step.number < 3:
                self.log(
                    "step", step=step.number, loss=round(float(learned.detach()), 4),
                    kept=round(float(kept.detach()), 4), rate=step.rate, million_pieces=round(self.pieces / 1e6, 2),  # type: ignore[union-attr]
                    first=round(float((scores[:, : len(batch.items)].argmax(1) == number).float().mean()), 3),
                )  # fmt: skip
        self.log("taught", steps=step.number)
        with torch.no_grad():
            for parameter, value in zip(encoder.parameters(), mean, strict=True):
                parameter.copy_(value)
        return weights_of(encoder)

    def mix(self, tuned: Mapping[str, Tensor], shares: tuple[float, float]) -> dict[str, Tensor]:
        """The base and these shares of what was learned now and first."""
        now, first = shares
        return {
            name: weight + now * (tuned[name] - weight) + first * self.first.get(name, torch.zeros_like(weight))
            for name, weight in self.start.items()
        }

    def figures(self, encoder: Encoder, name: str, *, most: int = 0) -> float:
        """Log the figures; the mean of nDCG@10."""
        with torch.no_grad():
            found = measures.figures(self.of(encoder), self.store, most=most)
        mean = sum(case["nDCG@10"] for case in found.values()) / len(found)
        self.log(
            "measured", of=name, mean=round(mean, 4), cases={
                case: [own["nDCG@10"], own["MRR@10"], own["nDCG@10 256"], own["nDCG@10 128"]]
                for case, own in found.items()
            },
        )  # fmt: skip
        return mean

    def best_of(self, tuned: Mapping[str, Tensor], plan: Plan) -> dict[str, Tensor]:
        """The weights that find most, on the mean of the cases."""
        self.small_cases(plan.case_pool)
        best, found = -1.0, dict(tuned)
        # The most likely first; some of the time is left for the student.
        latest = plan.taught_until + 0.35 * (plan.distilled_until - plan.taught_until)
        order = ["tuned 1", "base", "tuned .5", "first .2", "tuned .7", "tuned .3", "tuned 1.5", "tuned .7 first .1",
                 "first .1", "tuned 1 first .2", "first .35"]  # fmt: skip
        for name in order[: plan.mixes or None]:
            weights = self.mix(tuned, MIXES[name])
            score = self.figures(self.encoder(weights), name, most=plan.pool)
            if score > best:
                best, found, chosen = score, weights, name
            if self.now > latest:
                self.log("no time for more mixes")
                break
        self.log("chosen", of=chosen, mean=round(best, 4))
        return found

    def shallow(self, teacher: Encoder, plan: Plan) -> Encoder:
        """The student of half the layers, from the one of the first run, after its share of the time."""
        settings, store, sampler = self.settings, self.store, self.sampler
        every = torch.arange(len(store), device=self.device)
        if plan.pool:
            every = torch.unique(torch.cat(list(sampler.rows.values())))
            every = torch.unique(torch.cat([store.pairs[every, :2].flatten(), self.questions[: plan.pool]]))
        place = torch.full((len(store),), -1, dtype=torch.int64, device=self.device)
        place[every] = torch.arange(len(every), device=self.device)
        wanted = store.embedded(teacher, every, self.dtype)
        self.log("taught vectors", items=len(every))
        student = self.encoder(self.student)
        pairs = torch.cat(
            [sampler.rows[source].repeat(max(1, round(10 * IMPORTANCE[source]))) for source in sampler.rows]
        )
        step = Steps(student, STUDENT_RATE, self.now, plan.distilled_until)
        third = settings.student_texts // 3
        while self.now < plan.distilled_until or not step.number:
            rows = pairs[torch.randint(len(pairs), (third,), device=self.device)]
            other = sampler.alike[rows, torch.randint(sampler.alike.shape[1], (third,), device=self.device)]
            any_item = every[torch.randint(len(every), (third,), device=self.device)]
            other = torch.where((other < 0) | (place[other.clamp(min=0)] < 0), any_item, other)
            items = torch.unique(torch.cat([store.pairs[rows, 0], store.pairs[rows, 1], other]))
            meant = wanted[place[items]].float()
            try:
                found = self.encoded(student, store.parts(items))
                far = (1 - (found * meant).sum(1)).mean()
                learned = 20 * far + alike(found, meant)
                step.take(learned, self.now)
            except torch.cuda.OutOfMemoryError:
                step.clear()
                found = learned = None  # type: ignore[assignment]
                torch.cuda.empty_cache()
                third = max(64, int(0.75 * third))
                self.log("out of memory", texts=3 * third)
                continue
            if step.number % 40 == 0 or step.number < 3:
                self.log(
                    "distilling", step=step.number, loss=round(float(learned.detach()), 4),  # type: ignore[union-attr]
                    cosine=round(1 - float(far.detach()), 4), million_pieces=round(self.pieces / 1e6, 2),
                )  # fmt: skip
        return student

    def run(self, plan: Plan, out: Path) -> None:
        """All of it, up to the plan's seconds."""
        self.out = out
        out.mkdir(parents=True, exist_ok=True)
        self.store.cases = self.whole
        tuned = self.tune(plan)
        self.written(self.encoder(tuned), "best")
        best = self.encoder(self.best_of(tuned, plan))
        self.written(best, "best")
        student = self.shallow(best, plan)
        self.written(student, "student")
        if not plan.pool:
            self.store.cases = self.whole
        for name in ("student", "best"):
            if self.now < plan.ends:
                self.figures(self.encoder(saved(out, name)), f"{name}, all", most=plan.pool)
        self.log("done")


def alike(vectors: Tensor, base: Tensor, temperature: float = 0.0125) -> Tensor:
    """How far the texts are from being alike in the same way as the base sees them."""
    diagonal = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    own = (vectors @ vectors.T / temperature).masked_fill(diagonal, -1e4)
    wanted = (base @ base.T / temperature).masked_fill(diagonal, -1e4)
    return functional.kl_div(own.log_softmax(1), wanted.softmax(1), reduction="batchmean")


def deltas(path: Path) -> dict[str, Tensor]:
    """What was learned first, less the base: matrices as four bits with a scale a row."""
    found = {}
    with np.load(path) as given:
        for name in given.files:
            if name.endswith(":scale"):
                continue
            if name.endswith(":nibbles"):
                own = name.removesuffix(":nibbles")
                both = given[name]
                numbers = np.stack([both & 15, both >> 4], axis=-1).reshape(len(both), -1).astype(np.float32) - 8
                found[own] = torch.from_numpy(numbers * given[f"{own}:scale"].astype(np.float32)[:, None])
            else:
                found[name] = torch.from_numpy(given[name].astype(np.float32))
    return found


def main() -> None:
    """Train, write, measure."""
    begun = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--first", type=Path, required=True, help="what was learned at a larger rate, less the base")
    parser.add_argument("--student", type=Path, required=True, help="the folder of the student that is started from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=3.5)
    parser.add_argument("--tiny", action="store_true", help="the trial alone")
    options = parser.parse_args()
    torch.set_float32_matmul_precision("high")
    torch.backends.cuda.enable_cudnn_sdp(False)
    small = not torch.cuda.is_available() and options.tiny
    settings = Settings(looked_at=0.6)
    if small:
        settings = dataclasses.replace(settings, pairs=24, queue=32, mixed=6, student_texts=24, layers=2)
    run = Gentle(options.pack, options.base, options.out, options.minutes, settings, begun)
    run.prepared(options.first, options.student)
    trial = Plan(run.now + 2, run.now + 5, run.now + 60, 2 if small else 200, 40 if small else 2000, 1000, 4)
    run.run(trial, Path("/tmp/trial-of-gentle"))
    if options.tiny:
        return
    ends = 60 * options.minutes
    left = ends - run.now
    run.log("trial passed", seconds_left=round(left, 1))
    run.pieces = 0
    run.run(Plan(run.now + 0.52 * left, ends - 9, ends - 2), options.out)


if __name__ == "__main__":
    main()
