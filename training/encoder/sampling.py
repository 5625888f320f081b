"""Draws batches of pairs, with passages that look alike and don't answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from training.encoder.data import Store
from training.encoder.kinds import UNJUDGED, Kind, Source
from training.encoder.network import Encoder

IMPORTANCE = {
    Source.CMRC: 0.7, Source.DRCD: 0.5, Source.SQUAD: 0.5, Source.DUREADER: 1.0, Source.XQUAD: 0.4, Source.CAIL: 0.4,
    Source.NCP_ANSWER: 1.0, Source.NCP: 1.6, Source.STARD: 1.8, Source.SCENE: 1.5, Source.LEGALQA: 0.8,
    Source.MESSAGE: 1.6, Source.GUANGZHOU: 1.6, Source.SITE: 1.0, Source.HEADLINE: 0.5, Source.TITLE: 0.3,
    Source.NEWS: 0.3, Source.CITED: 0.8, Source.DEFINITION: 0.8, Source.SECTION: 0.8, Source.PARAPHRASE: 0.4,
    Source.WORDS: 1.0,
}  # fmt: skip
"""How much a source counts beside the square root of its size."""
CLOZES = 0.1
"""The share of a batch that is drawn from passages alone."""
BARE = 0.2
"""How often a passage's title is left out, lest it be all that is looked at."""
KEPT = 16
"""How many look-alikes are kept for a pair."""
_LOOKED_AT, _SKIPPED = 64, 16


@dataclass(frozen=True)
class Batch:
    """Questions, their answers row by row and then others that don't answer, as parts of the store's texts."""

    asked: Tensor
    answers: Tensor
    asked_items: Tensor
    """-1 for a sentence out of a passage."""
    items: Tensor
    """Of `answers`."""
    unjudged: Tensor


