"""How a question travels through the code: `.venv/bin/python -m benchmarks.way [--json]`.

    kind      files  moves  functions   calls  status     question
    figure       …      …          …       …  answered   2025年嘉兴农村居民人均可支配收入是多少？

Four questions on the sample library, each in a process of its own and to an assistant that has answered one other
question before: what is loaded once is loaded, and nothing is remembered of the question. Two numbers
are for comparing layouts of the code:

- files: how many files under sources/, index/ and assistant/ have a function that was called;
- moves: how many calls came from another of these files. The caller is the nearest function of ours; a call that none
  of ours made, like the first, is no move.

Functions are counted once each, calls as often as they are made. A lambda, a comprehension or a generator expression is
a part of the function it stands in: it is no call, and what it calls is called from its file. A function within another
is counted under the outer one's name. A generator is called when its first value is asked for, and not again when it
goes on. What a cache answers is no call. In the last row, files and functions are those of any question, moves and
calls are sums.
"""

from __future__ import annotations

import argparse
import inspect
import json
import multiprocessing
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, TypeVar

from assistant.ask import build
from assistant.config import Config

ROOT = Path(__file__).parents[1]
FOLDERS = [ROOT / stage for stage in ("sources", "index", "assistant")]
WARM_UP = "舟山市撤并了多少所学校？"
QUESTIONS = {
    "figure": "2025年嘉兴农村居民人均可支配收入是多少？",
    "list": "浙江的中心镇分成哪四条赛道？",
    "trend": "嘉兴城乡居民收入比历年变化如何？",
    "refusal": "2010年嘉兴农村居民人均可支配收入是多少？",
}
_ROW = "{:<8}  {:>5}  {:>5}  {:>9}  {:>6}  {:<9}  {}"
_CODE_OF_FUNCTIONS = inspect.CO_OPTIMIZED
_CODE_OF_GENERATORS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

Result = TypeVar("Result")


class Step(NamedTuple):
    """One call of a function."""

    caller: str | None
    """The file of the nearest function of ours that made the call; None: none did."""
    file: str
    function: str
    """Its name within the file, with its class."""


@dataclass(frozen=True, slots=True)
class Way:
    """What there is to count in some steps."""

    files: int
    moves: int
    functions: int
    calls: int


def followed(call: Callable[[], Result], folders: Sequence[Path]) -> tuple[Result, list[Step]]:
    """What `call` returns, and the calls of functions in files under `folders` that it made, in their order.

    Threads that it starts are followed, too; those that ran before are not.
    """
    within = [folder.resolve() for folder in folders]
    steps: list[Step] = []

    @cache
    def is_ours(filename: str) -> bool:
        path = Path(filename).resolve()
        return any(path.is_relative_to(folder) for folder in within)

    def record(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call" or not is_ours(code.co_filename) or not _begins_a_function(frame):
            return
        caller = frame.f_back
        while caller is not None and not is_ours(caller.f_code.co_filename):
            caller = caller.f_back
        function = code.co_qualname.split(".<locals>")[0]
        # Appending is atomic: threads share the list.
        steps.append(Step(caller and caller.f_code.co_filename, code.co_filename, function))

    before = sys.getprofile(), threading.getprofile()
    threading.setprofile(record)
    sys.setprofile(record)
    try:
        result = call()
    finally:
        sys.setprofile(before[0])
        threading.setprofile(before[1])
    return result, steps


def counted(steps: Iterable[Step]) -> Way:
    """The numbers of some steps."""
    steps = list(steps)
    return Way(
        files=len({step.file for step in steps}),
        moves=sum(step.caller not in (None, step.file) for step in steps),
        functions=len({(step.file, step.function) for step in steps}),
        calls=len(steps),
    )


def asked(question: str, data: Path) -> tuple[str, list[Step]]:
    """The status of the answer, and the steps to it, from the index in `data` and after another question."""
    assistant = build(Config(data_dir=data))
    try:
        assistant.ask(WARM_UP)
        answer, steps = followed(partial(assistant.ask, question), FOLDERS)
    finally:
        assistant.close()
    return answer.status, steps


def measure() -> dict[str, Any]:
    """The numbers of every question and of all together, as `--json` prints them."""
    rows: list[dict[str, Any]] = []
    every: list[Step] = []
    spawned = multiprocessing.get_context("spawn")
    # One process a question: caches of modules outlive an assistant, and would make the numbers hang on the order.
    with (
        tempfile.TemporaryDirectory() as data,
        ProcessPoolExecutor(1, mp_context=spawned, max_tasks_per_child=1) as processes,
    ):
        build(Config(data_dir=Path(data))).close()
        for kind, question in QUESTIONS.items():
            status, steps = processes.submit(asked, question, Path(data)).result()
            rows.append({"kind": kind, "question": question, "status": status, **asdict(counted(steps))})
            every += steps
    return {"questions": rows, "together": asdict(counted(every))}


def table(measured: dict[str, Any]) -> str:
    """The same for people."""
    head = ["kind", "files", "moves", "functions", "calls", "status", "question"]
    rows = [*measured["questions"], {"kind": "together", **measured["together"]}]
    return "\n".join(
        _ROW.format(*row).rstrip() for row in [head, *([row.get(key, "") for key in head] for row in rows)]
    )


def main() -> None:
    """Print the numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    measured = measure()
    print(json.dumps(measured, ensure_ascii=False, indent=2) if given.json else table(measured))


def _begins_a_function(frame: FrameType) -> bool:
    """Is a named function called here? A lambda, a module, a class body and a generator that goes on are none."""
    code = frame.f_code
    if code.co_name.startswith("<") or not code.co_flags & _CODE_OF_FUNCTIONS:
        return False
    # The profiler tells of a generator's start and of its going on alike; RESUME, where it stands, has 0 for a start.
    return not code.co_flags & _CODE_OF_GENERATORS or code.co_code[frame.f_lasti + 1] == 0


if __name__ == "__main__":
    main()
