"""What a result rests on: the code, the packages and the machine."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_OURS = ("sources", "index", "assistant")
_CODE = (".py", ".toml", ".json", ".tsv", ".npy", ".onnx", ".safetensors", ".gz", ".xz", ".npz", ".txt", ".tiktoken")
_PACKAGES = {
    "youju": ("chromadb", "sentence-transformers", "torch", "tantivy", "numpy", "openai"),
    "bm25": ("bm25s",),
    "langchain": ("langchain-chroma", "langchain-text-splitters", "chromadb", "sentence-transformers", "torch"),
    "llamaindex": ("llama-index-core", "sentence-transformers", "torch"),
    "haystack": ("haystack-ai", "bm25s"),
}
"""What each kind of system stands on."""


def code_digest(kind: str) -> str:
    """First 16 hex digits over every source and model file that decides what a system of this kind answers.

    The same digest means the same code, committed or not. A baseline's doesn't change with ours.
    """
    return _digest("eval/systems", *(_OURS if kind == "youju" else ()))


def scoring_digest() -> str:
    """The same over the code that decides the scores. Every run computes them anew, so a change asks nothing again."""
    return _digest("eval/metrics", "eval/reports/scores.py")


def _digest(*paths: str) -> str:
    digest = hashlib.sha256()
    for path in (file for name in paths for file in _files(_ROOT / name)):
        digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise FileNotFoundError(f"{path} decides results, but isn't there: has it moved?")
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    return [file for file in files if file.suffix in _CODE and file.is_file()]


def commit() -> str:
    """The git commit, with `+` after it where files were changed since; "" outside a checkout."""
    head = _git("rev-parse", "HEAD")
    return head + "+" if head and _git("status", "--porcelain") else head


def packages(kind: str) -> dict[str, str]:
    """The version of each library that a system of this kind stands on; those not installed are left out."""
    found = {}
    for name in ("ir-measures", *_PACKAGES.get(kind, ())):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int]:
    """What timings depend on."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count() or 0,
    }


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
