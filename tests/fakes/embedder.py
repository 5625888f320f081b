"""Hand-written stand-ins: deterministic, small, and real enough that the code under test can't tell."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.upkeep.intake import Intake
from sources.documents import Document, SourceError
from sources.figures.figure import Figure
from sources.passages import Passage
from sources.readers.files import Listing
from sources.readers.regular import sha256, stamp_of


class BigramEmbedder:
    """Hashes pairs of characters into `dimension` buckets: texts that share pairs are near each other."""

    def __init__(self, name: str = "bigrams", dimension: int = 64) -> None:
        self.name = name
        self.dimension = dimension
        self.origin = name
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        return np.array([self.encode_query(text) for text in texts], np.float32).reshape(len(texts), self.dimension)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        vector = np.zeros(self.dimension, np.float32)
        for i in range(len(text)):
            vector[zlib.crc32(f"{self.name}{text[i : i + 2]}".encode()) % self.dimension] += 1
        return vector / max(float(np.linalg.norm(vector)), 1e-9)


def find_text_files(paths: Sequence[Path], *, within: Path | None = None) -> Listing:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            if within is not None:
                continue
            raise SourceError(str(path), "没有这个文件", "请检查路径")
        found += (
            sorted(path.rglob("*.txt")) if path.is_dir() else [path] if within is None or path.suffix == ".txt" else []
        )
    return Listing(tuple(found))


def read_text(path: Path) -> Document:
    data = path.read_bytes()
    if not data or b"\0" in data:
        raise SourceError(str(path), "不是文本", "请换一个文件")
    digest = hashlib.sha256(data).hexdigest()
    text = data.decode("utf8")
    return Document(id=digest[:16], title=text.split("\n", 1)[0], text=text, uri=str(path), sha256=digest)


def split_sentences(document: Document) -> list[Passage]:
    return [
        Passage(
            id=f"{document.id}:{match.start()}-{match.end()}",
            document_id=document.id,
            text=match.group(),
            start=match.start(),
            end=match.end(),
            heading="",
        )
        for match in re.finditer(r"[^。\n]+。?", document.text)
    ]


def no_figures(document: Document) -> list[Figure]:
    return []


INTAKE = Intake(find_text_files, read_text, split_sentences, no_figures, sha256, stamp_of)
