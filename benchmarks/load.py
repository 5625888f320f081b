"""How a server bears many people at once: N with time to think, then a burst of questions at the same moment

    python -m benchmarks.load --users 200 --minutes 10              a server of its own on the sample library
    python -m benchmarks.load --url http://127.0.0.1:7860 --key yj_…    one that runs

Each user asks, streamed, waits for the whole answer, thinks, and asks again. Told: how long to the first token (p50,
p95, the longest) and to the whole, how many questions a second, what was refused with 429 or 503 (which a burst may
be), what failed otherwise (nothing may), how long /v1/models took meanwhile, and the server's memory before and after.
A refusal is waited for as long as Retry-After says, and counted. Half of the questions (`--fresh`) are of a year, place
and metric that hardly anybody has asked for before; the others are eight that everybody asks.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

QUESTIONS = (
    "2025年嘉兴农村居民人均可支配收入是多少？",
    "2020年丽水农村居民人均可支配收入是多少？",
    "嘉兴市有哪些乡村振兴的做法？",
    "哪些地方的农村居民收入排名第一？",
    "2019年杭州的最低工资是多少？",
    "文库里有哪些文件？",
    "农村居民收入增长了多少？",
    "城乡居民收入比是多少？",
)


_YEARS = range(2018, 2027)
_PLACES = ("浙江", "杭州", "宁波", "温州", "嘉兴", "湖州", "绍兴", "金华", "衢州", "舟山", "台州", "丽水")
_METRICS = (
    "农村居民人均可支配收入", "城镇居民人均可支配收入", "城乡居民收入倍差", "村级集体经济总收入", "粮食产量",
    "常住人口城镇化率", "低收入农户人均可支配收入增速", "新建农村公路里程", "养老床位数", "最低生活保障标准",
)  # fmt: skip


def question_of(chance: random.Random, fresh: float) -> str:
    """One that everybody asks or, with this probability, one of some thousand others."""
    if chance.random() >= fresh:
        return chance.choice(QUESTIONS)
    return f"{chance.choice(_YEARS)}年{chance.choice(_PLACES)}{chance.choice(_METRICS)}是多少？"


@dataclass
class Seen:
    """What the users have seen."""

    first_s: list[float] = field(default_factory=list)
    whole_s: list[float] = field(default_factory=list)
    light_s: list[float] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def line(self, took_s: float) -> str:
        """All of it for people."""
        done = len(self.whole_s)
        refused = ", ".join(f"{status}: {count}" for status, count in sorted(self.refused.items())) or "none"
        errors = ", ".join(f"{what}: {count}" for what, count in self.errors.most_common(5)) or "none"
        return (
            f"{done} answers, {done / took_s:.1f}/s; first token {_spread(self.first_s)}; "
            f"whole {_spread(self.whole_s)}; /v1/models meanwhile {_spread(self.light_s)}; "
            f"refused {refused}; errors {errors}"
        )


def _spread(values: list[float]) -> str:
    if not values:
        return "-"
    ranked = sorted(values)
    p50, p95 = (ranked[min(len(ranked) - 1, int(len(ranked) * share))] for share in (0.5, 0.95))
    return f"p50 {p50:.3f} s, p95 {p95:.3f} s, max {ranked[-1]:.3f} s"


async def ask(client: httpx.AsyncClient, question: str, seen: Seen) -> float:
    """Asks once; gives back how long to wait before the next try, 0 where there was an answer."""
    began = time.perf_counter()
    try:
        async with client.stream("POST", "/v1/ask", json={"question": question, "stream": True}) as reply:
            if reply.status_code in (429, 503):
                seen.refused[reply.status_code] += 1
                if "retry-after" not in reply.headers:
                    seen.errors["no Retry-After"] += 1
                return float(reply.headers.get("retry-after", 1))
            if reply.status_code != 200:
                seen.errors[f"status {reply.status_code}"] += 1
                return 0
            event = ""
            async for line in reply.aiter_lines():
                if line.startswith("event:"):
                    if not event:
                        seen.first_s.append(time.perf_counter() - began)
                    event = line[6:].strip()
            if event != "answer":
                seen.errors[f"ended with {event or 'nothing'}"] += 1
            else:
                seen.whole_s.append(time.perf_counter() - began)
    except httpx.HTTPError as error:
        seen.errors[type(error).__name__] += 1
    return 0


async def user(
    client: httpx.AsyncClient, until: float, think_s: float, fresh: float, seen: Seen, chance: random.Random
) -> None:
    """One of them, until the time is up."""
    await asyncio.sleep(chance.uniform(0, think_s))
    while time.perf_counter() < until:
        wait = await ask(client, question_of(chance, fresh), seen)
        await asyncio.sleep(wait or chance.uniform(0.5, 1.5) * think_s)


async def light(client: httpx.AsyncClient, seen: Seen) -> None:
    """Looks at what has to be quick, again and again."""
    while True:
        began = time.perf_counter()
        try:
            (await client.get("/v1/models")).raise_for_status()
            seen.light_s.append(time.perf_counter() - began)
        except httpx.HTTPError as error:
            seen.errors[f"/v1/models: {type(error).__name__}"] += 1
        await asyncio.sleep(0.5)


async def measure(
    url: str, key: str, users: int, minutes: float, think_s: float, burst: int, fresh: float, pid: int
) -> int:
    """Both rounds; 1 where anything failed that wasn't told to wait."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    limits = httpx.Limits(max_connections=users + burst + 10)
    chance = random.Random(7)
    failed = 0
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=120) as client:
        for name, seconds in (("users", minutes * 60), ("burst", 0.0)):
            seen, before = Seen(), _memory_mb(pid)
            watching = asyncio.ensure_future(light(client, seen))
            began = time.perf_counter()
            if name == "users":
                until = began + seconds
                await asyncio.gather(*(user(client, until, think_s, fresh, seen, chance) for _ in range(users)))
            else:
                await asyncio.gather(*(ask(client, question_of(chance, fresh), seen) for _ in range(burst)))
            took = time.perf_counter() - began
            watching.cancel()
            count = f"{users} users, {think_s:g} s to think" if name == "users" else f"{burst} at once"
            print(
                f"{count}, {took:.0f} s: {seen.line(took)}; memory {before:.0f} → {_memory_mb(pid):.0f} MB", flush=True
            )
            failed += sum(seen.errors.values())
    return 1 if failed else 0


def _memory_mb(pid: int) -> float:
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="utf8"))
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="of a server that runs; without one, one is started on the sample library")
    parser.add_argument("--key", default="", help="where it asks for one; with limits that are high enough")
    parser.add_argument("--pid", type=int, default=0, help="of the server at that address, for its memory")
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--think", type=float, default=20, help="seconds between an answer and the next question")
    parser.add_argument("--burst", type=int, default=500)
    parser.add_argument("--fresh", type=float, default=0.5, help="the share of questions that are hardly ever repeated")
    given = parser.parse_args()
    what = (given.users, given.minutes, given.think, given.burst, given.fresh)
    if given.url:
        return asyncio.run(measure(given.url, given.key, *what, pid=given.pid))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "assistant.cli", "serve", "--port", str(port)]
        server = subprocess.Popen(command, env={**os.environ, "YOUJU_DATA_DIR": data}, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            _await(url)
            return asyncio.run(measure(url, "", *what, pid=server.pid))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


def _await(url: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise SystemExit(f"{url}: the server did not start")


if __name__ == "__main__":
    sys.exit(main())
