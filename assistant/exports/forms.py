"""Forms: the kinds of file that answers are taken along in, and one made; a file and a line here add another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assistant.exports.characters import file_name
from assistant.exports.content import Export
from assistant.exports.docx import as_docx
from assistant.exports.markdown import as_markdown
from assistant.exports.numbers import numbers_as_csv, numbers_as_xlsx
from assistant.exports.rich import as_page
from assistant.exports.text import as_text


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file."""

    media_type: str
    make: Callable[[Export], str | bytes]
    """Raises ValueError where the answers have nothing that it could hold."""


FORMS = {
    "docx": Form("application/vnd.openxmlformats-officedocument.wordprocessingml.document", as_docx),
    "md": Form("text/markdown; charset=utf-8", as_markdown),
    "txt": Form("text/plain; charset=utf-8", as_text),
    "html": Form("text/html; charset=utf-8", as_page),
    "csv": Form("text/csv; charset=utf-8", numbers_as_csv),
    "xlsx": Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", numbers_as_xlsx),
}
"""By the ending of the file's name."""


def make(export: Export, form: str) -> bytes:
    """The file. Raises ValueError where there is no such form, or nothing of the answers that it could hold."""
    if form not in FORMS:
        raise ValueError(f"不能导出成 .{form}；可以是 {'、'.join(f'.{known}' for known in FORMS)}")
    made = FORMS[form].make(export)
    return made if isinstance(made, bytes) else made.encode()


def name_of(export: Export, form: str) -> str:
    """What the file is called where nobody says otherwise."""
    return file_name(export.heading, f".{form}")
