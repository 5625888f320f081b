"""Files of the older Office (OLE): which streams they hold, and whether a password keeps them shut"""

from __future__ import annotations

import io

from sources.documents import SourceError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_WORD = 0x0100
_FILE_PASS = (0x002F).to_bytes(2, "little")
_CURRENT_USER_ENCRYPTED = 0xF3D1C4DF
_HEAD_BYTES = 4096


def streams(raw: bytes) -> frozenset[str]:
    """The names of the streams and storages at the top of an OLE file; none for one too damaged to tell, or another."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(raw)) as file:
            return frozenset(entry[0] for entry in file.listdir(streams=True, storages=True))
    except (OSError, ValueError, IndexError, KeyError, OverflowError, AttributeError, RecursionError):
        return frozenset()


def locked(raw: bytes) -> bool:
    """Whether an OLE file needs a password: a new Office file within it, or a Word, Excel or PowerPoint file of old."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(raw)) as file:
            if file.exists("EncryptedPackage") or file.exists("EncryptionInfo"):
                return True
            if file.exists("WordDocument"):
                head = file.openstream("WordDocument").read(12)
                return bool(int.from_bytes(head[10:12], "little") & _ENCRYPTED_WORD)
            for name in ("Workbook", "Book"):
                if file.exists(name):
                    return _has_record(file.openstream(name).read(_HEAD_BYTES), _FILE_PASS)
            if file.exists("Current User"):
                head = file.openstream("Current User").read(16)
                return int.from_bytes(head[12:16], "little") == _CURRENT_USER_ENCRYPTED
    except (OSError, ValueError, IndexError, KeyError, OverflowError, AttributeError, RecursionError):
        return False
    return False


def refuse_locked(raw: bytes, *, uri: str) -> None:
    """Raises SourceError for an OLE file that needs a password."""
    if raw.startswith(MAGIC) and locked(raw):
        raise SourceError(uri, "有密码", "请先用密码打开，另存为没有密码的文件")


def _has_record(head: bytes, kind: bytes) -> bool:
    """Whether one of the first records of a workbook is of this kind."""
    at = 0
    while at + 4 <= len(head):
        if head[at : at + 2] == kind:
            return True
        at += 4 + int.from_bytes(head[at + 2 : at + 4], "little")
    return False
