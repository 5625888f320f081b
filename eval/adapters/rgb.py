"""RGB (Chen et al. 2023, arXiv:2309.01431): questions on web passages, some of them noise, planted or all useless.

    {"id": 0, "query": "寺庙踩踏事故死亡人数", "answer": ["12人"], "positive": ["…12人死亡…"], "negative": ["…"]}

Options: `passages` (5) given with each question, `noise` (0.0) the share of them that don't help; at 1 nothing helps,
and declining is right. `held_out` asks the half only that nothing which ships has learned from. In the integration set
each part of the answer has passages of its own; in the counterfactual set `planted = true` gives the passages with the
planted error. As in RGB, an answer is right when it contains the gold one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.cases import Case, CaseSet, lines, parsed
from eval.splits import held_out


def load(path: Path, seed: int, options: Mapping[str, Any]) -> CaseSet:
    """The questions, each with passages of its own, mixed in an order that the seed decides."""
    noise, count = float(options.get("noise", 0.0)), int(options.get("passages", 5))
    planted, aside = bool(options.get("planted")), bool(options.get("held_out"))
    if not 0 <= noise <= 1:
        raise ValueError(f"noise 是 0 到 1 的比例，不能是 {noise}")

    def cases() -> Iterator[Case]:
        for number, line in lines(path):
            item: Any = line
            if aside and not held_out(f"rgb-{item['id']}"):
                continue
            case = _case(item, path, number, seed=seed, noise=noise, count=count, planted=planted)
            if case.contexts:  # a few questions have no useless passage at all
                yield case

    return CaseSet(cases)


def _case(item: Any, path: Path, number: int, *, seed: int, noise: float, count: int, planted: bool) -> Case:
    rng = random.Random(f"{seed}:{path.name}:{item['id']}")
    wanted = count - round(noise * count)
    helpful = _helpful(item["positive_wrong"] if planted else item["positive"], wanted)
    useless = item["negative"][: count - len(helpful)]
    passages = [*helpful, *useless]
    rng.shuffle(passages)
    groups = _groups(item["answer"])
    return parsed(
        {
            "id": f"{path.stem}-{item['id']}",
            "type": "unanswerable" if not helpful else "planted" if planted else f"noise {noise:g}",
            "question": item["query"],
            "answer": "，".join(group[0] for group in groups),
            "must_include": groups if helpful else [],
            "must_not": _fakes(item, groups) if planted else [],
            "answerable": bool(helpful),
            "refusal_ok": planted,
            "contexts": [{"id": f"{i:02d}", "text": text} for i, text in enumerate(passages)],
        },
        path=path,
        line=number,
    )


def _helpful(positive: list[str] | list[list[str]], wanted: int) -> list[str]:
    """`wanted` positive passages; of an integration question, one of each part before a second of any."""
    if positive and isinstance(positive[0], list):
        longest = max(len(part) for part in positive)
        turns = [part[i] for i in range(longest) for part in positive if i < len(part)]
        return turns[:wanted]
    return [text for text in positive if isinstance(text, str)][:wanted]


def _fakes(item: Any, groups: list[list[str]]) -> list[str]:
    """The planted answers; in one question the planted answer is the right one too."""
    true = {wording for group in groups for wording in group}
    return [fake for group in _groups(item["fakeanswer"]) for fake in group if fake not in true]


def _groups(answer: str | list[str] | list[list[str]]) -> list[list[str]]:
    """Of each group one wording must be in the answer."""
    parts = [answer] if isinstance(answer, str) else answer
    return [[part] if isinstance(part, str) else part for part in parts]
