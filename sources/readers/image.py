"""Pictures of text: photographs, screenshots, posters, scans as TIFF, read by OCR"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from sources.documents import SourceError
from sources.parts import Dropped, Parsed, Part
from sources.readers.ocr import Engine, MissingOcrError, recognised
from sources.readers.steps import step

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_PIXELS = 150_000_000
"""Of one picture: an A1 sheet at 400 dpi has 124 million."""


def read_image(raw: bytes, *, uri: str, reader: Engine | None = None) -> Parsed:
    """The lines and tables of a picture; of a TIFF, those of each of its pages.

    Raises SourceError for a picture that is damaged, too large, or shows no text, and where OCR isn't installed.
    """
    from PIL import Image, ImageSequence, UnidentifiedImageError

    parts: list[Part] = []
    dropped: list[Dropped] = []
    pages = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, on large pictures and on odd tags
            with Image.open(io.BytesIO(raw)) as image:
                # The frames of a GIF or WebP move; those of a TIFF are sheets.
                for frame in ImageSequence.Iterator(image) if image.format == "TIFF" else [image]:
                    pages += 1
                    reading = recognised(_upright(frame, uri), page=pages, reader=reader)
                    parts += reading.parts
                    dropped += reading.dropped
                    step(pages, getattr(image, "n_frames", 1))
    except MissingOcrError as error:
        raise SourceError(uri, "要认出图片里的文字，还缺 OCR", '请执行 pip install "youju[ocr]"，再重新索引') from error
    except Image.DecompressionBombError as error:
        raise _too_large(uri) from error
    except UnidentifiedImageError as error:
        raise SourceError(uri, "图片打不开，文件可能已损坏", "请换一份完好的文件，或用看图软件另存为 PNG") from error
    except SourceError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise SourceError(uri, "图片不完整或已损坏", "请换一份完好的文件，或用看图软件另存为 PNG") from error
    if not parts:
        raise SourceError(uri, "图片里没有认出文字", "如果图上有文字，请换一张更清楚的；没有的话，可把它移出文件夹")
    return Parsed(tuple(parts), pages=pages, dropped=tuple(dropped))


def _upright(image: Image, uri: str) -> Image:
    """The picture as its camera says that it is to be held."""
    from PIL import ImageOps

    if image.width * image.height > _MOST_PIXELS:
        raise _too_large(uri)
    image.load()
    return ImageOps.exif_transpose(image)


def _too_large(uri: str) -> SourceError:
    return SourceError(uri, f"图片超过 {_MOST_PIXELS // 1_000_000} 百万像素的上限", "请缩小，或切成几张")
