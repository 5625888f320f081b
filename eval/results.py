"""A result folder: everything that a run found out, in files that other tools can read.

    run.json                        suite, code, data, packages, machine, timings
    SET/cases.jsonl                 the cases as asked
    SET/SYSTEM/asked.json           what the answers rest on: settings, digests of cases, documents and code
    SET/SYSTEM/answers.jsonl        one reply a line, as it came; the last line of a case counts
    SET/SYSTEM/scores.jsonl         one line a case, in the cases' order: every measure
    report.html, report.md, scores.csv

Only answers are ever read back to go on; everything else is written anew by each run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import IO, Any

from eval.cases import Case, read
from eval.reply import Reply


@dataclass(frozen=True, slots=True)
class Row:
    """One case's scores, and what the report groups and plots them by."""

    case_id: str
    type: str
    status: str
    answerable: bool
    confidence: float | None
    scores: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results of one system on one set."""

    folder: Path

    @property
    def system(self) -> str:
        """The system's name."""
        return self.folder.name

    @property
    def set(self) -> str:
        """The set's name."""
        return self.folder.parent.name

    def cases(self) -> Iterator[Case]:
        """The cases, in order."""
        return read(self.folder.parent / "cases.jsonl")

    def rows(self) -> Iterator[Row]:
        """The scores, in the cases' order."""
        with (self.folder / "scores.jsonl").open(encoding="utf-8") as file:
            for line in file:
                data = json.loads(line)
                yield Row(
                    data["case"], data["type"], data["status"], data["answerable"], data["confidence"], data["scores"]
                )

    def replies(self) -> Replies:
        """The answers, by case."""
        return Replies(self.folder / "answers.jsonl")


class Replies:
    """Random access to an answers file; only the offsets lie in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.offsets: dict[str, int] = {}
        self.failed: set[str] = set()
        """Cases whose last reply is an error."""
        for offset, data in _records(path):
            self.offsets[data["case"]] = offset
            (self.failed.add if data["error"] else self.failed.discard)(data["case"])

    def __contains__(self, case_id: object) -> bool:
        return case_id in self.offsets

    def get(self, case_id: str) -> Reply:
        """The case's last reply; one that says `missing` where there is none."""
        if case_id not in self.offsets:
            return Reply(case_id, None, error="no reply")
        with self._path.open("rb") as file:
            file.seek(self.offsets[case_id])
            return Reply.from_json(json.loads(file.readline()))


@dataclass(slots=True)
class Sink:
    """Where replies are appended as they come, from any thread."""

    path: Path
    _lock: Lock = field(default_factory=Lock)
    _file: IO[str] | None = None

    def __enter__(self) -> Sink:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = _whole_bytes(self.path)
        self._file = self.path.open("a", encoding="utf-8")
        self._file.truncate(whole)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def append(self, reply: Reply) -> None:
        """The reply is in the file, whole, when this returns: a kill loses none that was acknowledged."""
        line = json.dumps(reply.to_json(), ensure_ascii=False) + "\n"
        with self._lock:
            if self._file is None:
                raise ValueError(f"{self.path}: not open for appending")
            self._file.write(line)
            self._file.flush()


@dataclass(frozen=True, slots=True)
class Results:
    """A result folder."""

    folder: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """run.json. Raises ValueError where the folder holds no run."""
        path = self.folder / "run.json"
        if not path.is_file():
            raise ValueError(f"{self.folder}：里面没有 run.json；请给出 youju-eval run 写出的文件夹")
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return manifest

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Replaces run.json in one step."""
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / "run.json.new"
        new.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        new.replace(self.folder / "run.json")

    def outcome(self, set_name: str, system: str) -> Outcome:
        """Where a system's results on a set are, or will be."""
        return Outcome(self.folder / set_name / system)

    def outcomes(self) -> list[Outcome]:
        """Every finished pair of set and system, in the suite's order."""
        sets = self.manifest["sets"]
        systems = [system["name"] for system in self.manifest["suite"]["systems"]]
        found = [self.outcome(name, system) for name in sets for system in systems]
        return [outcome for outcome in found if (outcome.folder / "scores.jsonl").is_file()]


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        offset = 0
        for line in file:
            if line.endswith(b"\n"):  # a kill may leave half a line at the end
                yield offset, json.loads(line)
            offset += len(line)


def _whole_bytes(path: Path) -> int:
    """Length of the file up to its last whole line."""
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(len(line) for line in file if line.endswith(b"\n"))
