"""Names of files as browsers send them, made safe: a path below the folder of uploads, whatever somebody wrote"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

MAX_NAME_BYTES = 200
"""Of one name in UTF-8. File systems take 255; what is kept of earlier versions needs the rest."""
_MAX_FOLDERS = 12
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f]')
"""What some system can't keep in a name, or doesn't show."""


def safe_path(name: str) -> PurePosixPath:
    """The folders and the name, none of them empty, hidden, or leading upwards; an unnamed file is 未命名.

    `a\\..\\b/年报.pdf` is a/b/年报.pdf.
    """
    # Half of a surrogate pair can't be kept in a catalog.
    told = name.encode("utf8", "replace").decode("utf8")
    parts = [safe for part in re.split(r"[/\\]", told) if (safe := _safe(part))]
    folders, last = parts[:-1], parts[-1] if parts else "未命名"
    return PurePosixPath(*folders[:_MAX_FOLDERS], last)


def is_hidden(name: str) -> bool:
    """Whether the file is one that a program or a system keeps for itself, which no folder is read for."""
    last = re.split(r"[/\\]", name)[-1]
    return last.startswith((".", "~$")) or last.lower() in ("thumbs.db", "desktop.ini")


def _safe(part: str) -> str:
    shown = "".join(each for each in unicodedata.normalize("NFC", part) if unicodedata.category(each) not in _UNSEEN)
    kept = _UNSAFE.sub("_", shown).strip().rstrip(". ").lstrip(". ~")
    suffix = PurePosixPath(kept).suffix
    if len(suffix.encode()) > 20 or not suffix:
        suffix = ""
    stem = kept[: len(kept) - len(suffix)] if suffix else kept
    room = MAX_NAME_BYTES - len(suffix.encode())
    return stem.encode()[:room].decode("utf8", "ignore").rstrip(". ") + suffix


_UNSEEN = frozenset({"Cf", "Cs", "Co"})
"""Characters that aren't seen: with some of them a name reads backwards, and 报告exe.pdf is a program."""
