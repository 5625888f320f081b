"""Our figures against the data set's own neutral scorer, item by item, run as it is given."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.answers import Answer
from eval.cases import Case, read
from eval.libraries import opened
from eval.reply import Reply
from eval.reports.scores import scores
from eval.reports.summary import Summary
from eval.results import Row

SHARED = Path(__file__).parents[2] / ".." / "shared"
QUESTIONS = SHARED / "qa" / "seeds-dev.jsonl"
pytestmark = pytest.mark.skipif(not QUESTIONS.exists(), reason="the shared questions are not beside the repository")
GARBAGE = "共[1]1,234,567.8亿 元、百分之五，５４９３９元【2】；第６位= 12.5 *x* 2024年07月 ①"


def answers(kind: str, cases: list[Case]) -> dict[str, Answer]:
    """Answers of every quality: canonical, evidence as it stands, another case's, refusals, garbage, mixed, none."""
    rng = random.Random(kind)
    made = {}
    for case in cases:
        other = rng.choice(cases)
        texts = {
            "canonical": case.answer,
            "evidence": "".join(f"{piece}。[1]" for piece in case.evidence) or "没有。",
            "other": f"{other.answer}{case.question}",
            "refused": "文档中没有找到。",
            "garbage": GARBAGE,
            "forbidden": f"{case.answer} 另有 {' '.join(case.must_not)}",
            "long": f"{case.answer}{'，' * 500}",
        }
        chosen = rng.choice(list(texts)) if kind == "mixed" else kind
        status = "not_found" if chosen == "refused" else rng.choice(["answered"] * 4 + ["clarify"])
        cited = case.evidence if rng.random() < 0.7 else other.evidence
        made[case.id] = Answer.from_json(
            {
                "id": case.id,
                "question": case.question,
                "status": status if kind == "mixed" or chosen == "refused" else "answered",
                "answer": texts[chosen],
                "citations": [citation(n, piece, rng) for n, piece in enumerate(cited, 1)],
            }
        )
    return made


def citation(number: int, evidence: str, rng: random.Random) -> dict[str, object]:
    """A citation whose passage may hold the evidence with spaces and line breaks in it, or only half of it."""
    broken = "".join(c + rng.choice(["", "", "\n", " "]) for c in evidence)
    passage = rng.choice([broken, f"前文2019年。{broken}后文", evidence[: len(evidence) // 2]])
    return {
        "number": number, "document_id": "d", "title": "t", "publisher": None, "published": None, "section": "",
        "page": None, "quote": rng.choice([evidence, evidence[:5]]), "start": 0, "end": 1, "passage": passage,
        "passage_start": 0,
    }  # fmt: skip


def neutral(made: dict[str, Answer], folder: Path) -> tuple[dict[str, object], dict[str, tuple[bool, bool, bool]]]:
    """What score.py prints: its summary, and right, focused and cited of each miss."""
    path = folder / "answers.jsonl"
    path.write_text(
        "".join(json.dumps({**answer.to_json(), "id": id_}, ensure_ascii=False) + "\n" for id_, answer in made.items()),
        encoding="utf-8",
    )
    command = [sys.executable, "score.py", str(QUESTIONS.resolve()), str(path)]
    done = subprocess.run(command, cwd=SHARED / "qa", capture_output=True, text=True, encoding="utf-8", check=True)
    missed = re.findall(r"^(jx-\d+) \| \S+ \| right=(\w+) focused=(\w+) cited=(\w+)", done.stderr, re.MULTILINE)
    return json.loads(done.stdout), {id_: (r == "True", f == "True", c == "True") for id_, r, f, c in missed}


@pytest.mark.parametrize(
    "kind", ["canonical", "evidence", "other", "refused", "garbage", "forbidden", "long", "mixed", "missing"]
)
def test_our_figures_are_the_neutral_scorers_to_the_last_item(kind: str, tmp_path: Path) -> None:
    cases = list(read(QUESTIONS))
    made = {} if kind == "missing" else answers(kind, cases)
    theirs, missed = neutral(made, tmp_path)
    library = opened(SHARED / "seeds")
    summary = Summary("seeds-dev", kind)
    for case in cases:
        reply = Reply(case.id, made.get(case.id))
        found = scores(case, reply, library)
        summary.add(Row(case.id, case.type, reply.status, case.answerable, None, found))
        cited = found["cited"] if case.answerable else found["right"]
        assert (found["right"], found["focused"], cited) == missed.get(case.id, (True, True, True)), case.id
    assert summary.neutral() == theirs
