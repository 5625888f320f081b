"""A server that answers while another process indexes: `python -m benchmarks.live [--files 10000] [--askers 16]`.

    idle            p50 … ms  p95 … ms  p99 … ms   … answers, 0 errors, 0 wrong
    while indexing  p50 … ms  p95 … ms  p99 … ms   … answers, 0 errors, 0 wrong   ratio of p95 …
    memory          … MB at first, … MB at the end, … MB at most

Small files are made, of which some are indexed first, each with a number that nothing else says. `youju serve` answers
askers who ask one question after the other, first for `--idle-s` seconds with nothing else to do, then while
`youju index` reads the others and new versions of some: until it has done so, and for `--least-s` seconds at least.
An answer is wrong when it has neither the number that was acknowledged before the question nor, for a file that changes
meanwhile, the new one, or sets another village's beside it; once `youju index` has ended only the new one is right.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
_START_S = 300.0
_NAMES = "清白石龙凤金银东西南北上下高平安宁永春长兴梅"


@dataclass
class Asked:
    """What askers were answered in one phase."""

    times_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Percentiles and counts."""
        at = self.percentiles()
        shown = "  ".join(f"p{name} {at[name] * 1000:.0f} ms" for name in (50, 95, 99))
        return f"{shown}   {len(self.times_s)} answers, {len(self.errors)} errors, {len(self.wrong)} wrong"

    def percentiles(self) -> dict[int, float]:
        """In seconds."""
        cuts = statistics.quantiles(self.times_s, n=100)
        return {name: cuts[name - 1] for name in (50, 95, 99)}


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    idle: Asked
    indexing: Asked
    after: Asked
    """Each changed file asked once when all is done."""
    memory_mb: list[float]
    """Of the server, every second while indexing."""
    indexing_s: float


def name_of(number: int) -> str:
    """A village for each number below 10,648."""
    rest, last = divmod(number, len(_NAMES))
    first, second = divmod(rest, len(_NAMES))
    return f"{_NAMES[first]}{_NAMES[second]}{_NAMES[last]}村"


def question(number: int) -> str:
    """What only one file answers."""
    return f"{name_of(number)}2025年水稻补贴标准是每亩多少元？"


def write(folder: Path, number: int, value: int) -> None:
    """A file that says a value."""
    village = name_of(number)
    lines = (
        f"{village}2025年补贴办法", "", "一、标准", f"{village}2025年水稻补贴标准为每亩{value}元。", "二、办理",
        f"由{village}村委会办理，{village}村民凭身份证申请。",
    )  # fmt: skip
    part = folder.parent / f"{number}.part"
    part.write_text("\n".join(lines), encoding="utf8")
    part.replace(folder / f"{number}.txt")


@contextmanager
def serving(data: Path) -> Iterator[tuple[str, int]]:
    """A server over `data`: its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "assistant.cli", "serve", "--port", str(port), "--data-dir", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + _START_S
        while True:
            try:
                httpx.get(f"{address}/healthz", timeout=60).raise_for_status()
                break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.1)
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def indexed(data: Path, folder: Path) -> None:
    """`youju index` in a process of its own."""
    command = [sys.executable, "-m", "assistant.cli", "index", str(folder), "--data-dir", str(data)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


@contextmanager
def asking(address: str, right: Mapping[int, set[int]], askers: int, asked: Asked) -> Iterator[None]:
    """Askers who ask one question after the other; `right` are the values that may be answered for each file."""
    ended = threading.Event()

    def ask(seed: int) -> None:
        luck = random.Random(seed)
        with httpx.Client(base_url=address, timeout=120) as client:
            while not ended.is_set():
                number = luck.choice(list(right))
                start = time.perf_counter()
                try:
                    reply = client.post("/v1/ask", json={"question": question(number)}).raise_for_status().json()
                except httpx.HTTPError as error:
                    asked.errors.append(f"{type(error).__name__} {error}")
                    continue
                asked.times_s.append(time.perf_counter() - start)
                _hold(reply["answer"], number, right[number], asked)

    threads = [threading.Thread(target=ask, args=(seed,), daemon=True) for seed in range(askers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(120)


def _hold(answer: str, number: int, values: set[int], asked: Asked) -> None:
    if not any(f"{value}元" in answer for value in values) or "说法不一" in answer:
        asked.wrong.append(f"{question(number)} {answer[:80]}, not {values}")


def run(*, files: int, askers: int, idle_s: float, least_s: float, first: int = 100) -> Outcome:
    """One run in a folder of its own; see the module."""
    with tempfile.TemporaryDirectory() as where:
        data, folder = Path(where, "data"), Path(where, "files")
        folder.mkdir()
        for number in range(first):
            write(folder, number, 1000 + number)
        indexed(data, folder)
        right = {number: {1000 + number} for number in range(first)}
        idle, indexing, after, memory = Asked(), Asked(), Asked(), []
        with serving(data) as (address, process):
            with asking(address, right, askers, Asked()):
                time.sleep(min(5.0, idle_s))  # what is loaded at the first questions
            with asking(address, right, askers, idle):
                time.sleep(idle_s)
            changed = range(0, first, 4)
            for number in changed:
                right[number] = {1000 + number, 5000 + number}
                write(folder, number, 5000 + number)
            for number in range(first, files):
                write(folder, number, 1000 + number)
            start = time.monotonic()
            worker = threading.Thread(target=indexed, args=(data, folder))
            with asking(address, right, askers, indexing):
                worker.start()
                while worker.is_alive() or time.monotonic() - start < least_s:
                    memory.append(_memory_mb(process))
                    if not worker.is_alive():
                        right.update({number: {5000 + number} for number in changed})
                    time.sleep(1.0)
                indexing_s = time.monotonic() - start
            for number in [*changed, files - 1]:
                reply = httpx.post(f"{address}/v1/ask", json={"question": question(number)}, timeout=120).json()
                _hold(reply["answer"], number, {(5000 if number in changed else 1000) + number}, after)
    return Outcome(idle, indexing, after, memory, indexing_s)


def _memory_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith("VmRSS"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the lines above; ends with 1 where there were errors or wrong answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--askers", type=int, default=16)
    parser.add_argument("--idle-s", type=float, default=60.0)
    parser.add_argument("--least-s", type=float, default=300.0)
    chosen = parser.parse_args(arguments)
    found = run(files=chosen.files, askers=chosen.askers, idle_s=chosen.idle_s, least_s=chosen.least_s)
    ratio = found.indexing.percentiles()[95] / found.idle.percentiles()[95]
    print(f"load {os.getloadavg()[0]:.1f}; {chosen.files} files in {found.indexing_s:.0f} s, {chosen.askers} askers")
    print(f"idle            {found.idle.line()}")
    print(f"while indexing  {found.indexing.line()}   ratio of p95 {ratio:.2f}")
    memory = found.memory_mb
    print(f"memory          {memory[0]:.0f} MB at first, {memory[-1]:.0f} MB at the end, {max(memory):.0f} MB at most")
    wrong = [*found.idle.errors, *found.indexing.errors, *found.idle.wrong, *found.indexing.wrong, *found.after.wrong]
    for each in wrong[:10]:
        print(each)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
