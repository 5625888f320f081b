"""Retrieval: recall@k, MRR@k and nDCG@k, as trec_eval computes them, through ir_measures.

    >>> scores = ranked(["b", "a", "c"], {"a": 1})          # the one gold document stands second
    >>> round(scores["mrr@10"], 3), round(scores["ndcg@10"], 3), scores["recall@5"]
    (0.5, 0.631, 1.0)

Järvelin and Kekäläinen 2002 for nDCG; ir_measures: MacAvaney et al. 2022 (arXiv:2111.13466). The tests compare with
pytrec_eval, with ranx where it is installed, and with the formulas written out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.metrics.normal import flat

CUTOFFS = ("recall@1", "recall@5", "recall@10", "recall@100", "mrr@10", "ndcg@10")
_LONG_EVIDENCE = 80


def ranked(order: Sequence[str], gold: Mapping[str, int]) -> dict[str, float]:
    """Each measure of CUTOFFS for one ranking, best first, of distinct ids. `gold`: relevance, 1 or more."""
    import ir_measures
    from ir_measures import RR, R, nDCG

    measures = {
        "recall@1": R @ 1, "recall@5": R @ 5, "recall@10": R @ 10, "recall@100": R @ 100,
        "mrr@10": RR @ 10, "ndcg@10": nDCG @ 10,
    }  # fmt: skip
    # trec_eval sorts by score and breaks ties by id, so the score only says the place.
    run = {"q": {name: float(len(order) - place) for place, name in enumerate(order)}} if order else {"q": {"": 0.0}}
    values = ir_measures.calc_aggregate(measures.values(), {"q": dict(gold)}, run)
    return {name: float(values[measure]) for name, measure in measures.items()}


def evidence_order(passages: Sequence[str], evidence: Sequence[str]) -> list[str]:
    """A ranking of pieces of evidence: at each passage's place the pieces that it is the first to hold.

    A passage that holds nothing new takes a place of its own, so that systems with passages of any size compare.
    """
    left = {f"evidence {number}": flat(piece) for number, piece in enumerate(evidence)}
    order: list[str] = []
    for place, passage in enumerate(passages):
        text = flat(passage)
        new = [name for name, piece in left.items() if in_passage(piece, text)]
        for name in new:
            del left[name]
        order += new or [f"passage {place}"]
    return order


def in_passage(piece: str, passage: str) -> bool:
    """Whether a passage holds the evidence, both without whitespace.

    Evidence longer than 80 characters may be cut by a passage's end: 80 characters of it in a row are enough.
    """
    if len(piece) <= _LONG_EVIDENCE:
        return piece in passage
    return any(piece[at : at + _LONG_EVIDENCE] in passage for at in range(len(piece) - _LONG_EVIDENCE + 1))
