"""References in the form of GB/T 7714—2015, in order of first citation: the list of sources at the end of a file.

    [1] 云山市人民政府. 关于印发租房补贴办法的通知: 云政发〔2025〕3号[Z]. 2025-04-30. 文件: 通知.docx.
    [2] 城乡融合 双向奔富[N]. 中国城市报, 2025-06-11. 文件: 报道.md.

The standard's numeric system: who is responsible first (left out where nobody knows), up to three and then 等; behind
the title the number after a colon, then the sign of its type. Pages stand in the footnotes, as the standard has it for
a work that is cited more than once. What isn't known is left out, and nothing is made up for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit, urlunsplit

from assistant.answers import Citation
from assistant.exports.characters import in_line
from assistant.exports.words import ExportWords
from index.catalog.rows import DocumentInfo

_NEWSPAPER = re.compile(r".+(?<!公)报|.*\b(?:Daily|Times)")
_JOURNAL = re.compile(r"(?P<quoted>《[^》]+》)(?:杂志|期刊)?|.+(?:杂志|公报|刊)|.*\b(?:Journal|Magazine)")
_STANDARD_NUMBER = re.compile(r"(?:GB|DB|[A-Z]{2})\d{0,2}(?:/[A-Z]{1,4})?\s*[\d.]+\s*[-—–]\s*\d{4}")
_REPORTS = frozenset({"报告", "公报", "统计公报", "白皮书", "蓝皮书"})
_DATA = (".xlsx", ".xls", ".csv", ".tsv")
_SAVED_PAGES = (".html", ".htm", ".mhtml", ".mht")
_BETWEEN_AUTHORS = re.compile(r"[、;；\n]|\s+(?=[^\x00-\x7f])")
_MOST_AUTHORS = 3


@dataclass(frozen=True, slots=True)
class Paper:
    """What is known of a document that is cited."""

    title: str
    publisher: str = ""
    published: str = ""
    """YYYY, YYYY-MM or YYYY-MM-DD."""
    number: str = ""
    kind: str = ""
    uri: str = ""

    @classmethod
    def of(cls, citation: Citation, known: DocumentInfo | None) -> Paper:
        """Of a citation, with what the catalog knows besides."""
        return cls(
            title=in_line(citation.title),
            publisher=in_line(citation.publisher or ""),
            published=in_line(citation.published or ""),
            number=in_line((known and known.number) or ""),
            kind=in_line((known and known.kind) or ""),
            uri=in_line(citation.uri),
        )

    @property
    def type_sign(self) -> str:
        """The sign of its type and carrier: N, J, S, R, DS or Z, with /OL where it was taken from the web; EB/OL of a
        web page that is none of them."""
        online = self.address or self.file.lower().endswith(_SAVED_PAGES)
        if _NEWSPAPER.fullmatch(self.publisher):
            kind = "N"
        elif _JOURNAL.fullmatch(self.publisher):
            kind = "J"
        elif _STANDARD_NUMBER.fullmatch(self.number):
            kind = "S"
        elif self.kind in _REPORTS:
            kind = "R"
        elif self.kind == "统计表" or self.file.lower().endswith(_DATA):
            kind = "DS"
        else:
            kind = "EB" if online else "Z"
        return f"{kind}/OL" if online else kind

    @property
    def address(self) -> str:
        """Where on the web it stands, without what may be secret of it; "" of a file."""
        parts = urlsplit(self.uri) if self.uri.startswith(("http://", "https://")) else None
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")) if parts else ""

    @property
    def file(self) -> str:
        """The name of its file: which folder it lies in is no reader's business."""
        return "" if self.address else self.uri.replace("\\", "/").rsplit("/", 1)[-1]


def reference(paper: Paper, words: ExportWords, *, day: date) -> str:
    """The reference without its number in the list; `day` is when the source was consulted, told of what is online."""
    sign = paper.type_sign
    kind, online = sign.partition("/")[::2]
    titled = f"{paper.title}: {paper.number}" if paper.number and paper.number not in paper.title else paper.title
    title = f"{titled}[{sign}]"
    consulted = f"[{day.isoformat()}]" if online else ""
    if kind in {"N", "J"}:
        periodical = paper.publisher if kind == "N" else _without_quotes(paper.publisher)
        facts = [title, f"{', '.join(filter(None, (periodical, paper.published)))}{consulted}"]
    else:
        # Who published a paper of an office is its author, too, and isn't told again.
        published = f"({paper.published})" if online and paper.published else paper.published
        facts = [_authors(paper.publisher, words.others), title, f"{published}{consulted}"]
    facts.append(paper.address or (f"{words.file}{paper.file}" if paper.file else ""))
    return f"{'. '.join(filter(None, facts))}."


def _authors(publisher: str, others: str) -> str:
    names = [name for part in _BETWEEN_AUTHORS.split(publisher) if (name := part.strip())]
    more = [others] if len(names) > _MOST_AUTHORS else []
    return ", ".join(names[:_MOST_AUTHORS] + more)


def _without_quotes(publisher: str) -> str:
    found = _JOURNAL.fullmatch(publisher)
    return found["quoted"].strip("《》") if found and found["quoted"] else publisher


class References:
    """The documents that a file cites, each once, numbered from 1 in the order in which they are first cited."""

    def __init__(self, known: Mapping[str, DocumentInfo]) -> None:
        self._known = known
        self._papers: dict[str, Paper] = {}
        self._numbers: dict[str, int] = {}

    def number_of(self, citation: Citation) -> int:
        """The number of the document cited, which is new where it wasn't cited before."""
        key = citation.document_id or citation.title
        if key not in self._papers:
            self._papers[key] = Paper.of(citation, self._known.get(citation.document_id))
            self._numbers[key] = len(self._papers)
        return self._numbers[key]

    def lines(self, words: ExportWords, *, day: date) -> Iterable[tuple[int, str]]:
        """Every number with its reference, in order."""
        for number, paper in enumerate(self._papers.values(), 1):
            yield number, reference(paper, words, day=day)
