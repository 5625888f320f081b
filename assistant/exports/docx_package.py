"""The parts of a Word document (ECMA-376) that don't depend on what it says: its styles, settings and relations.

Written out rather than made with python-docx, which knows no footnotes and whose template has other fonts.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date
from html import escape

from assistant.exports.characters import clean

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = {
    "document": "document.main",
    "styles": "styles",
    "settings": "settings",
    "numbering": "numbering",
    "footnotes": "footnotes",
    "footer": "footer",
}
"""Part → its content type; those after the document are related to it as rId1, rId2 … in this order."""
_PROPERTIES = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"


@dataclass(frozen=True, slots=True)
class _Style:
    """A style of paragraphs."""

    id: str
    name: str
    size: int
    """In half points."""
    font: str
    """Of Chinese."""
    paragraph: str
    """Its properties, in the order that the standard wants."""
    colour: str = ""


_SMALL_LINES = '<w:spacing w:line="240" w:lineRule="auto"/>'
_STYLES = (
    _Style("Title", "Title", 36, "黑体", '<w:spacing w:after="60"/><w:jc w:val="center"/>'),
    _Style("Subtitle", "Subtitle", 18, "宋体", '<w:spacing w:after="240"/><w:jc w:val="center"/>', "555555"),
    _Style(
        "Heading1", "heading 1", 28, "黑体",
        '<w:keepNext/><w:spacing w:before="320" w:after="120"/><w:outlineLvl w:val="0"/>',
    ),
    _Style(
        "Heading2", "heading 2", 24, "黑体",
        '<w:keepNext/><w:spacing w:before="160" w:after="60"/><w:outlineLvl w:val="1"/>',
    ),
    _Style("Note", "Note", 21, "楷体", '<w:spacing w:after="80"/>', "555555"),
    _Style("Doubt", "Doubt", 24, "黑体", '<w:keepNext/><w:spacing w:after="80"/>', "8A5A00"),
    _Style("Cell", "Table Text", 18, "宋体", _SMALL_LINES),
    _Style("Reference", "Bibliography", 21, "宋体", '<w:spacing w:after="60"/><w:ind w:left="480" w:hanging="480"/>'),
    _Style("About", "About", 18, "宋体", '<w:spacing w:before="80"/>', "555555"),
    _Style("FootnoteText", "footnote text", 18, "宋体", f'<w:snapToGrid w:val="0"/>{_SMALL_LINES}'),
    _Style("Footer", "footer", 18, "宋体", '<w:jc w:val="center"/>'),
)  # fmt: skip
_BULLET_DEPTHS = 4


def package(body: str, footnotes: str, *, title: str, language: str, day: date) -> bytes:
    """A Word document of A4 pages: the `w:p` and `w:tbl` of its body, and its `w:footnote`, as XML.

    The same content gives the same bytes.
    """
    margins = 'w:top="1440" w:right="1588" w:bottom="1440" w:left="1588" w:header="851" w:footer="992" w:gutter="0"'
    footer = f"rId{[*_PARTS].index('footer')}"
    section = (
        f'<w:sectPr><w:footerReference w:type="default" r:id="{footer}"/><w:pgSz w:w="11906" w:h="16838"/>'
        f"<w:pgMar {margins}/></w:sectPr>"
    )
    parts = {
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}{section}</w:body></w:document>",
        "word/footnotes.xml": f"<w:footnotes {NAMESPACES}>{_SEPARATORS}{footnotes}</w:footnotes>",
        "word/styles.xml": _styles(),
        "word/settings.xml": _settings(),
        "word/numbering.xml": _numbering(),
        "word/footer.xml": f"<w:ftr {NAMESPACES}>{_PAGE_NUMBER}</w:ftr>",
        "word/_rels/document.xml.rels": _relations([(name, f"{name}.xml") for name in [*_PARTS][1:]]),
        "docProps/core.xml": _properties(title, language, day),
        "_rels/.rels": _relations([("officeDocument", "word/document.xml"), (_PROPERTIES, "docProps/core.xml")]),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        # The list of types comes first: programs that read a stream look there.
        for name, xml in [("[Content_Types].xml", _types()), *parts.items()]:
            entry = zipfile.ZipInfo(name, (*day.timetuple()[:3], 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _HEAD + xml)
    return made.getvalue()


def escaped(text: str) -> str:
    """The text as XML, without what XML can't hold."""
    return escape(clean(text))


_SEPARATORS = (
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>'
)
_PAGE_NUMBER = (
    '<w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r><w:t xml:space="preserve">— </w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    '<w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p>'
)


def _types() -> str:
    parts = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_WORD}.{kind}+xml"/>' for name, kind in _PARTS.items()
    )
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/docProps/core.xml" '
        f'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>{parts}</Types>'
    )


def _relations(targets: list[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{kind if "/" in kind else f"{_RELATIONS}/{kind}"}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'
    )


def _properties(title: str, language: str, day: date) -> str:
    moment = f'xsi:type="dcterms:W3CDTF">{day.isoformat()}T00:00:00Z'
    return (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escaped(title)}</dc:title><dc:creator>有据 Youju</dc:creator><dc:language>{language}</dc:language>"
        f"<dcterms:created {moment}</dcterms:created><dcterms:modified {moment}</dcterms:modified></cp:coreProperties>"
    )


def _fonts(asian: str) -> str:
    # 黑体 has no serifs, so neither have the letters beside it.
    western = "Arial" if asian == "黑体" else "Times New Roman"
    return f'<w:rFonts w:ascii="{western}" w:hAnsi="{western}" w:eastAsia="{asian}" w:cs="{western}"/>'


def _styles() -> str:
    defaults = (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{_fonts("宋体")}<w:sz w:val="24"/><w:szCs w:val="24"/>'
        f'<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>'
        '<w:spacing w:line="360" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>'
    )
    styles = [
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
    ]
    for style in _STYLES:
        colour = f'<w:color w:val="{style.colour}"/>' if style.colour else ""
        styles.append(
            f'<w:style w:type="paragraph" w:styleId="{style.id}"><w:name w:val="{style.name}"/>'
            f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{style.paragraph}</w:pPr><w:rPr>{_fonts(style.font)}'
            f'{colour}<w:sz w:val="{style.size}"/><w:szCs w:val="{style.size}"/></w:rPr></w:style>'
        )
    styles.append(
        '<w:style w:type="character" w:styleId="FootnoteReference"><w:name w:val="footnote reference"/>'
        '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
        '<w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr></w:style>"
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
        f"<w:tblPr><w:tblBorders>{_borders()}</w:tblBorders></w:tblPr></w:style>"
    )
    return f"<w:styles {NAMESPACES}>{defaults}{''.join(styles)}</w:styles>"


def _borders() -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    return "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="666666"/>' for side in sides)


def _settings() -> str:
    return (
        f'<w:settings {NAMESPACES}><w:zoom w:percent="100"/><w:characterSpacingControl w:val="compressPunctuation"/>'
        '<w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr><w:compat>'
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        f'</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
    )


def _numbering() -> str:
    """Bullets; numbers are printed as the answer has them, so that no program counts anew."""
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/>'
        f'<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="{420 * (depth + 1)}" w:hanging="300"/></w:pPr></w:lvl>'
        for depth in range(_BULLET_DEPTHS)
    )
    return (
        f'<w:numbering {NAMESPACES}><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/>{levels}'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
