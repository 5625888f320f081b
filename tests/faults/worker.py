"""A process that works on an index until it is killed: by itself at a named step, or by whoever started it

    python -m tests.faults.worker DATA FILES    then orders on standard input, one JSON object a line

Importing takes a hundred times as long as an update: it is done once, and what is to be killed is forked for each
order. Each says {"started": …} before it changes something, waits for a full stop in reply, and says {"done": …} when
that is acknowledged.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep import embedding, updates
from index.upkeep.backups import back_up, restore
from tests.fakes.embedder import INTAKE, BigramEmbedder

STEPS: dict[str, tuple[str, ...]] = {
    "reading": ("index.upkeep.updates:_Work._take",),
    "committing": ("sqlalchemy.engine.default:DefaultDialect.do_commit", "index.catalog.writer:_insert_all"),
    "embedding": ("index.upkeep.updates:vectors_of",),
    "comparing": ("index.upkeep.copies:settle",),
    "queueing": ("index.upkeep.jobs:Jobs._claim", "index.upkeep.jobs:Jobs.tell", "index.upkeep.jobs:Jobs._end"),
    "building passages": ("index.upkeep.building:_started@passages",),
    "building documents": ("index.upkeep.building:_started@documents",),
    "building vectors": ("index.upkeep.building:_started@dense",),
    "verifying": ("index.upkeep.generations:verify_here",),
    "verifying vectors": ("index.upkeep.building:_started@verify",),
    "sealing": ("index.upkeep.generations:seal", "index.upkeep.sealing:fsync", "pathlib:Path.rename"),
    "going live": ("index.catalog.catalog:Catalog.make_live",),
    "switching": ("index.catalog.catalog:Catalog.answer_with",),
    "embedding anew": ("index.catalog.catalog:Catalog.add_vectors",),
    "removing": ("index.upkeep.generations:_sweep", "shutil:rmtree"),
    "backup": ("index.upkeep.backups:_copy", "index.upkeep.backups:_pack", "index.upkeep.backups:_sync"),
    "restore": (
        "index.upkeep.backups:_unpack",
        "index.upkeep.backups:_number_anew",
        "index.upkeep.backups:_put_back",
        "sqlalchemy.engine.default:DefaultDialect.do_commit",
    ),
    "migration": ("sqlalchemy.engine.default:DefaultDialect.do_commit", "index.catalog.migrations:version"),
}
"""Step → the functions that do it, each as module:name; after @ only the calls with this as their first argument."""
ROUNDS = 4
"""So often an order is done when no step ends it before."""


def main(data: Path, files: Path) -> None:
    """Does the orders that come, each in a fork."""
    while line := _line():
        order = json.loads(line.lstrip("."))  # the reply to one that was killed before it could read it
        worker = os.fork()
        if not worker:
            with contextlib.suppress(KeyboardInterrupt):
                _obey(order, data, files)
            os._exit(0)
        _say({"worker": worker})
        _, status = os.waitpid(worker, 0)
        _say({"ended": status})


def opened(data: Path, *, embedder: str = "bigrams", exact_limit: int = 100_000) -> Index:
    """The index as the worker and its watcher open it; a ranker would only blur which passage stands where."""
    made = BigramEmbedder(embedder)
    return Index.open(
        data,
        embedder=made,
        recall=BigramEmbedder,
        ranker=Unranked(),
        intake=INTAKE,
        exact_limit=exact_limit,
        dense="chroma",
    )


def text_of(n: int, version: int) -> str:
    """What the file of number `n` says in its `version`."""
    return f"第K{n:02}份文件第{version}版\n编号K{n:02}的收入是{version}元，由编号K{n:02}的单位上报。"


def write(files: Path, changes: Mapping[int, int | None]) -> None:
    """Puts files into these versions, each whole in one step; None removes one."""
    for n, version in changes.items():
        file = files / f"{n}.txt"
        if version is None:
            file.unlink(missing_ok=True)
            continue
        part = files / f"{n}.part"  # no text file: nobody reads it
        part.write_text(text_of(n, version), encoding="utf8")
        part.replace(file)


def _obey(order: dict[str, Any], data: Path, files: Path) -> None:
    luck = random.Random(order["seed"])
    updates._BATCH_PASSAGES = order.get("batch", 4)  # commits, so that there are many instants to be killed at
    embedding._EMBEDDED_AT_ONCE = 20
    if order["place"]:
        _end_at(order["place"], order["call"], after=order["after"])
    for turn in range(ROUNDS if order["place"] else 10_000):
        with opened(data, embedder=order.get("embedder", "bigrams"), exact_limit=order["exact_limit"]) as index:
            _DO[order["do"]](index, data, files, order, luck, order["first"] + turn)


def _update(index: Index, data: Path, files: Path, order: dict[str, Any], luck: random.Random, version: int) -> None:
    changes: dict[int, int | None] = {
        n: None if luck.random() < 0.2 else version for n in luck.sample(range(order["files"]), 4)
    }
    _say({"started": list(changes.items())})
    os.read(0, 1)
    write(files, changes)
    done = index.jobs.finish(index.jobs.add("update", [files]), index.do)
    _say({"done": done.state})


def _build(index: Index, data: Path, files: Path, order: dict[str, Any], luck: random.Random, version: int) -> None:
    _update(index, data, files, order, luck, version)
    index.build()
    _say({"built": index.status().generation})


def _switch(index: Index, data: Path, files: Path, order: dict[str, Any], luck: random.Random, version: int) -> None:
    with opened(data, embedder=f"other{version}", exact_limit=order["exact_limit"]) as other:
        other.switch()
        _say({"switched": other.status().embedder})


def _back_up(index: Index, data: Path, files: Path, order: dict[str, Any], luck: random.Random, version: int) -> None:
    _update(index, data, files, order, luck, version)
    back_up(data, Path(order["file"]))
    _say({"backed up": version})


def _restore(index: Index, data: Path, files: Path, order: dict[str, Any], luck: random.Random, version: int) -> None:
    _say({"restoring": version})
    restore(Path(order["file"]), data, force=True)
    _say({"restored": version})


def _open(index: Index, data: Path, files: Path, order: dict[str, Any], luck: random.Random, version: int) -> None:
    """Opening alone brings an older catalog up to date."""
    index.status()


_DO: dict[str, Callable[[Index, Path, Path, dict[str, Any], random.Random, int], None]] = {
    "update": _update, "build": _build, "switch": _switch, "back up": _back_up, "restore": _restore, "open": _open,
}  # fmt: skip


def _end_at(place: str, call: int, *, after: bool) -> None:
    """Has this process killed before or after a function's call of this number."""
    where, _, first = place.partition("@")
    module, _, name = where.partition(":")
    owner: Any = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    plain = getattr(owner, last)
    calls = itertools.count(1)

    def dying(*arguments: Any, **named: Any) -> Any:
        is_it = (not first or arguments[0] == first) and next(calls) == call
        if is_it and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = plain(*arguments, **named)
        if is_it:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, last, dying)


def _line() -> str:
    """The next order; read byte by byte, as a worker reads from there, too."""
    line = b""
    while (byte := os.read(0, 1)) and byte != b"\n":
        line += byte
    return line.decode()


def _say(what: dict[str, Any]) -> None:
    os.write(1, (json.dumps(what) + "\n").encode())  # in one piece, whoever else writes


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
