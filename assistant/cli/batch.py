"""Questions by the file: one JSON line in, one JSON line out, same order, same ids.

{"id": "q1", "question": "那2020年呢？", "history": ["2025年嘉兴农村居民人均可支配收入是多少？"]}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.answers import Turn


@dataclass(frozen=True, slots=True)
class BatchQuestion:
    """One line of a batch."""

    id: str
    question: str
    history: tuple[Turn, ...] = ()


class BatchError(ValueError):
    """A line that can't be asked: `str(error)` names the file, the line and what it should look like."""


def read_questions(path: Path) -> list[BatchQuestion]:
    """The questions in a JSON Lines file; empty lines are passed over.

    Raises BatchError for the first line that is not right, before anything is asked.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise BatchError(f"{path}: 文件不存在。请检查路径") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BatchError(f"{path}: 读不了（{error}）。请存成 UTF-8 编码的 JSONL 文件") from None
    asked = [_question(line, f"{path} 第 {number} 行") for number, line in enumerate(lines, 1) if line.strip()]
    if not asked:
        raise BatchError(f'{path}: 里面没有问题。每行写一个 JSON：{{"id": "1", "question": "……"}}')
    seen: set[str] = set()
    for each in asked:
        if each.id in seen:
            raise BatchError(f"{path}: id {each.id!r} 出现了两次。请给每个问题不同的 id")
        seen.add(each.id)
    return asked


def _question(line: str, where: str) -> BatchQuestion:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise BatchError(f"{where}: 不是合法的 JSON（{error.msg}）") from None
    if not isinstance(data, dict) or not isinstance(data.get("question"), str) or not data["question"].strip():
        raise BatchError(f'{where}: 缺少 question。每行应写成 {{"id": "1", "question": "……"}}')
    if "id" not in data:
        raise BatchError(f"{where}: 缺少 id。请给每个问题一个 id")
    history = data.get("history") or []
    if not isinstance(history, list):
        raise BatchError(f"{where}: history 应是列表，元素为先前的问题")
    return BatchQuestion(str(data["id"]), data["question"], tuple(_turn(turn, where) for turn in history))


def _turn(data: Any, where: str) -> Turn:
    if isinstance(data, str):
        return Turn(data)
    if isinstance(data, dict) and isinstance(data.get("question"), str):
        return Turn(data["question"], str(data.get("answer") or ""))
    raise BatchError(f'{where}: history 的元素应是问题，或 {{"question": "……", "answer": "……"}}')


def run(
    asked: list[BatchQuestion], out: Path, answer: Callable[[BatchQuestion], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Answers each question into `out`, line by line, and yields each record once it is written.

    `out` appears only when it is whole: until then the lines stand in `out` + ".part".
    """
    part = out.with_name(out.name + ".part")
    with part.open("w", encoding="utf8") as file:
        for each in asked:
            record = {**answer(each), "id": each.id}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            file.flush()
            yield record
    part.replace(out)
