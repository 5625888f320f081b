"""How conversations are made to learn from, and that what is learned from them completes them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from assistant.question.talk import Networks, completed
from training.talk import networks
from training.talk.made import Maker

SAMPLES = list(Maker(3).samples(260))


def test_made_conversations_are_of_every_sort_and_the_same_again() -> None:
    assert list(Maker(3).samples(260)) == SAMPLES
    assert set(Counter(each.relation for each in SAMPLES)) == {"alone", "leans", "goes on"}
    assert {each.leans_on for each in SAMPLES} == {"question", "pair", "item", "paper", "reply"}


def test_what_stands_by_itself_or_goes_on_is_in_full_already() -> None:
    for each in SAMPLES:
        if each.relation == "alone":
            assert each.completed == each.asked
        if each.relation == "goes on":
            assert each.completed == each.before[-1 - each.back]


def test_little_is_learned_in_a_moment_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "every_sample", lambda *, kept_aside: SAMPLES[::10] if kept_aside else SAMPLES)
    monkeypatch.setattr(networks, "every_question", lambda *_: [each.completed for each in SAMPLES])
    learned = networks.learn()
    learned.save(tmp_path)
    read = Networks.load(tmp_path)
    for part in ("pair.w", "seam.in"):
        np.testing.assert_allclose(read.reading[part], learned.reading[part], atol=1e-2)
    found = [completed(each.asked, each.before, each.answers, each.papers, networks=read) for each in SAMPLES]
    right = [one.relation == each.relation for one, each in zip(found, SAMPLES, strict=True)]
    assert sum(right) / len(right) > 0.8
    assert networks.check(read)
