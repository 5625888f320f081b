"""Kinds of files, told by their bytes, and by the ending of their name only where these don't say"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from sources.readers.packages.ole import MAGIC, streams

SUFFIXES = {
    ".txt": "txt", ".text": "txt", ".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".xhtml": "html",
    ".shtml": "html", ".mhtml": "mhtml", ".mht": "mhtml", ".eml": "eml", ".csv": "csv", ".tsv": "csv", ".pdf": "pdf",
    ".docx": "docx", ".docm": "docx", ".pptx": "pptx", ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls", ".et": "xls",
    ".doc": "doc", ".wps": "doc", ".rtf": "doc", ".odt": "doc", ".ppt": "ppt", ".dps": "ppt", ".odp": "ppt",
    ".epub": "epub", ".ofd": "ofd", ".zip": "zip", ".png": "image", ".jpg": "image", ".jpeg": "image", ".tif": "image",
    ".tiff": "image", ".bmp": "image", ".webp": "image", ".gif": "image",
}  # fmt: skip
"""The kind that a name's ending promises, in lower case."""
_TEXTS = frozenset({"txt", "md", "csv", "html", "mhtml", "eml"})
_HEAD_BYTES = 4096
_MAGIC = (
    (b"{\\rtf", "doc"),
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
)
_STREAMS = (("Workbook", "xls"), ("Book", "xls"), ("WordDocument", "doc"), ("PowerPoint Document", "ppt"))
_OPEN_DOCUMENTS = ((b"opendocument.text", "doc"), (b"opendocument.presentation", "ppt"))
_MIMETYPE_BYTES = 200
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_MAIL = re.compile(rb"(?:[A-Za-z][\w-]*:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)*?(?:MIME-Version|Content-Type):", re.I)


def promised_by(suffix: str) -> str:
    """The kind that a name's ending promises, in any case: its own letters where `SUFFIXES` doesn't know it."""
    return SUFFIXES.get(suffix.lower(), suffix.lower().removeprefix("."))


def kind_of(raw: bytes, *, suffix: str) -> str:
    """One of the kinds that `SUFFIXES` names, or what the ending promises."""
    promised = promised_by(suffix)
    head = raw[:_HEAD_BYTES]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(raw) or promised or "zip"
    if head.startswith(MAGIC):
        found = streams(raw)  # of the file itself: a Word file that holds a sheet has a workbook further in
        return next((kind for name, kind in _STREAMS if name in found), promised)
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (promised not in _TEXTS or b"\x00" in head):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image"
    text = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[2:].replace(b"\x00", b"")
    if promised not in {"txt", "md", "csv"} and _HTML.match(text):
        return "html"
    if promised not in {"txt", "md", "csv", "html"} and _MAIL.match(text):
        return "mhtml" if b"multipart/related" in text.lower() and promised != "eml" else "eml"
    return promised


def needs_all(head: bytes) -> bool:
    """Whether a file's first bytes only tell that it is a package, and what is in it tells its kind."""
    return head.startswith((b"PK\x03\x04", MAGIC))


def _kind_of_zip(raw: bytes) -> str | None:
    """The kind of what is packed; None for an archive that is damaged, whose reader then says so."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = set(archive.namelist())
            stated = archive.open("mimetype").read(_MIMETYPE_BYTES) if "mimetype" in names else b""
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
        return None
    if "OFD.xml" in names:
        return "ofd"
    if "META-INF/container.xml" in names:
        return "epub"
    for folder, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
        if "[Content_Types].xml" in names and any(name.startswith(folder) for name in names):
            return kind
    return next((kind for ending, kind in _OPEN_DOCUMENTS if ending in stated), "zip")
