"""Web pages saved with their pictures in one file, as a mail would carry them (MHTML, RFC 2557)"""

from __future__ import annotations

from dataclasses import replace

from sources.documents import SourceError
from sources.parts import Parsed
from sources.readers.eml import content_of, header, leaves, message_of
from sources.readers.html import decoded, parsed_page


def read_mhtml(raw: bytes, *, uri: str) -> Parsed:
    """The main text of the page that the file was saved of. Raises SourceError when there is none."""
    message = message_of(raw, uri=uri)
    pages = [part for part in leaves(message) if part.get_content_type() in ("text/html", "application/xhtml+xml")]
    if not pages:
        raise SourceError(uri, "文件里没有网页", "请用浏览器重新保存网页")
    start = str(message.get_param("start") or "").strip()
    pages.sort(key=lambda part: not start or str(part.get("Content-ID") or "").strip() != start)
    problem: SourceError | None = None
    for page in pages:  # a page of frames has its text in one of them
        try:
            text = decoded(content_of(page), uri=uri, charset=str(page.get_content_charset() or ""))
            parsed = parsed_page(text, uri=uri)
        except SourceError as error:
            problem = problem or error
            continue
        subject = header(message, "Subject")
        return replace(parsed, otherwise={**({"title": subject} if subject else {}), **parsed.otherwise})
    raise problem or SourceError(uri, "文件里没有网页", "请用浏览器重新保存网页")
