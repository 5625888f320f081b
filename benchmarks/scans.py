"""How much of a printed page is read again from a scan of it: known text drawn, made noisy and crooked, and read.

    python benchmarks/scans.py [--pages 6] [--seed 1] [--font NotoSansCJK-Regular.ttc]

Needs youju[ocr] and a Chinese font. The text is generated: sentences of a policy, with dates, amounts and numbers of
documents. Recovered is 1 less the edit distance, as a share of the characters drawn, white space apart. Time is CPU
time.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import unicodedata

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sources.parts import Line
from sources.readers.ocr import read_page

WIDTH, HEIGHT = 1654, 2339  # A4 at 200 dpi
MARGIN = 180
PARTIES = ("县水利局", "镇人民政府", "市财政局", "区教育局", "乡卫生院", "街道办事处", "县农业农村局", "市民政局")
DEEDS = (
    "修建灌溉水渠",
    "发放种粮补贴",
    "改造老旧小区",
    "新建村级图书室",
    "添置医疗设备",
    "整治河道",
    "培训养老护理员",
    "绿化公路",
)
ENDS = (
    "由村民代表监督使用",
    "完工后公示三十天",
    "不得挪作他用",
    "逾期未完成的应当说明原因",
    "验收合格后一次付清",
    "每季度报告进度",
)


def sentences(random_: random.Random, count: int) -> str:
    """So many sentences about who does what by when and for how much."""

    def one() -> str:
        year, month, day = random_.randint(2021, 2030), random_.randint(1, 12), random_.randint(1, 28)
        amount, share = f"{random_.randint(1, 9999)}.{random_.randint(0, 99):02d}", random_.randint(1, 99)
        return (
            f"{random_.choice(PARTIES)}应当在{year}年{month}月{day}日前{random_.choice(DEEDS)}，"
            f"安排资金{amount}万元，占全年预算的{share}%，{random_.choice(ENDS)}。"
        )

    return "".join(one() for _ in range(count))


def drawn(text: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    """A page with the text broken into lines of one width."""
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    line, y = "", MARGIN
    for character in text:
        if draw.textlength(line + character, font=font) > WIDTH - 2 * MARGIN:
            draw.text((MARGIN, y), line, fill=0, font=font)
            line, y = "", y + int(font.size * 1.75)
        line += character
    draw.text((MARGIN, y), line, fill=0, font=font)
    return image


def scanned(page: Image.Image, random_: random.Random, *, degrees: float) -> Image.Image:
    """As an office scanner gives it: turned a little, blurred, on gray paper, with grain and specks, as JPEG does."""
    grain = np.random.default_rng(random_.randrange(2**32))
    turned = page.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255).filter(
        ImageFilter.GaussianBlur(0.8)
    )
    pixels = np.asarray(turned, np.float32) * 0.85 + 25 + grain.normal(0, 9, (HEIGHT, WIDTH))
    pixels[grain.random((HEIGHT, WIDTH)) < 0.0005] = 60
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def plain(text: str) -> str:
    """The text with one form of each character, and no white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def edits(one: str, other: str) -> int:
    """The Levenshtein distance, a row of the matrix at a time."""
    letters = np.frombuffer(other.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(letters) + 1)
    row = steps.copy()
    for letter in np.frombuffer(one.encode("utf-32-le"), np.uint32):
        new = np.concatenate([[row[0] + 1], np.minimum(row[1:] + 1, row[:-1] + (letters != letter))])
        row = np.minimum.accumulate(new - steps) + steps  # what is inserted costs one a step
    return int(row[-1])


def main() -> int:
    """Prints, for each turn of the page, the share recovered and the seconds a page; 1 where less than 97 % are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--font", default="NotoSansCJK-Regular.ttc")
    options = parser.parse_args()
    random_ = random.Random(options.seed)
    drawn_chars = wrong = 0
    for number in range(options.pages):
        degrees = round(random_.uniform(-3, 3), 1) if number else 0.0
        size = random_.choice([30, 36, 44])
        text = sentences(random_, 12)
        image = scanned(drawn(text, ImageFont.truetype(options.font, size)), random_, degrees=degrees)
        start = time.process_time()
        parts = read_page(image, page=1)
        took = time.process_time() - start
        found = plain("".join(part.text for part in parts if isinstance(part, Line)))
        distance = edits(plain(text), found)
        drawn_chars += len(plain(text))
        wrong += distance
        print(f"{degrees:+.1f}°, {size} px: {1 - distance / len(plain(text)):.2%} of {len(plain(text))}, {took:.1f} s")
    share = 1 - wrong / drawn_chars
    print(f"recovered {share:.2%} of {drawn_chars} characters on {options.pages} pages")
    return 0 if share >= 0.97 else 1


if __name__ == "__main__":
    sys.exit(main())
