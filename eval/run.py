"""Cases × systems → a result folder, resumable at any kill, in parallel, with memory that stays flat."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from threading import BoundedSemaphore, Event, Lock
from time import perf_counter
from typing import Any

from eval import provenance
from eval.adapters import load_cases
from eval.cases import Case, CaseSet, as_line, sampled
from eval.libraries import Library, opened, variant, written
from eval.reply import Reply, Retrieved
from eval.reports.scores import scores
from eval.results import Outcome, Replies, Results, Sink
from eval.robustness import PERTURBATIONS, Given
from eval.suite import SetSpec, Suite
from eval.systems import MissingExtraError, System, SystemSpec, open_system
from eval.systems.pool import Pool

GIVE_UP_AFTER = 20
"""Errors in a row after which a run stops: the endpoint is down, and the rest would only be more errors."""
_IDENTITY = {
    "set": "题集设置", "system": "系统设置", "seed": "种子", "cases": "题目", "documents": "文档", "code": "代码",
    "packages": "软件包",
}  # fmt: skip
_CHUNK = 8
Progress = Callable[[str, str, int, int], None]
"""Called with set, system, cases done and cases in all."""


class RunStoppedError(RuntimeError):
    """A run that can't go on; the same command continues it once the reason is mended."""


@dataclass(frozen=True, slots=True)
class _Set:
    """A set as it is asked."""

    spec: SetSpec
    name: str
    cases: Path
    count: int
    documents: Library | None
    """None where every case brings its own."""


def run(
    suite: Suite,
    out: Path,
    *,
    cache: Path,
    workers: int = 1,
    renew: bool = False,
    progress: Progress = lambda *_: None,
    opener: Callable[[Library, SystemSpec], System] = open_system,
) -> Results:
    """The finished result folder. An answer that `out` holds is not asked for again.

    Raises ValueError where an answer there is to other cases, on other documents, or by other code or settings, unless
    `renew` is given, which asks for those again; CaseError for a bad case; RunStoppedError after many errors in a row.
    """
    results = Results(out)
    manifest = _begin(suite, results)
    for spec in suite.sets:
        if reason := _absent(spec):
            manifest["skipped"][spec.name] = reason
            continue
        for prepared in _prepare(spec, suite, results, cache, renew):
            manifest["sets"][prepared.name] = _description(prepared)
            results.write_manifest(manifest)
            for system in suite.systems:
                outcome = results.outcome(prepared.name, system.name)
                key = f"{prepared.name}/{system.name}"
                _claim(outcome, _identity(prepared, system, suite), renew)
                try:
                    timings = _ask_all(
                        prepared, system, outcome, cache, workers=workers, progress=progress, opener=opener
                    )
                except MissingExtraError as error:
                    manifest["skipped"][key] = str(error)
                    continue
                manifest["timings"].setdefault(key, []).append(timings)
                _score_all(prepared, system, outcome, cache)
                results.write_manifest(manifest)
    manifest["finished"] = _now()
    results.write_manifest(manifest)
    return results


def _begin(suite: Suite, results: Results) -> dict[str, Any]:
    """The manifest to go on with. Raises ValueError where the folder holds something else."""
    before: dict[str, Any] = {}
    if (results.folder / "run.json").exists():
        before = results.manifest
    elif results.folder.exists() and any(results.folder.iterdir()):
        raise ValueError(f"{results.folder}：不是空文件夹，也不是结果文件夹；请换一个 --out")
    return {
        "suite": json.loads(suite.model_dump_json()),
        "seed": suite.seed,
        "code": {system.name: provenance.code_digest(system.kind) for system in suite.systems},
        "scoring": provenance.scoring_digest(),
        "commit": provenance.commit(),
        "packages": {name: v for system in suite.systems for name, v in provenance.packages(system.kind).items()},
        "machine": provenance.machine(),
        "started": before.get("started", _now()),
        "finished": None,
        "sets": {},
        "skipped": {},
        "timings": before.get("timings", {}),
    }


def _identity(prepared: _Set, system: SystemSpec, suite: Suite) -> dict[str, Any]:
    """Everything that an answer and its scores rest on; where it lies on disk doesn't matter."""
    return {
        "set": json.loads(prepared.spec.model_dump_json(exclude={"cases", "documents", "robustness"})),
        "system": json.loads(system.model_dump_json()),
        "seed": suite.seed,
        "cases": _digest(prepared.cases),
        "documents": prepared.documents.digest if prepared.documents else "",
        "code": provenance.code_digest(system.kind),
        "packages": provenance.packages(system.kind),
    }


