"""Pictures that stand in a document: their text by OCR, each picture once"""

from __future__ import annotations

import hashlib
import io
import struct

_MOST = 100
"""Pictures of one document that are read; each takes about a second."""
_LEAST_PX = 100
"""Smaller ones are icons and bullets."""


class Pictures:
    """Reads the pictures of one document, and knows in the end what was left unread."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._read = 0
        self._without_ocr = 0
        self._beyond = 0

    def text(self, raw: bytes) -> list[str]:
        """The lines of text in a picture; [] for one that has stood before, as logos do, and for what can't be read."""
        digest = hashlib.sha256(raw).digest()
        if digest in self._seen or not _is_large(raw):
            return []
        self._seen.add(digest)
        if self._read >= _MOST:
            self._beyond += 1
            return []
        try:
            from sources.readers.ocr import read_picture
            from sources.readers.pictures.engine import MissingOcrError
        except ImportError:
            self._without_ocr += 1
            return []
        try:
            lines = read_picture(raw)
        except MissingOcrError:
            self._without_ocr += 1
            return []
        self._read += 1
        return lines

    def notices(self) -> list[str]:
        """What the reader of the document should know of its pictures, a sentence each."""
        found = []
        if self._without_ocr:
            found.append(f"有 {self._without_ocr} 张图片，其中的文字没有识别；安装 youju[ocr] 后重新索引即可识别。")
        if self._beyond:
            found.append(f"图片太多，只识别了前 {_MOST} 张，其余 {self._beyond} 张没有识别。")
        return found


def _is_large(raw: bytes) -> bool:
    """Whether it is a picture that Pillow knows, and large enough to hold text."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(raw)) as image:
            return image.format not in {"WMF", "EMF"} and min(image.size) >= _LEAST_PX
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError):
        return False
