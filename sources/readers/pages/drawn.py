"""Pictures of pages, for showing where a quote stands"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from sources.documents import SourceError
from sources.readers.kinds import kind_of
from sources.readers.pages.pdfium import opened, picture

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_PIXELS = 200_000_000
"""Of a picture that is taken in: more is a trap, not a page."""


def page_picture(raw: bytes, page: int, *, uri: str, width: int = 1200) -> bytes:
    """Page `page`, from 1, of the PDF or picture in `raw`, as a PNG `width` pixels wide.

    Raises SourceError for a file that can't be opened or whose pages aren't shown, ValueError for a page it hasn't.
    """
    kind = kind_of(raw, suffix=Path(uri).suffix)
    if kind == "pdf":
        with opened(raw, uri=uri) as document:
            image = picture(document, page, width=width)
    elif kind == "image":
        image = _frame(raw, page, uri=uri, width=width)
    else:
        raise SourceError(uri, "这种文件不能按页显示", "请直接打开原文件")
    held = io.BytesIO()
    image.save(held, "PNG")
    return held.getvalue()


def _frame(raw: bytes, page: int, *, uri: str, width: int) -> Image:
    import PIL.Image
    from PIL import ImageOps, UnidentifiedImageError

    try:
        shown = PIL.Image.open(io.BytesIO(raw))
        if shown.width * shown.height > _MOST_PIXELS:
            raise SourceError(uri, "图片太大", "请缩小后另存一份")
        if not 1 <= page <= getattr(shown, "n_frames", 1):
            raise ValueError(f"there is no page {page}: the file has {getattr(shown, 'n_frames', 1)}")
        shown.seek(page - 1)
        upright = ImageOps.exif_transpose(shown).convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise SourceError(uri, "图片已损坏，打不开", "请重新下载，或用看图软件打开后另存一份") from error
    return upright.resize((width, max(1, round(upright.height * width / upright.width))))
