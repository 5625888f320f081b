"""RapidOCR: where text stands in a picture, and what it says; its models come inside its package, nothing is fetched"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(height, width, 3), blue green red."""
Quads = NDArray[np.float32]
"""(n, 4, 2): the corners of n stretches of text, clockwise from the top left, in pixels."""


class Engine(Protocol):
    """Finds text in pictures and reads it."""

    def find(self, image: Pixels) -> Quads:
        """The lines of text, or pieces of lines."""

    def read(self, image: Pixels, quads: Quads) -> list[tuple[str, float]]:
        """What stands in each of `quads`, and how sure that is, from 0 to 1."""


class MissingOcrError(RuntimeError):
    """What reads pictures isn't installed."""


_THREADS = 1
"""A second one reads a page a seventh faster, for near twice the work; files are read side by side."""
_BATCH = 1
"""Each line alone: lines of one batch are filled up to the longest of it, and read at that length."""


class RapidEngine:
    """The small PP-OCRv6 models on ONNX Runtime: Chinese in both scripts, English, digits; some 20 MB in memory."""

    def __init__(self, *, threads: int = _THREADS) -> None:
        try:
            import rapidocr
        except ImportError as error:
            raise MissingOcrError("rapidocr") from error
        # With their paths named, it has no occasion to look for models elsewhere, let alone to download them.
        models = Path(rapidocr.__file__).parent / "models"
        self._ocr: Any = rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,  # which way up a page stands is asked once a page, not once a line
                "Det.model_path": str(_model(models, "det")),
                "Rec.model_path": str(_model(models, "rec")),
                "Rec.rec_batch_num": _BATCH,
                "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def find(self, image: Pixels) -> Quads:
        """The lines of text, or pieces of lines."""
        found = self._ocr(image, use_det=True, use_rec=False).boxes
        return np.zeros((0, 4, 2), np.float32) if found is None else np.asarray(found, np.float32)

    def read(self, image: Pixels, quads: Quads) -> list[tuple[str, float]]:
        """What stands in each of `quads`, and how sure that is, from 0 to 1."""
        if not len(quads):
            return []
        read = self._ocr.recognize_txt(self._ocr.crop_text_regions(image, quads))
        return [(str(text).strip(), float(score)) for text, score in zip(read.txts, read.scores, strict=True)]


def _model(folder: Path, task: str) -> Path:
    found: Sequence[Path] = sorted(folder.glob(f"*_{task}_*.onnx"))
    if not found:
        raise MissingOcrError(f"rapidocr: {folder}/*_{task}_*.onnx")
    return found[0]


@cache
def engine() -> Engine:
    """The engine of this process, built when it is first asked for. Raises MissingOcrError where none is installed."""
    return RapidEngine()
