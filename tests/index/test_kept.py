"""Kept: one thread makes what others wait for; the last few stay, as far as they are to be kept."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from index.kept import Kept, uncollected


def test_what_one_thread_is_making_is_made_once() -> None:
    kept: Kept[object] = Kept(2)
    begun, going_on = threading.Event(), threading.Event()
    made = []

    def make() -> object:
        begun.set()
        going_on.wait(10)
        made.append(object())
        return made[-1]

    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(kept.get, "a", make)
        assert begun.wait(10)
        others = [threads.submit(kept.get, "a", make) for _ in range(3)]
        assert kept.get("b", lambda: 1) == 1  # another key waits for nobody
        going_on.set()
        assert [each.result(10) for each in others] == [first.result(10)] * 3
    assert len(made) == 1


def test_who_fails_leaves_it_to_the_next() -> None:
    kept: Kept[int] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 2) == 2


def test_only_the_last_few_stay_and_what_is_to_be_kept() -> None:
    kept: Kept[int] = Kept(2)
    for key in "abab":
        assert kept.get(key, lambda key=key: ord(key)) == ord(key)
    kept.get("c", lambda: 1)
    assert kept.get("b", lambda: 0) == ord("b")
    assert kept.get("a", lambda: 0) == 0
    assert kept.get("d", lambda: 1, keeps=lambda _: False) == 1
    assert kept.get("d", lambda: 2) == 2


def test_without_collection_is_over_when_it_ends() -> None:
    was_on = []

    def fail() -> None:
        with uncollected():
            was_on.append(gc.isenabled())
            raise ValueError("any")

    with pytest.raises(ValueError, match="any"):
        fail()
    assert was_on == [False]
    assert gc.isenabled()
