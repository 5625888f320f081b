"""Asking a model to judge a run's answers, and how far it agrees with the rules or with a person."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.metrics.agreement import kappa
from eval.metrics.judge import prompt, verdict_of
from eval.metrics.normal import bare
from eval.results import Outcome

Judge = Callable[[str], str]
"""Takes a prompt, gives the model's reply."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What a judge said about one system on one set."""

    verdicts: Mapping[str, str]
    """Case id → right, partly, wrong."""
    unparseable: tuple[str, ...]
    """Cases whose verdict couldn't be read; they have no score."""

    @property
    def right(self) -> float | None:
        """Share judged right of those that were judged."""
        return Counter(self.verdicts.values())["right"] / len(self.verdicts) if self.verdicts else None

    def agreement(self, labels: Mapping[str, str]) -> tuple[float | None, int]:
        """Cohen's kappa with the labels, and on how many cases."""
        both = [case for case in self.verdicts if case in labels]
        return kappa([self.verdicts[c] for c in both], [labels[c] for c in both]), len(both)


def judge(outcome: Outcome, ask: Judge) -> Judging:
    """Every answered case that has a gold answer, judged; what was judged before is kept (`judged.jsonl`)."""
    path = outcome.folder / "judged.jsonl"
    verdicts = dict(_kept(path))
    replies = outcome.replies()
    with path.open("a", encoding="utf-8") as file:
        for case in outcome.cases():
            answer = replies.get(case.id).answer
            if case.id in verdicts or not (case.answer and answer and answer.status == "answered"):
                continue
            verdicts[case.id] = ask(prompt(question=case.question, gold=case.answer, answer=bare(answer.answer)))
            file.write(json.dumps({"case": case.id, "reply": verdicts[case.id]}, ensure_ascii=False) + "\n")
            file.flush()
    return _judging(verdicts)


def judged(outcome: Outcome) -> Judging:
    """What the judge has said so far."""
    return _judging(dict(_kept(outcome.folder / "judged.jsonl")))


def rule_labels(outcome: Outcome) -> dict[str, str]:
    """What the rules say of each case that they can decide: right or wrong."""
    return {
        row.case_id: "right" if row.scores["right"] else "wrong"
        for row in outcome.rows()
        if row.scores["right"] is not None
    }


def read_labels(path: Path) -> dict[str, str]:
    """A person's verdicts from a CSV file with the columns case and verdict. Raises ValueError without those."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"case", "verdict"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{path}：要有 case 和 verdict 两栏，只有 {'、'.join(rows.fieldnames or ())}")
        return {row["case"]: row["verdict"] for row in rows if row["verdict"]}


def _judging(replies: Mapping[str, str]) -> Judging:
    verdicts = {case: verdict_of(reply) for case, reply in replies.items()}
    return Judging(
        {case: verdict for case, verdict in verdicts.items() if verdict},
        tuple(case for case, verdict in verdicts.items() if verdict is None),
    )


def _kept(path: Path) -> Iterator[tuple[str, str]]:
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                data = json.loads(line)
                yield data["case"], data["reply"]
