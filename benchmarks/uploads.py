"""Files brought through the library page while somebody asks: `python -m benchmarks.uploads [--files 200] [--real DIR]`

    200 files: 194 indexed, 6 failed, in … s (the last was sent after … s)
    asked meanwhile  p50 … ms  p95 … ms  p99 … ms   … answers, 0 errors, 0 wrong
    from done to answered from  p50 … s  p95 … s   … files, … of them by the first answer
    what the page says  …
    failed: …

`youju serve` starts on a fresh data directory, with the sample library. In Chromium the files are chosen on its library
page: those of `--real` (by default `../shared/data/files`, which is not part of the project: PDFs, scans, office files
old and new, broken ones), among small ones made here in five formats, each with a number that nothing else says. One
asker asks every other second, of the sample library and, once they are done, of the made files. Another looks how far
each file has come, and at once asks of the latest that is done. Ends with 1 where an asker got an error or a wrong
answer, or the page doesn't end with what the server says.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.library import CHROMIUM
from benchmarks.live import Asked, serving
from benchmarks.samples import word_of

REAL = Path(__file__).parents[1] / ".." / "shared" / "data" / "files"
_OF_SAMPLE = ("2025年嘉兴农村居民人均可支配收入是多少？", "哪些地方的农村居民收入排名第一？")
_FIRST, _SECOND = "柳梅竹樟枫桂松柏榆槐杏桃荷菱芦茶", "湾坪岭塘桥渡溪峰洲坞墩浦埠堰坑垟"
_NOT_DOCUMENTS = {".jsonl", ".py"}
_ENDED = {"indexed", "failed", "cancelled"}
_LONGEST_S = 1500.0


def village_of(number: int) -> str:
    """A name for each number up to 255; no two share more than one character, nor is one a part of another."""
    return f"{_FIRST[number % 16]}{_SECOND[(number // 16 + 5 * number) % 16]}村"


def question(number: int) -> str:
    """What only one file answers."""
    return f"{village_of(number)}2025年水稻补贴标准是每亩多少元？"


def made(number: int, value: int) -> tuple[str, bytes]:
    """A small file that says a value, and its name; by its number in one of five formats."""
    village = village_of(number)
    title = f"{village}2025年补贴办法"
    lines = ("一、标准", f"{village}2025年水稻补贴标准为每亩{value}元。", "二、办理", f"由{village}村委会办理。")
    form = number % 5
    if form == 0:
        return f"{number}.txt", "\n".join((title, "", *lines)).encode("gbk")
    if form == 1:
        return f"{number}.md", "\n\n".join((f"# {title}", *lines)).encode()
    if form == 2:
        body = "".join(f"<p>{line}</p>" for line in lines)
        page = (
            f"<html><head><meta charset=utf-8><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
        )
        return f"{number}.html", page.encode()
    if form == 3:
        return f"{number}.docx", word_of(
            "".join(f"<w:p><w:r><w:t>{each}</w:t></w:r></w:p>" for each in (title, *lines))
        )
    return f"{number}.csv", f"村,年份,水稻补贴标准（元/亩）\r\n{village},2025,{value}\r\n".encode("gbk")


@dataclass
class Followed:
    """How far the files have come, as the server says."""

    states: dict[str, str] = field(default_factory=dict)
    done: list[int] = field(default_factory=list)
    """The made files that are, in order."""
    lags_s: list[float] = field(default_factory=list)
    """From when a file was seen to be done until an answer had its number."""
    at_once: int = 0
    """How many of these the first answer had."""
    never: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def follow(address: str, followed: Followed, ended: threading.Event) -> None:
    """Looks how far the files have come, and asks of the latest that is done; once more when it is `ended`."""
    with httpx.Client(base_url=address, timeout=120) as client:
        is_last = False
        while not is_last:
            is_last = ended.wait(0.2)
            try:
                new = _looked(client, followed)
                if new and not is_last:
                    _until_answered(client, new[0], time.perf_counter(), followed)
                followed.done += new
            except httpx.HTTPError as error:
                followed.errors.append(f"/v1/uploads: {type(error).__name__} {error}")


def _looked(client: httpx.Client, followed: Followed) -> list[int]:
    """Those of the made files that were not done before, the latest first."""
    new = []
    for each in client.get("/v1/uploads").raise_for_status().json()["files"]:
        stem = Path(each["name"]).stem
        if each["state"] == "indexed" and followed.states.get(each["name"]) != "indexed" and stem.isdecimal():
            new.append(int(stem))
        followed.states[each["name"]] = each["state"]
    return new


def _until_answered(client: httpx.Client, number: int, since: float, followed: Followed) -> None:
    answer, tries = "", 0
    while time.perf_counter() - since < 30:
        answer = client.post("/v1/ask", json={"question": question(number)}).raise_for_status().json()["answer"]
        tries += 1
        if str(_value(number)) in answer:
            followed.at_once += tries == 1
            followed.lags_s.append(time.perf_counter() - since)
            return
    followed.never.append(f"{question(number)} {answer[:80]}")


def ask(address: str, followed: Followed, asked: Asked, every_s: float, ended: threading.Event) -> None:
    """One asker, until it is `ended`."""
    turn = 0
    with httpx.Client(base_url=address, timeout=120) as client:
        while not ended.wait(every_s):
            turn += 1
            done = followed.done
            number = done[(turn * 7) % len(done)] if done and turn % 2 else None
            words = _OF_SAMPLE[turn // 2 % len(_OF_SAMPLE)] if number is None else question(number)
            start = time.perf_counter()
            try:
                reply = client.post("/v1/ask", json={"question": words}).raise_for_status().json()
            except httpx.HTTPError as error:
                asked.errors.append(f"{type(error).__name__} {error}")
                continue
            asked.times_s.append(time.perf_counter() - start)
            if number is not None and str(_value(number)) not in reply["answer"]:
                asked.wrong.append(f"{words} {reply['answer'][:80]}, not {_value(number)}")


def _value(number: int) -> int:
    return 3000 + 7 * number


def bring(address: str, files: Sequence[Path], followed: Followed) -> tuple[float, float, str, list[str]]:
    """Chooses the files on the library page: seconds until the last was sent and until all are through, what the page
    says at the end, and the reasons that it shows."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(locale="zh-CN", base_url=address)
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/library")
        start = time.perf_counter()
        page.locator("#yj-files").set_input_files(list(files))
        sent_s, told = 0.0, ""
        while time.perf_counter() - start < _LONGEST_S:
            page.wait_for_timeout(1000)
            told = page.locator(".yj-uploads-count").inner_text()
            if not sent_s and not page.locator(".yj-up-queued, .yj-up-sending").count():
                sent_s = time.perf_counter() - start
            if sent_s and page.locator("[data-cancel-all]").is_hidden():
                break
        took_s = time.perf_counter() - start
        failed = page.locator(".yj-up-failed").all_inner_texts()
        browser.close()
        followed.errors += errors
        return sent_s, took_s, told, [re.sub(r"\s+", " ", each) for each in failed]


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--real", type=Path, default=REAL)
    parser.add_argument("--every-s", type=float, default=2.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as where, ExitStack() as held:
        folder, followed, asked = Path(where, "files"), Followed(), Asked()
        folder.mkdir()
        real = sorted(path for path in given.real.rglob("*") if path.is_file() and path.suffix not in _NOT_DOCUMENTS)
        files = [path for path in real if path.parent != given.real][: given.files]
        for number in range(given.files - len(files)):
            name, raw = made(number, _value(number))
            (folder / name).write_bytes(raw)
            files.insert((number * 13) % (len(files) + 1), folder / name)
        address, _ = held.enter_context(serving(Path(where, "data")))
        ended = threading.Event()
        threads = [
            threading.Thread(target=follow, args=(address, followed, ended)),
            threading.Thread(target=ask, args=(address, followed, asked, given.every_s, ended)),
        ]
        for thread in threads:
            thread.start()
        try:
            sent_s, took_s, told, failed = bring(address, files, followed)
            time.sleep(2)
        finally:
            ended.set()
            for thread in threads:
                thread.join(120)
    states = list(followed.states.values())
    counts = ", ".join(f"{states.count(each)} {each}" for each in sorted(set(states)))
    print(f"{len(files)} files: {counts}, in {took_s:.0f} s (the last was sent after {sent_s:.0f} s)")
    print(f"asked meanwhile  {asked.line()}")
    lags = statistics.quantiles(followed.lags_s, n=100) if len(followed.lags_s) > 1 else [0.0] * 99
    print(f"from done to answered from  p50 {lags[49]:.2f} s  p95 {lags[94]:.2f} s   ", end="")
    print(f"{len(followed.lags_s)} files, {followed.at_once} of them by the first answer")
    print(f"what the page says  {told}")
    for each in failed:
        print(f"failed: {each[:200]}")
    wrong = [*asked.errors, *asked.wrong, *followed.errors, *followed.never]
    wrong += [f"{name}: {state}" for name, state in followed.states.items() if state not in _ENDED]
    for each in wrong[:20]:
        print(f"wrong: {each}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
