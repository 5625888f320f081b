"""Small files of every kind, made here: what is mutated, multiplied and timed."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage

TITLE = "某县2024年国民经济和社会发展统计公报"
PARAGRAPHS = (
    "2024年，全县实现地区生产总值325.6亿元，比上年增长5.8%。",
    "一、农业",
    "全年粮食总产量18.3万吨，农村居民人均可支配收入35120元，增长6.4%。",
    "二、社会事业",
    "年末共有普通中学12所，在校学生8650人；医疗卫生机构床位1874张。",
)
ROWS = (("乡镇", "户籍人口（人）", "收入（元）"), ("甲镇", "45210", "36120"), ("乙镇", "28733", "33985"))
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def text() -> bytes:
    """A plain text."""
    return "\n".join([TITLE, *PARAGRAPHS, *("\t".join(row) for row in ROWS), ""]).encode()


def markdown() -> bytes:
    """Markdown with front matter and a table."""
    head, *rows = (f"| {' | '.join(row)} |" for row in ROWS)
    table = "\n".join([head, "|---|---|---|", *rows])
    body = "\n\n".join([f"# {TITLE}", *PARAGRAPHS, table])
    return f"---\ntitle: {TITLE}\npublished: 2025-03-01\n---\n{body}\n".encode()


def html() -> bytes:
    """A page with a menu, a footer and a table."""
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{TITLE}</title></head><body><ul><li><a href=/>首页</a>"
        f"</ul><div id=content><h1>{TITLE}</h1>{body}<table>{rows}</table></div><div>版权所有</div></body></html>"
    ).encode()


def mhtml() -> bytes:
    """The page as a browser saves it."""
    head = 'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
    part = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + html()
    return head.encode() + b"--b\r\n" + part + b"\r\n--b--\r\n"


def mail() -> bytes:
    """A message with an attachment."""
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = TITLE, "a@example.org", "Mon, 03 Mar 2025 10:00:00 +0800"
    message.set_content("\n".join(PARAGRAPHS))
    message.add_attachment(sheet_csv(), maintype="text", subtype="csv", filename="附件.csv")
    message.set_boundary("b")
    return message.as_bytes()


def sheet_csv() -> bytes:
    """A table in GBK."""
    return "\r\n".join(",".join(row) for row in ROWS).encode("gbk")


def sheet() -> bytes:
    """A workbook with a title over merged cells."""
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    assert page is not None
    page.append([TITLE])
    page.merge_cells("A1:C1")
    for row in ROWS:
        page.append([int(cell) if cell.isdigit() else cell for cell in row])
    out = io.BytesIO()
    book.save(out)
    return _undated(out.getvalue())


def old_sheet() -> bytes:
    """The table as the first Excel wrote it: BIFF2, a stream of records without a container."""
    records = [(0x09, struct.pack("<HH", 2, 0x10))]
    for r, row in enumerate(ROWS):
        for c, cell in enumerate(row):
            place = struct.pack("<HH3s", r, c, b"\0\0\0")
            if cell.isdigit():
                records.append((0x03, place + struct.pack("<d", float(cell))))
            else:
                label = cell.encode("gbk")
                records.append((0x04, place + bytes([len(label)]) + label))
    return b"".join(struct.pack("<HH", code, len(data)) + data for code, data in [*records, (0x0A, b"")])


def word() -> bytes:
    """A document with headings and a table."""
    from docx import Document

    made = Document()
    made.add_heading(TITLE, 0)
    for paragraph in PARAGRAPHS:
        made.add_paragraph(paragraph, style="Heading 1" if "、" in paragraph[:3] else None)
    table = made.add_table(rows=0, cols=3)
    for row in ROWS:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = words
    out = io.BytesIO()
    made.save(out)
    return _undated(out.getvalue())


def old_word() -> bytes:
    """The text as RTF, which is read as the older Word files are."""
    escaped = "\\par ".join("".join(f"\\u{ord(c)}?" for c in line) for line in (TITLE, *PARAGRAPHS))
    return f"{{\\rtf1\\ansi {escaped}}}".encode("ascii")


def slides() -> bytes:
    """Two slides."""
    from pptx import Presentation

    made = Presentation()
    for lines in (PARAGRAPHS[:2], PARAGRAPHS[2:]):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = TITLE
        slide.placeholders[1].text_frame.text = "\n".join(lines)
    out = io.BytesIO()
    made.save(out)
    return _undated(out.getvalue())


def old_slides() -> bytes:
    """Nothing but what tells the kind."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "PowerPoint Document".encode("utf-16-le") + bytes(2048)


