"""Settings: what was chosen on the settings page, kept in a file of the data directory that only its owner can read.

What the environment says comes before it, and what a command says before both; see `assistant.config.load`.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "settings.json"
NAMES = ("model", "base_url", "api_key", "embedder", "uploads")
"""What can be kept: fields of `assistant.config.Config`."""


class SettingsError(ValueError):
    """The file can't be read or written; `str(error)` names it and says what to do."""


def read(data_dir: Path) -> dict[str, Any]:
    """What is kept, by name; empty where nothing is. Raises SettingsError for a file that isn't what it should be."""
    path = data_dir / FILE
    try:
        data = json.loads(path.read_text("utf8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "不是 JSON"
        raise SettingsError(f"{path}: 读不出设置（{reason}）。请修好或删除这个文件") from None
    if not isinstance(data, dict):
        raise SettingsError(f"{path}: 不是设置文件。请修好或删除这个文件")
    return {name: data[name] for name in NAMES if isinstance(data.get(name), str | bool)}


def write(data_dir: Path, values: Mapping[str, Any]) -> None:
    """Keeps `values` in the place of what there was, in one step; the file is readable by its owner alone (0600)."""
    path = data_dir / FILE
    kept = {name: values[name] for name in NAMES if values.get(name) not in (None, "")}
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=data_dir, prefix=f".{FILE}.")  # 0600 from the start
        try:
            with os.fdopen(number, "w", encoding="utf8") as file:
                json.dump(kept, file, ensure_ascii=False, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise SettingsError(f"{path}: 设置没有存下（{error.strerror}）。原来的设置没有变") from None
