"""What a result rests on: the code, the packages and the machine."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_DECIDING = ("sources", "index", "assistant", "eval/adapters", "eval/metrics", "eval/robustness", "eval/systems")
_CODE = (".py", ".toml", ".json", ".safetensors", ".gz", ".txt", ".tiktoken")
_PACKAGES = (
    "youju", "chromadb", "langchain", "langchain-chroma", "sentence-transformers", "torch", "tantivy", "numpy",
    "ir-measures", "bm25s", "llama-index-core", "haystack-ai", "openai",
)  # fmt: skip


def code_digest() -> str:
    """First 16 hex digits over every source and model file that decides an answer or a score.

    Two runs with the same digest ran the same code, committed or not.
    """
    digest = hashlib.sha256()
    for folder in _DECIDING:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.suffix in _CODE and path.is_file():
                digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def commit() -> str:
    """The git commit, with `+` after it where files were changed since; "" outside a checkout."""
    head = _git("rev-parse", "HEAD")
    return head + "+" if head and _git("status", "--porcelain") else head


def packages() -> dict[str, str]:
    """The version of each library that a system here stands on; those not installed are left out."""
    found = {}
    for name in _PACKAGES:
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
