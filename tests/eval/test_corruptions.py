"""The checker's floors on the sample library: what it catches of answers made wrong, and what it lets through."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from assistant.answers import Answer
from assistant.config import Config
from assistant.question.conversation import understand
from assistant.written.writer import ModelAnswerer
from eval.parts.corruptions import FLOORS, GROUPS, MOST_FALSE_ALARMS, corrupted, measure, verdict_on
from eval.parts.gold_answers import Gold, golds, passage_at
from eval.scripted import OpenAIServer, Reply
from index.hits import Hit


@pytest.fixture(scope="module")
def library() -> list[Gold]:
    return golds("library")


def source(gold: Gold) -> list[Hit]:
    """What the gold answer rests on, as it would be found."""
    cited = gold.citations[0]
    return [Hit(passage_at(gold.documents[cited.document_id], cited.start), 1.0, 1.0, 1.0)]


def test_what_is_wrong_is_caught_and_what_is_right_passes(library: list[Gold]) -> None:
    halves = measure(library)

    right, alarms = (sum(counts) for counts in zip(*((h.right, len(h.false_alarms)) for h in halves), strict=True))
    made: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for half in halves:
        made.update({GROUPS[kind]: 0 for kind in half.made})
        for kind, count in half.made.items():
            made[GROUPS[kind]] += count
            missed[GROUPS[kind]] += len(half.missed[kind])
    assert right >= 70
    assert alarms <= MOST_FALSE_ALARMS * right
    for group, floor in FLOORS.items():
        assert made[group] >= 50, group
        assert 1 - missed[group] / made[group] >= floor, (group, missed[group], made[group])


def test_the_same_seed_makes_the_same_and_nothing_made_is_the_right_answer(library: list[Gold]) -> None:
    for gold in library[:12]:
        once, again = list(corrupted(gold, seed=3)), list(corrupted(gold, seed=3))

        assert once == again
        assert all(wrong.gold != gold for wrong in once)
        assert {wrong.kind for wrong in once} <= GROUPS.keys()


@pytest.mark.parametrize("streamed", [True, False])
def test_what_a_model_gets_wrong_is_never_the_answer(library: list[Gold], streamed: bool) -> None:
    """Through the whole chain: the model writes the corrupted answer, and writes it again when asked to mend it."""
    kinds = ("number", "unit", "invented", "year", "region", "negation", "copied")
    cases = [wrong for gold in library if gold.form == "quoted" for wrong in corrupted(gold) if wrong.kind in kinds]
    for wrong in Random(5).sample(cases, 12):
        gold = wrong.gold
        instead = Answer("f", gold.question, gold.question, "not_found", "文档中没有找到。")
        with OpenAIServer([Reply(gold.text)]) as server:
            config = Config(Path("unused"), model="wrong", base_url=server.base_url, api_key="unused")
            answerer = ModelAnswerer(config=config, max_retries=0)
            ask = answerer.stream if streamed else answerer.answer
            said = ask(
                understand(gold.question),
                source(gold),
                document=gold.documents.__getitem__,
                fallback=lambda instead=instead: instead,
            )
            answer = said if isinstance(said, Answer) else list(said)[-1]

        assert isinstance(answer, Answer)
        assert answer.answer == instead.answer, (wrong.kind, gold.text)
        assert answer.notice
        assert len(server.requests) == 2


def test_the_chain_lets_the_right_ones_through(library: list[Gold]) -> None:
    through = 0
    asked = [gold for gold in library if gold.form == "restated"][:10]
    for gold in asked:
        assert verdict_on(gold).ok
        with OpenAIServer([Reply(gold.text)]) as server:
            config = Config(Path("unused"), model="right", base_url=server.base_url, api_key="unused")
            answer = ModelAnswerer(config=config, max_retries=0).answer(
                understand(gold.question),
                source(gold),
                document=gold.documents.__getitem__,
                fallback=lambda: Answer("f", "", "", "not_found", ""),
            )
        through += answer.engine == "right" and answer.verdict is not None and answer.verdict.ok
    assert through >= 9, (through, len(asked))
