"""What is counted of a question's way, on a toy package of two files."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.way import Step, Way, counted, followed, table

SHOP = """
from functools import reduce
from toy.till import Till, coins, threaded

def one():
    return 1

def alone():
    return one() + one()

def pays():
    return Till().add(2)

def by_lambda():
    return sorted([2, 1], key=lambda coin: one() * coin)

def by_comprehension():
    return [one() for _ in range(3)] + list(one() for _ in range(2))

def by_generator():
    return list(coins())

def by_library():
    return reduce(Till.sum, [1, 2, 3])

def by_inner():
    def inner():
        return one()
    return inner()

def by_thread():
    return threaded(one)
"""
TILL = """
from threading import Thread

class Till:
    @staticmethod
    def sum(left, right):
        return left + right

    def add(self, coin):
        return self.sum(coin, coin)

def coins():
    yield 1
    yield from more()

def more():
    yield 2
    yield 3

def threaded(call):
    thread = Thread(target=call)
    thread.start()
    thread.join()
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "shop.py").write_text(SHOP, encoding="utf8")
    (folder / "till.py").write_text(TILL, encoding="utf8")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "toy"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("alone", Way(files=1, moves=0, functions=2, calls=3)),
        # Into add; sum is called from its own file.
        ("pays", Way(files=2, moves=1, functions=3, calls=3)),
        ("by_lambda", Way(files=1, moves=0, functions=2, calls=3)),
        ("by_comprehension", Way(files=1, moves=0, functions=2, calls=6)),
        # Three values, and each generator is called once.
        ("by_generator", Way(files=2, moves=1, functions=3, calls=3)),
        # The library between them is passed over: the caller is by_library, twice.
        ("by_library", Way(files=2, moves=2, functions=2, calls=3)),
        # inner is a call, and no function of its own.
        ("by_inner", Way(files=1, moves=0, functions=2, calls=3)),
        # A thread starts anew: none of ours called one.
        ("by_thread", Way(files=2, moves=1, functions=3, calls=3)),
    ],
)
def test_counting(toy: Path, name: str, way: Way) -> None:
    call: Callable[[], object] = getattr(importlib.import_module("toy.shop"), name)
    _, steps = followed(call, [toy])
    assert counted(steps) == way


def test_only_files_in_the_folders_count_and_the_profiler_goes_away(toy: Path) -> None:
    shop = importlib.import_module("toy.shop")
    before = sys.getprofile()
    assert followed(shop.pays, [toy / "elsewhere"]) == (4, [])
    with pytest.raises(ZeroDivisionError):
        followed(lambda: 1 // 0, [toy])
    assert sys.getprofile() is before


def test_importing_is_no_call(toy: Path) -> None:
    _, steps = followed(lambda: importlib.import_module("toy.shop"), [toy])
    assert steps == []


def test_files_of_several_questions_are_counted_once_and_moves_add_up() -> None:
    asked = [Step(None, "ask.py", "ask"), Step("ask.py", "words.py", "words")]
    assert counted(asked + asked) == Way(files=2, moves=2, functions=2, calls=4)


def test_the_table() -> None:
    numbers = {"files": 2, "moves": 1, "functions": 3, "calls": 12345}
    row = {"kind": "list", "question": "有哪些？", "status": "answered", **numbers}
    assert table({"questions": [row], "together": numbers}).splitlines() == [
        "kind      files  moves  functions   calls  status     question",
        "list          2      1          3   12345  answered   有哪些？",
        "together      2      1          3   12345",
    ]
