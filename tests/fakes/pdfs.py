"""Small PDFs, written by hand: text, rules and pictures at places that a test names, in points from the top left"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

WIDTH, HEIGHT = 600, 800
_FONTS = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Type /Font"
    b" /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2"
    b" >> /DW 1000 /W [1 95 500] /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox"
    b" [0 -120 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 90 >> >>] >>",
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    b"<< /Type /Font /Subtype /Type0 /BaseFont /Unknown /Encoding /Identity-H /DescendantFonts [<< /Type /Font /Subtype"
    b" /CIDFontType2 /BaseFont /Unknown /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    b" /DW 1000 /FontDescriptor << /Type /FontDescriptor /FontName /Unknown /Flags 4 /FontBBox [0 -120 1000 880]"
    b" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 90 >> >>] >>",
)
_FLAT_FONT = _FONTS[0].replace(b"/Ascent 880 /Descent -120", b"/Ascent 20 /Descent -10")
"""Says of itself that its characters are hardly higher than a line, as what is embedded of a font may."""


def text(x: float, y: float, words: str, *, size: float = 12) -> bytes:
    """The words, the base line `y` points below the top of the page."""
    return b"BT /F0 %g Tf 1 0 0 1 %g %g Tm <%s> Tj ET\n" % (
        size,
        x,
        HEIGHT - y,
        words.encode("utf-16-be").hex().encode(),
    )


def flat(x: float, y: float, words: str, *, size: float = 12) -> bytes:
    """The words in a font that doesn't know how high it is."""
    return text(x, y, words, size=size).replace(b"/F0 ", b"/F3 ")


def upwards(x: float, y: float, words: str, *, size: float = 12) -> bytes:
    """The words, written from the bottom to the top."""
    shown = words.encode("utf-16-be").hex().encode()
    return b"BT /F0 %g Tf 0 1 -1 0 %g %g Tm <%s> Tj ET\n" % (size, x, HEIGHT - y, shown)


def latin(x: float, y: float, raw: bytes, *, size: float = 12) -> bytes:
    """Bytes in a font that takes each for a Latin letter."""
    return b"BT /F1 %g Tf 1 0 0 1 %g %g Tm <%s> Tj ET\n" % (size, x, HEIGHT - y, raw.hex().encode())


def unmapped(x: float, y: float, count: int) -> bytes:
    """`count` characters of a font that doesn't say what they mean."""
    return b"BT /F2 12 Tf 1 0 0 1 %g %g Tm <%s> Tj ET\n" % (
        x,
        HEIGHT - y,
        b"".join(b"%04x" % n for n in range(1, count)),
    )


def rules(xs: Sequence[float], ys: Sequence[float]) -> bytes:
    """A full lattice of lines."""
    drawn = [b"%g %g m %g %g l S\n" % (xs[0], HEIGHT - y, xs[-1], HEIGHT - y) for y in ys]
    drawn += [b"%g %g m %g %g l S\n" % (x, HEIGHT - ys[0], x, HEIGHT - ys[-1]) for x in xs]
    return b"".join(drawn)


def line(x0: float, y0: float, x1: float, y1: float) -> bytes:
    """A straight line."""
    return b"%g %g m %g %g l S\n" % (x0, HEIGHT - y0, x1, HEIGHT - y1)


def grey() -> bytes:
    """A picture over the whole page."""
    return b"q %d 0 0 %d 0 0 cm /I0 Do Q\n" % (WIDTH, HEIGHT)


def pdf(pages: Sequence[bytes], *, rotate: int = 0, title: str = "", encrypt: bool = False) -> bytes:
    """A PDF of pages with these contents."""
    objects = [*_FONTS, _FLAT_FONT]
    pixels = zlib.compress(b"\x80" * 4)
    objects.append(
        b"<< /Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter"
        b" /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(pixels), pixels)
    )
    parent = len(objects) + 2 * len(pages) + 1
    kids = []
    for content in pages:
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Rotate %d /Contents %d 0 R /Resources << /Font <<"
            b" /F0 1 0 R /F1 2 0 R /F2 3 0 R /F3 4 0 R >> /XObject << /I0 5 0 R >> >> >>"
            % (parent, WIDTH, HEIGHT, rotate, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects.append(b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids)))
    objects.append(b"<< /Type /Catalog /Pages %d 0 R >>" % parent)
    objects.append(b"<< /Title <feff%s> >>" % title.encode("utf-16-be").hex().encode())
    written = b"%PDF-1.7\n"
    places = []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    locked = b" /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<00> <00>]" % (
        b"41" * 32,
        b"42" * 32,
    )
    written += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, len(objects) - 1, len(objects), locked if encrypt else b"", start,
    )  # fmt: skip
    return written
