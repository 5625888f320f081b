"""Sealing: what a generation holds, and a digest of each of its files, by which damage shows before one is opened"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index import words
from index.engines import bm25
from index.engines.protocols import EngineError
from index.engines.registry import DENSE
from index.upkeep import probing
from index.upkeep.building import Plan

_FORMAT = 2
_CHECKED_BYTES = 256_000_000
WORDS = ("passages", "documents")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds."""

    format: int
    words: int
    """`index.words.VERSION`"""
    libraries: dict[str, str]
    embedder: str
    dense: str | None
    """The engine's name in `DENSE`; None where vectors are searched exactly, straight from the catalog."""
    last_passage: int
    """It holds the passages with rows up to this one."""
    last_document: int
    passages: int
    documents: int
    files: dict[str, tuple[int, int, int]]
    """Path → size, time of last change in ns, CRC-32."""


def read_manifest(path: Path) -> Manifest:
    """The manifest of the generation in `path`; raises EngineError when there is none that fits this version."""
    try:
        kept = json.loads((path / "manifest.json").read_bytes())
        if kept.pop("crc32") != _digest_of(kept):
            raise ValueError("its content has changed")
        manifest = Manifest(**kept)
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise EngineError(f"{path}: no readable manifest: {error}") from error
    if manifest.dense is not None and manifest.dense not in DENSE:
        raise EngineError(f"{path}: built with the engine {manifest.dense!r}, which this version doesn't have")
    for name, ours, theirs in (
        ("format", _FORMAT, manifest.format),
        ("words", words.VERSION, manifest.words),
        ("libraries", _libraries(manifest.dense), manifest.libraries),
    ):
        if ours != theirs:
            raise EngineError(f"{path}: built with {name} {theirs}, this is {ours}")
    return manifest


def check_seal(path: Path, manifest: Manifest, *, parts: Sequence[str] = (), whole: bool = False) -> None:
    """Raises EngineError when a file isn't what was verified when the generation was built; with `parts` only of those
    of its folders.

    A damaged graph can end the process that opens it, and a truncated file the one that has it mapped, so this comes
    before opening. Large files whose size and time are as they were are believed, unless the `whole` is to be read.
    """
    total = 0 if whole else sum(size for size, _, _ in manifest.files.values())
    for name, (size, mtime_ns, digest) in manifest.files.items():
        if parts and Path(name).parts[0] not in parts:
            continue
        file = path / name
        try:
            stat = file.stat()
            if stat.st_size != size:
                raise EngineError(f"{file}: {stat.st_size} bytes, was {size}")
            if (total <= _CHECKED_BYTES or stat.st_mtime_ns != mtime_ns) and _crc32(file) != digest:
                raise EngineError(f"{file}: its content has changed")
        except OSError as error:
            raise EngineError(f"{file}: {error}") from error


def intact(path: Path) -> Manifest | None:
    """The manifest of the generation in `path`, or None when it is damaged or of another version; opens no engine in
    this process."""
    try:
        manifest = read_manifest(path)
        check_seal(path, manifest)
        if manifest.dense:
            probing.check(manifest.dense, path / "dense")
    except EngineError:
        return None
    return manifest


def write_manifest(path: Path, plan: Plan, *, passages: int, documents: int) -> None:
    """What the generation in `path` holds, not yet sealed."""
    manifest = Manifest(
        format=_FORMAT,
        words=words.VERSION,
        libraries=_libraries(plan.dense),
        embedder=plan.embedder,
        dense=plan.dense,
        last_passage=plan.last_passage,
        last_document=plan.last_document,
        passages=passages,
        documents=documents,
        files={},
    )
    (path / "manifest.json").write_text(json.dumps(asdict(manifest)), encoding="utf8")


def seal(path: Path) -> Manifest:
    """Keeps size, time and digest of each file in the manifest, and has all of it on the disk."""
    manifest = json.loads((path / "manifest.json").read_bytes())
    unsealed = ("manifest.json", ".lock", *(DENSE[manifest["dense"]].rewritten if manifest["dense"] else ()))
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.endswith(unsealed))
    manifest["files"] = {
        str(file.relative_to(path)): (file.stat().st_size, file.stat().st_mtime_ns, _crc32(file)) for file in files
    }
    manifest["crc32"] = _digest_of(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf8")
    for file in path.rglob("*"):
        fsync(file)
    fsync(path)
    return read_manifest(path)


def _libraries(dense: str | None) -> dict[str, str]:
    return dict([bm25.library(), *([DENSE[dense].library()] if dense else [])])


def fsync(path: Path) -> None:
    """Returns when a file or a folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest_of(manifest: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(manifest, sort_keys=True).encode())


def _crc32(path: Path) -> int:
    digest = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest = zlib.crc32(block, digest)
    return digest