def _claim(outcome: Outcome, identity: dict[str, Any], renew: bool) -> None:
    """Makes sure that the answers already there rest on the same; with `renew`, removes them where they don't."""
    path = outcome.folder / "asked.json"
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        changed = [_IDENTITY[part] for part in identity if before.get(part) != identity[part]]
        if changed and not renew:
            raise ValueError(
                f"{outcome.folder}：里面的答案出自另外的{'、'.join(changed)}；请换一个 --out，或用 --renew 重新问这些"
            )
        if changed:
            shutil.rmtree(outcome.folder)
    outcome.folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(identity, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _absent(spec: SetSpec) -> str:
    missing = [path for path in (spec.cases, spec.documents) if path and not path.exists()]
    return f"没有 {missing[0].name}" if missing else ""


def _prepare(spec: SetSpec, suite: Suite, results: Results, cache: Path, renew: bool) -> Iterator[_Set]:
    """The set, then each perturbation of it, written out as they are asked."""
    loaded = load_cases(spec.cases, format=spec.format, seed=suite.seed, options=dict(spec.options))
    library = _library(spec, loaded, cache)
    approved = CaseSet(lambda: (case for case in loaded.cases() if case.approved), loaded.documents)

    def chosen() -> Iterator[Case]:
        cases = approved.cases()
        return sampled(cases, size=spec.sample, seed=suite.seed) if spec.sample else cases

    yield _written(spec, spec.name, chosen(), library, results, renew)
    for name in spec.robustness:
        if name not in PERTURBATIONS:
            raise ValueError(f"题集 {spec.name}：没有 {name!r} 这种扰动，有的是 {'、'.join(PERTURBATIONS)}")
        changed = PERTURBATIONS[name](Given(chosen, library, cache / "libraries", suite.seed))
        yield _written(spec, f"{spec.name}+{name}", changed.cases, changed.documents, results, renew)


def _library(spec: SetSpec, loaded: CaseSet, cache: Path) -> Library | None:
    if spec.documents:
        return opened(spec.documents)
    return written(cache / "libraries", loaded.documents()) if loaded.documents else None


def _written(
    spec: SetSpec, name: str, cases: Iterable[Case], library: Library | None, results: Results, renew: bool
) -> _Set:
    """Writes the cases of a set out. Raises ValueError where they aren't those that were written here before."""
    path = results.folder / name / "cases.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    ids: set[str] = set()
    with new.open("w", encoding="utf-8") as file:
        for case in cases:
            if case.id in ids:
                raise ValueError(f"题集 {name}：编号 {case.id} 用了两次；youju-eval check 会指出在哪一行")
            if not case.contexts and (library is None or case.contexts is not None):
                raise ValueError(f"题集 {name}：{case.id} 没有文档；请用 --documents 指明文件夹")
            ids.add(case.id)
            file.write(as_line(case) + "\n")
    if not ids:
        raise ValueError(
            f"题集 {name}：没有一道可用的题。没有核准的（“通过”是“否”，或 approved: false）不问：请核对后改成“是”"
        )
    if not renew and path.exists() and _digest(path) != _digest(new):
        raise ValueError(f"{path}：题目在此之后改过；请换一个 --out，或用 --renew 重新问")
    new.replace(path)
    return _Set(spec, name, path, len(ids), library)


def _description(prepared: _Set) -> dict[str, Any]:
    return {
        "cases": prepared.count,
        "cases_digest": _digest(prepared.cases),
        "documents_digest": prepared.documents.digest if prepared.documents else "with each case",
        "documents": sum(1 for _ in prepared.documents.files()) if prepared.documents else None,
        "sample": prepared.spec.sample,
    }


def _ask_all(
    prepared: _Set,
    spec: SystemSpec,
    outcome: Outcome,
    cache: Path,
    *,
    workers: int,
    progress: Progress,
    opener: Callable[[Library, SystemSpec], System],
) -> dict[str, Any]:
    """Asks what hasn't been answered yet; the timings of doing so."""
    replies = outcome.replies()
    done = replies.offsets.keys() - replies.failed
    count = len(done)
    progress(prepared.name, spec.name, count, prepared.count)
    left = (case for case in Outcome(outcome.folder).cases() if case.id not in done)
    systems = Pool(spec, opener)
    stop, in_flight, errors = Event(), BoundedSemaphore(2 * workers), _InARow()
    began = perf_counter()

    def work(chunk: list[Case]) -> None:
        nonlocal count
        try:
            with systems.opened(library_of(chunk[0], prepared.documents, cache)) as system:
                for case in chunk:
                    if stop.is_set():
                        return
                    reply = asked(system, case, ask=prepared.spec.ask, search=prepared.spec.search)
                    sink.append(reply)
                    count += 1
                    progress(prepared.name, spec.name, count, prepared.count)
                    errors.note(reply, stop)
        except BaseException:
            stop.set()
            raise
        finally:
            in_flight.release()

    futures: list[Future[None]] = []
    with Sink(outcome.folder / "answers.jsonl") as sink, closing(systems), ThreadPoolExecutor(workers) as pool:
        try:
            for chunk in _chunks(left):
                in_flight.acquire()
                if stop.is_set():
                    break
                futures = [f for f in futures if not f.done() or f.exception()]
                futures.append(pool.submit(work, chunk))
        except BaseException:  # Ctrl-C: what is in flight ends, nothing new starts
            stop.set()
            raise
    for future in futures:
        future.result()
    if errors.too_many:
        raise RunStoppedError(
            f"{spec.name} 在 {prepared.name} 上连续出错 {GIVE_UP_AFTER} 次，最后一次：{errors.last}。"
            "排除原因后再运行同一命令，会从这里继续"
        )
    return {
        "asked": count - len(done),
        "kept": len(done),
        "workers": workers,
        "ingest_s": round(systems.opening_s, 3),
        "wall_s": round(perf_counter() - began, 3),
        "notes": list(systems.notes),
        "at": _now(),
    }


def asked(system: System, case: Case, *, ask: bool, search: int) -> Reply:
    """The system's reply to one case; an exception becomes the reply's error."""
    began = perf_counter()
    try:
        response = system.ask(case.question, history=case.history) if ask else None
        seconds = perf_counter() - began
        found: tuple[Retrieved, ...] | None = None
        if search:
            query = (response.answer.standalone_question if response else "") or case.question
            found = tuple(system.search(query, k=search))
            seconds = seconds if ask else perf_counter() - began
    except Exception as error:  # noqa: BLE001 -- a system may fail in any way; it is its result for this case
        return Reply(case.id, None, seconds=perf_counter() - began, error=f"{type(error).__name__}: {error}"[:500])
    if response is None:
        return Reply(case.id, None, found, seconds=seconds)
    return Reply(case.id, response.answer, found, response.confidence, seconds, response.usage)


def library_of(case: Case, base: Library | None, cache: Path) -> Library:
    """The documents that a case is asked on."""
    if case.contexts is not None:
        return written(cache / "libraries", case.contexts)
    if base is None:
        raise ValueError(f"{case.id} 没有文档")
    return variant(base, cache / "libraries", without=case.without) if case.without else base


def _score_all(prepared: _Set, spec: SystemSpec, outcome: Outcome, cache: Path) -> None:
    replies: Replies = outcome.replies()
    new = outcome.folder / "scores.new"
    with new.open("w", encoding="utf-8") as file:
        for case in outcome.cases():
            library = library_of(case, prepared.documents, cache)
            reply = replies.get(case.id)
            line = {
                "case": case.id,
                "type": case.type,
                "status": reply.status,
                "answerable": case.answerable,
                "confidence": reply.confidence,
                "scores": scores(case, reply, library, price=spec.price, asked=prepared.spec.ask),
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    new.replace(outcome.folder / "scores.jsonl")


class _InARow:
    """Counts errors that follow each other."""

    def __init__(self) -> None:
        self.last = ""
        self._count = 0
        self._lock = Lock()

    @property
    def too_many(self) -> bool:
        return self._count >= GIVE_UP_AFTER

    def note(self, reply: Reply, stop: Event) -> None:
        with self._lock:
            self._count = self._count + 1 if reply.error else 0
            self.last = reply.error or self.last
            if self.too_many:
                stop.set()


def _chunks(cases: Iterator[Case]) -> Iterator[list[Case]]:
    """Some cases at a time, all on the same documents."""
    for _, group in groupby(cases, key=lambda case: (case.contexts, case.without)):
        while chunk := list(islice(group, _CHUNK)):
            yield chunk


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
