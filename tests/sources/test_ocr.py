"""Pictures of text, drawn here: what is read of them, in which order, and where it stands."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sources.cleaning.grids import lay_out
from sources.documents import SourceError
from sources.parts import Box, Grid, Line, Part
from sources.readers.image import read_image
from sources.readers.ocr import MissingOcrError, read_page, read_picture, recognised
from sources.readers.pictures.engine import Pixels, Quads
from sources.readers.pictures.web_prints import without_site

FONTS = ("NotoSansCJK-Regular.ttc", "SourceHanSansSC-Regular.otf", "msyh.ttc", "PingFang.ttc", "wqy-microhei.ttc")


def font(size: int) -> ImageFont.FreeTypeFont:
    pytest.importorskip("rapidocr", reason='OCR is an extra: pip install "youju[ocr]"')
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    pytest.skip("no Chinese font on this machine to draw pages with")


def page(width: int, height: int, texts: Sequence[tuple[int, int, str]], *, size: int = 28) -> Image.Image:
    """A white page with each text at its x and y."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for x, y, text in texts:
        draw.text((x, y), text, fill="black", font=font(size))
    return image


def texts(parts: Sequence[Part]) -> list[str]:
    return [part.text for part in parts if isinstance(part, Line)]


def raw(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


class Scripted:
    """Sees one line in every picture that isn't all white, and reads what it was told to, one text a page."""

    def __init__(self, *said: str) -> None:
        self.said = list(said)
        self.shapes: list[tuple[int, ...]] = []

    def find(self, image: Pixels) -> Quads:
        self.shapes.append(image.shape[:2])
        if (image == 255).all():
            return np.zeros((0, 4, 2), np.float32)
        return np.array([[[10, 10], [110, 10], [110, 30], [10, 30]]], np.float32)

    def read(self, image: Pixels, quads: Quads) -> list[tuple[str, float]]:
        return [(self.said[min(len(self.shapes), len(self.said)) - 1], 0.99) for _ in quads]


class Missing:
    def find(self, image: Pixels) -> Quads:
        raise MissingOcrError("rapidocr")

    def read(self, image: Pixels, quads: Quads) -> list[tuple[str, float]]:
        raise AssertionError("nothing was found")


def test_a_ruled_table_in_a_picture_is_a_grid_with_its_merged_cells() -> None:
    image = page(900, 420, [(60, 30, "二〇二四年用水情况"), (110, 150, "地区"), (480, 115, "用水量")])
    draw = ImageDraw.Draw(image)
    for x, y, text in [
        (380, 175, "上半年"), (650, 175, "下半年"),
        (110, 240, "青岚镇"), (390, 240, "1283.5"), (660, 240, "1406.2"),
        (110, 310, "白石镇"), (390, 310, "964"), (660, 310, "1017.8"),
    ]:  # fmt: skip
        draw.text((x, y), text, fill="black", font=font(28))
    for y in (105, 225, 295, 365):
        draw.line((60, y, 840, y), fill="black", width=2)
    draw.line((300, 165, 840, 165), fill="black", width=2)
    for x, top in ((60, 105), (300, 105), (570, 165), (840, 105)):
        draw.line((x, top, x, 365), fill="black", width=2)
    parts = read_page(image, page=3)
    assert texts(parts) == ["二〇二四年用水情况"]
    grid = next(part for part in parts if isinstance(part, Grid))
    assert {(cell.text, cell.row, cell.column, cell.rows, cell.columns) for cell in grid.cells} == {
        ("地区", 0, 0, 2, 1), ("用水量", 0, 1, 1, 2), ("上半年", 1, 1, 1, 1), ("下半年", 1, 2, 1, 1),
        ("青岚镇", 2, 0, 1, 1), ("1283.5", 2, 1, 1, 1), ("1406.2", 2, 2, 1, 1),
        ("白石镇", 3, 0, 1, 1), ("964", 3, 1, 1, 1), ("1017.8", 3, 2, 1, 1),
    }  # fmt: skip
    assert "| 青岚镇 | 1283.5 | 1406.2 |" in lay_out(grid).text
    box = next(cell.box for cell in grid.cells if cell.text == "964")
    assert box is not None
    assert box.page == 3
    assert (box.left, box.top) < (400 / 900, 320 / 420) < (box.right, box.bottom)


COLUMNS = (
    ["村里的水渠修好以后，两岸的", "稻田不再缺水。今年早稻亩产", "比去年多了四十斤，农户都说", "这件事办得实在。"],
    ["镇上还打算把旧仓库改成一间", "阅览室，孩子们放学以后可以", "在那里看书写字，老人也有个", "喝茶说话的地方。"],
)


@pytest.mark.parametrize("degrees", [0, 90, 180, 4])
def test_columns_are_read_one_after_the_other_however_the_page_lies(degrees: int) -> None:
    image = page(
        920, 260, [(40 + 460 * k, 30 + 50 * n, t) for k, side in enumerate(COLUMNS) for n, t in enumerate(side)]
    )
    parts = read_page(image.rotate(degrees, expand=True, fillcolor="white"), page=1)
    assert texts(parts) == [*COLUMNS[0], *COLUMNS[1]]
    first = parts[0]
    assert isinstance(first, Line)
    assert first.box is not None
    if degrees == 180:  # where it is shown: at the lower right
        assert first.box.left > 0.5
        assert first.box.top > 0.7


def test_writing_from_top_to_bottom_is_read_from_the_right() -> None:
    columns = ["春眠不覺曉處處聞啼鳥", "夜來風雨聲花落知多少"]
    letters = [(300 - 120 * k, 30 + 52 * n, letter) for k, side in enumerate(columns) for n, letter in enumerate(side)]
    assert texts(read_page(page(420, 580, letters, size=44), page=1)) == columns


def test_a_pale_watermark_across_the_page_is_left_out_and_told() -> None:
    lines = [
        "全镇共有十二个村，其中八个村通了公交。",
        "去年新修道路三十七公里，惠及两万余人。",
        "今年计划再修十五公里，年底前全部完工。",
        "资金由县里和镇里各出一半，专款专用。",
    ]
    image = page(760, 420, [(60, 60 + 90 * n, line) for n, line in enumerate(lines)])
    mark = Image.new("L", (700, 120), 0)
    ImageDraw.Draw(mark).text((20, 5), "内部资料请勿外传", fill=255, font=font(76))
    mark = mark.rotate(28, expand=True)
    image.paste((205, 205, 205), (60, 0), mark.crop((0, 0, 700, 420)))
    ImageDraw.Draw(image)
    for n, line in enumerate(lines):  # the text stands on the mark, not under it
        ImageDraw.Draw(image).text((60, 60 + 90 * n), line, fill="black", font=font(28))
    reading = recognised(image, page=1)
    assert texts(reading.parts) == lines
    assert {dropped.reason for dropped in reading.dropped} <= {"水印"}


def test_a_long_screenshot_is_read_in_full() -> None:
    said = [f"第{number}户已经搬进新房，编号是{number * 7}。" for number in (11, 24, 38, 46, 52, 67)]
    image = page(640, 3600, [(40, 40 + 680 * n, line) for n, line in enumerate(said)], size=30)
    assert texts(read_page(image, page=1)) == said


def test_each_sheet_of_a_tiff_is_a_page() -> None:
    sheets = [Image.new("RGB", (300, 200), color) for color in ("gray", "white", "navy")]
    parsed = read_image(
        raw(sheets[0], "TIFF", save_all=True, append_images=sheets[1:]),
        uri="扫描.tif",
        reader=Scripted("首页", "", "末页"),
    )
    assert parsed.pages == 3
    assert [(part.text, part.page) for part in parsed.parts if isinstance(part, Line)] == [("首页", 1), ("末页", 3)]


def test_a_photograph_is_held_as_its_camera_says() -> None:
    image = Image.new("RGB", (400, 200), "gray")
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned a quarter
    engine = Scripted("字")
    read_image(raw(image, "JPEG", exif=exif), uri="照片.jpg", reader=engine)
    assert engine.shapes[0] == (400, 200)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_depth_are_read(mode: str) -> None:
    image = Image.new(mode, (300, 200)) if mode == "I;16" else Image.new("RGB", (300, 200), "black").convert(mode)
    content = raw(image, "TIFF" if mode in {"CMYK", "I;16"} else "PNG")
    assert texts(read_image(content, uri="图", reader=Scripted("字")).parts) == ["字"]


def test_what_is_see_through_is_white() -> None:
    with pytest.raises(SourceError, match="没有认出文字"):
        read_image(raw(Image.new("RGBA", (300, 200))), uri="图.png", reader=Scripted("字"))


def test_what_cannot_be_read_says_why_and_what_to_do() -> None:
    whole = raw(Image.effect_noise((300, 200), 90).convert("RGB"))
    for content, engine, said in [
        (raw(Image.new("RGB", (300, 200), "white")), Scripted("字"), "空.png: 图片里没有认出文字"),
        (whole[: len(whole) // 2], Scripted("字"), "图片不完整或已损坏"),
        (b"\x89PNG\r\n", Scripted("字"), "图片打不开"),
        (whole, Missing(), r'pip install "youju\[ocr\]"'),
    ]:
        with pytest.raises(SourceError, match=said):
            read_image(content, uri="空.png", reader=engine)


def test_pictures_inside_documents_give_their_lines() -> None:
    assert read_picture(raw(Image.new("RGB", (300, 200), "gray")), reader=Scripted("图中的字")) == ["图中的字"]
    assert read_picture(raw(Image.new("RGB", (99, 400), "gray")), reader=Scripted("图标")) == []
    assert read_picture(b"no picture", reader=Scripted("字")) == []


def line(text: str, top: float) -> Line:
    return Line(text, page=1, box=Box(1, 0.1, top, 0.9, top + 0.01))


PRINTED = [
    ("登录 注册", 0.02), ("首页 要闻 政务", 0.05), ("当前位置：首页 > 公开", 0.1), ("关于修渠的通知", 0.2),
    ("各村要在月底前完工。", 0.3), ("镇水利站", 0.4), ("打印本页 关闭窗口", 0.6), ("技术支持 某公司", 0.7),
    ("浙ICP备00000000号", 0.8), ("https://example.org/a.html 1/2", 0.97),
]  # fmt: skip


def test_what_a_site_prints_around_its_page_is_dropped() -> None:
    kept, dropped = without_site([line(*each) for each in PRINTED])
    assert texts(kept) == ["关于修渠的通知", "各村要在月底前完工。", "镇水利站"]
    assert [d.reason for d in dropped] == ["菜单"] * 3 + ["网页的页脚"] * 3 + ["页边的网址"]


def test_a_page_that_is_no_web_page_keeps_all() -> None:
    plain = [
        line(*each) for each in PRINTED if "位置" not in each[0] and "ICP" not in each[0] and "http" not in each[0]
    ]
    assert without_site(plain) == (plain, [])