def pdf(pages: int = 2, *, kids: str | None = None) -> bytes:
    """Pages with a text layer in Latin letters; `kids` in the place of the page tree's own."""
    lines = (f"(Total output {n} was {n * 37}.5 tonnes in 2024.) Tj 0 -20 Td" for n in range(20))
    content = f"BT /F 12 Tf 72 720 Td {' '.join(lines)} ET".encode()
    tree = kids or " ".join(f"{4 + n} 0 R" for n in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{tree}]>>".encode(),
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        *[
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R/Resources"
            b"<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
        ] * pages,
    ]  # fmt: skip
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def picture() -> bytes:
    """A small scan in letters that every installation of Pillow has."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (480, 120), 255)
    for n in range(3):
        ImageDraw.Draw(image).text((10, 10 + 35 * n), f"Income 2024: {35120 + n} yuan", fill=0, font_size=24)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def book() -> bytes:
    """An EPUB of one chapter."""
    return packed(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            b'<rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
            "b.opf": f'<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f'<dc:title>{TITLE}</dc:title></metadata><manifest><item id="c" href="c.xhtml" '
            f'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>'.encode(),
            "c.xhtml": html(),
        }
    )


def ofd() -> bytes:
    """A page of GB/T 33190."""
    name = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    lines = "".join(
        f'<ofd:TextObject ID="{10 + n}" Boundary="10 {10 + 10 * n} 190 8" Font="1" Size="4">'
        f'<ofd:TextCode X="0" Y="4">{line}</ofd:TextCode></ofd:TextObject>'
        for n, line in enumerate((TITLE, *PARAGRAPHS))
    )
    return packed(
        {
            "OFD.xml": f"<ofd:OFD {name}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
            f"</ofd:OFD>".encode(),
            "Doc_0/Document.xml": f"<ofd:Document {name}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
            f'</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages><ofd:Page ID="2" '
            f'BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>'.encode(),
            "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page {name}><ofd:Content><ofd:Layer ID="3">{lines}</ofd:Layer>'
            f"</ofd:Content></ofd:Page>".encode(),
        }
    )


def archive() -> bytes:
    """Two files in a folder."""
    return packed({"资料/公报.txt": text(), "资料/表.csv": sheet_csv()})


def packed(members: Mapping[str, bytes]) -> bytes:
    """A ZIP archive, the same whenever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _undated(raw: bytes) -> bytes:
    """A packed file without the time it was made at."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return packed({name: _TIME.sub(b"2025-03-01T00:00:00Z", data) for name, data in members.items()})


def word_of(body: str, *, before: str = "") -> bytes:
    """A bare .docx whose body is this XML, with `before` in front of its root."""
    content = "application/vnd.openxmlformats-"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    types = (
        f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="{content}package.relationships+xml"/><Override PartName="/word/document.xml" '
        f'ContentType="{content}officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    rels = (
        f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{office}/officeDocument" '
        f'Target="word/document.xml"/></Relationships>'
    )
    document = f'{before}<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'
    return packed(
        {"[Content_Types].xml": types.encode(), "_rels/.rels": rels.encode(), "word/document.xml": document.encode()}
    )


SAMPLES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "txt": (".txt", text),
    "md": (".md", markdown),
    "html": (".html", html),
    "mhtml": (".mhtml", mhtml),
    "eml": (".eml", mail),
    "csv": (".csv", sheet_csv),
    "xlsx": (".xlsx", sheet),
    "xls": (".xls", old_sheet),
    "docx": (".docx", word),
    "doc": (".rtf", old_word),
    "pptx": (".pptx", slides),
    "ppt": (".ppt", old_slides),
    "pdf": (".pdf", pdf),
    "image": (".png", picture),
    "epub": (".epub", book),
    "ofd": (".ofd", ofd),
    "zip": (".zip", archive),
}
"""By the kinds of `sources.readers.files.READERS`: the ending of the name, and what makes the bytes."""