class Sampler:
    """Draws pairs source by source, each pair of a source once before any comes again."""

    def __init__(
        self,
        store: Store,
        size: int,
        *,
        most_pairs: int = 0,
        seed: int = 1,
        importance: Mapping[Source, float] = IMPORTANCE,
        near: float = 0.95,
        late: bool = True,
    ) -> None:
        """Look-alikes are at most `near` as far above the mean as the answer; `late`: if none is, from some rank on."""
        self.store, self.device, self.importance, self.near, self.late = store, store.device, importance, near, late
        self.generator = torch.Generator(device=store.device).manual_seed(seed)
        every = torch.arange(len(store.pairs), device=store.device)
        self.rows = {
            source: self._shuffled(every[store.pairs[:, 2] == source])[: most_pairs or None]
            for source in importance
            if bool((store.pairs[:, 2] == source).any())
        }
        self.places = dict.fromkeys(self.rows, 0)
        self.passages = every_of(store, Kind.PASSAGE)
        self.passages = self.passages[store.lengths[store.text[self.passages]] > 40]
        self.positives = torch.unique(store.pairs[:, 0] * len(store) + store.pairs[:, 1])
        self.alike = torch.full((len(store.pairs), KEPT), -1, dtype=torch.int64, device=store.device)
        self.unjudged = torch.tensor([int(source in UNJUDGED) for source in Source], device=store.device).bool()
        self.resize(size)

    def resize(self, size: int) -> None:
        """Draw so many pairs at a time from now on."""
        self.size = size
        self.clozes = max(1, round(CLOZES * size))
        weights = {source: self.importance[source] * math.sqrt(len(rows)) for source, rows in self.rows.items()}
        share = (size - self.clozes) / sum(weights.values())
        self.share = {source: weight * share for source, weight in weights.items()}
        self.owed = dict.fromkeys(self.rows, 0.0)

    def batch(self) -> Batch:
        """The next one."""
        store = self.store
        pairs = torch.cat([self._next(source) for source in self.rows])
        drawn = store.pairs[pairs]
        bare = (drawn[:, 3] == 1) | (self._chance(len(drawn)) < BARE)
        clozed = self.passages[self._integers(self.clozes, len(self.passages))]
        sentences, around = store.cloze(clozed, self.generator)
        others = self._others(pairs, drawn)
        answers = torch.cat([store.parts(drawn[:, 1], bare), around, store.parts(others, bare)])
        minus = torch.full_like(clozed, -1)
        unjudged = torch.cat([self.unjudged[drawn[:, 2]], torch.ones_like(clozed).bool()])
        return Batch(
            torch.cat([store.parts(drawn[:, 0]), sentences]),
            answers,
            torch.cat([drawn[:, 0], minus]),
            torch.cat([drawn[:, 1], clozed, others]),
            unjudged,
        )

    def hidden(self, batch: Batch, items: Tensor) -> Tensor:
        """(questions, items) where an item may answer a question, own rows apart."""
        store = self.store
        keys = batch.asked_items[:, None] * len(store) + items
        place = torch.searchsorted(self.positives, keys).clamp(max=len(self.positives) - 1)
        found: Tensor = (self.positives[place] == keys) & (batch.asked_items[:, None] >= 0)
        own = batch.items[: len(batch.asked)]
        found |= store.text[own][:, None] == store.text[items]
        found |= batch.asked_items[:, None] == items
        return found

    @torch.no_grad()
    def mine(self, encoder: Encoder, dtype: torch.dtype, *, share: float = 1.0, most: int = 0) -> None:
        """Look for look-alikes of all pairs with what the encoder has learned so far; among a share of all passages."""
        store = self.store
        for kind in Kind:
            sources = [s for s in self.rows if (s in (Source.PARAPHRASE, Source.WORDS)) == (kind == Kind.QUERY)]
            if not sources:
                continue
            pairs = torch.cat([self.rows[source] for source in sources])
            drawn = store.pairs[pairs]
            pool = drawn[:, 1]
            if kind == Kind.PASSAGE:
                others = self._shuffled(every_of(store, kind))
                pool = torch.cat([pool, others[: min(int(share * len(others)), most or len(others))]])
            pool = torch.unique(pool)
            texts = store.embedded(encoder, pool, dtype)
            items, row = torch.unique(drawn[:, 0], return_inverse=True)
            own = store.embedded(encoder, items, dtype)
            answers = torch.searchsorted(pool, drawn[:, 1].contiguous())
            for start in range(0, len(pairs), 2048):
                some = slice(start, start + 2048)
                asked = own[row[some]]
                right = (asked * texts[answers[some]]).sum(1)
                self.alike[pairs[some]] = self._alike(drawn[some], asked @ texts.T, right, pool)

    def _alike(self, drawn: Tensor, scores: Tensor, right: Tensor, pool: Tensor) -> Tensor:
        """Of the best of the pool those that are less near than the answer; where it is far, those after the first."""
        best, places = scores.topk(min(_LOOKED_AT, scores.shape[1]), dim=1)
        items = pool[places]
        mean = scores.float().mean(1)
        bound = mean + self.near * (right.float() - mean)
        store = self.store
        keys = drawn[:, :1] * len(store) + items
        place = torch.searchsorted(self.positives, keys).clamp(max=len(self.positives) - 1)
        wrong = (self.positives[place] != keys) & (items != drawn[:, :1])
        wrong &= store.text[items] != store.text[drawn[:, 1]][:, None]
        fit = wrong & (best.float() < bound[:, None])
        if self.late:
            late = wrong & (torch.arange(items.shape[1], device=items.device) >= _SKIPPED)
            fit = torch.where(fit.sum(1, keepdim=True) >= KEPT // 2, fit, late)
        order = torch.argsort((~fit).to(torch.int8), dim=1, stable=True)[:, :KEPT]
        found = torch.where(torch.gather(fit, 1, order), torch.gather(items, 1, order), -1)
        if found.shape[1] < KEPT:
            found = torch.cat([found, found.new_full((len(found), KEPT - found.shape[1]), -1)], dim=1)
        return found

    def _others(self, pairs: Tensor, drawn: Tensor) -> Tensor:
        """For each pair one that looks alike; any passage where none is known."""
        place = self._integers(len(pairs), KEPT)
        found = torch.gather(self.alike[pairs], 1, place[:, None])[:, 0]
        first = self.alike[pairs, 0]
        found = torch.where(found < 0, first, found)
        given = (drawn[:, 4] >= 0) & ((self._chance(len(pairs)) < 0.5) | (found < 0))
        found = torch.where(given, drawn[:, 4], found)
        return torch.where(found < 0, self.passages[self._integers(len(pairs), len(self.passages))], found)

    def _next(self, source: Source) -> Tensor:
        self.owed[source] += self.share[source]
        wanted = int(self.owed[source])
        self.owed[source] -= wanted
        rows = self.rows[source]
        taken = []
        while wanted > 0:
            at = self.places[source]
            some = rows[at : at + wanted]
            taken.append(some)
            wanted -= len(some)
            self.places[source] = at + len(some)
            if self.places[source] >= len(rows):
                self.rows[source] = rows = self._shuffled(rows)
                self.places[source] = 0
        return torch.cat(taken) if taken else rows[:0]

    def _shuffled(self, values: Tensor) -> Tensor:
        return values[torch.randperm(len(values), generator=self.generator, device=self.device)]

    def _integers(self, number: int, below: int) -> Tensor:
        return torch.randint(below, (number,), generator=self.generator, device=self.device)

    def _chance(self, number: int) -> Tensor:
        return torch.rand(number, generator=self.generator, device=self.device)


def every_of(store: Store, kind: Kind) -> Tensor:
    """All items of a kind."""
    return torch.nonzero(store.kind == kind)[:, 0]
