"""Probing: an engine that may end the process that opens it is tried in a child first, once for each state of its files

What came of it is kept beside the engine. Files that are as they were then, on the same machine, need no second try:
a cold question can't wait for a child that loads the library, too.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from index.engines.protocols import Dense, EngineError
from index.engines.registry import DENSE

_LEAST_S, _BYTES_A_SECOND = 60.0, 20_000_000
"""What a probe may take: so long, and longer for large files, on a slow disk."""
_MACHINE = platform.node()


@dataclass(frozen=True, slots=True)
class _Probe:
    """What came of a probe, as it is kept."""

    machine: str
    files: dict[str, list[int]]
    """Path → size, time of last change in ns."""
    problem: str | None
    """Why the engine can't be used; None when it can."""


def opened(name: str, path: Path) -> Dense:
    """The dense engine `name` that lies in `path`, probed before; raises EngineError when it can't be used."""
    check(name, path)
    dense = DENSE[name].open(path)
    if DENSE[name].probe is not None:
        note_success(path)  # opening alone may have touched its files
    return dense


def check(name: str, path: Path) -> None:
    """Raises EngineError when the engine `name` that lies in `path` can't be opened and searched; opens it in a child,
    if it needs one and has changed since the last time."""
    if DENSE[name].probe is None:
        return
    known = _kept(path)
    if known is None:
        problem = _problem(name, path)
        _keep(path, problem)
    else:
        problem = known.problem
    if problem:
        raise EngineError(f"{path}: {problem}")


def forget(path: Path) -> None:
    """Have the engine in `path` probed anew the next time."""
    _note(path).unlink(missing_ok=True)


def note_success(path: Path) -> None:
    """Keep that a process of its own has just opened the engine in `path` and found everything."""
    _keep(path, None)


def note_failure(name: str, path: Path, problem: str) -> None:
    """Keep that an engine failed though its probe went well: it isn't used again until its files change."""
    if DENSE[name].probe is not None:
        _keep(path, problem)


def _problem(name: str, path: Path) -> str | None:
    """What is wrong with the engine; None when it could be opened and searched in a process of its own."""
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path[1:]])}
    code = "import sys; from index.upkeep.probing import main; main(sys.argv[1:])"
    try:
        probed = subprocess.run(
            [sys.executable, "-c", code, name, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf8",
            errors="replace",
            timeout=_LEAST_S + size / _BYTES_A_SECOND,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return f"no answer within {error.timeout:.0f} s"
    if not probed.returncode:
        return None
    said = probed.stdout.strip().splitlines()
    return f"a probe ended with {probed.returncode}: {said[-1] if said else 'no message'}"


def _kept(path: Path) -> _Probe | None:
    """What came of the last probe, where it was made here and of these very files."""
    try:
        known = _Probe(**json.loads(_note(path).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return known if (known.machine, known.files) == (_MACHINE, _files(path)) else None


def _keep(path: Path, problem: str | None) -> None:
    note = _note(path)
    part = note.with_name(f"{note.name}.{os.getpid()}")
    with contextlib.suppress(OSError):  # where nothing can be written, it is probed each time
        try:
            part.write_text(json.dumps(asdict(_Probe(_MACHINE, _files(path), problem))), encoding="utf8")
            part.replace(note)
        finally:
            part.unlink(missing_ok=True)


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.probed.json")


def _files(path: Path) -> dict[str, list[int]]:
    found = {}
    for file in sorted(path.rglob("*")):
        with contextlib.suppress(FileNotFoundError):
            stat = file.stat()
            if file.is_file():
                found[str(file.relative_to(path))] = [stat.st_size, stat.st_mtime_ns]
    return found


def main(arguments: list[str]) -> None:
    """`NAME PATH`, as a child of `check`: ends with 0 when the engine can be used."""
    name, path = arguments
    probe = DENSE[name].probe
    try:
        if probe is not None:
            probe(Path(path))
    except EngineError as error:
        sys.exit(str(error))
