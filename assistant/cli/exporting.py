"""What `youju ask --export` does: writes answers into a file whose ending says the form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.answers import Answer
from assistant.exports.content import Export, known_of
from assistant.exports.forms import FORMS, make

if TYPE_CHECKING:
    from assistant.ask import Assistant


def form_of(path: Path) -> str:
    """The form that a file's ending names. Raises ValueError where there is none, or no folder to write it to."""
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise ValueError(
            f"{path}: 不知道要写成什么。--export 的文件名以 {'、'.join(f'.{each}' for each in FORMS)} 结尾"
        )
    if not path.parent.is_dir():
        raise ValueError(f"{path.parent}: 文件夹不存在。请先建好，或换一个 --export")
    return form


def export_to(path: Path, answers: Iterable[Answer], assistant: Assistant) -> None:
    """Writes the answers. Raises ValueError where they have nothing that the form could hold, and OSError where the
    file can't be written."""
    answers = tuple(answers)
    known = known_of(answers, assistant.index.documents())
    export = Export(answers, date.today(), library=Path(assistant.name).name, known=known)
    path.write_bytes(make(export, form_of(path)))
