"""E-mail: the subject is the title, then the text, then the attachments, each read by the reader of its kind.

Subject: =?GB18030?B?udjT2g==?=
From: 某市民政局 <office@example.gov.cn>
"""

from __future__ import annotations

import email
import re
from collections.abc import Mapping
from dataclasses import replace
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import PurePath

from sources.cleaning.blocks import lines_of
from sources.documents import SourceError
from sources.parts import Dropped, Grid, Line, Parsed, Part, Reader
from sources.readers.html import decoded, parts_of_page
from sources.readers.kinds import kind_of

_MAX_PARTS = 200
_MAX_DEPTH = 3
"""Of mails that are attached to mails."""
_HEADER_CHARS = 500


def read_eml(raw: bytes, *, uri: str, readers: Mapping[str, Reader], depth: int = 0) -> Parsed:
    """What a mail says, and its attachments as sections 附件：name. Raises SourceError when there is nothing in it.

    An attachment that can't be read is told in a notice, and the mail is read all the same.
    """
    message = message_of(raw, uri=uri)
    subject = header(message, "Subject")
    senders = [name or address for name, address in getaddresses([header(message, "From")])]
    published = _date(message)
    lines = [Line(subject, level=1, whole=True)] if subject else []
    for label, value in (("发件人", header(message, "From")), ("收件人", header(message, "To")), ("日期", published)):
        if value:
            lines.append(Line(f"{label}：{value}", whole=True))
    body, attached = _sorted(message, uri)
    parts: list[Part] = [*lines, *body]
    dropped: list[Dropped] = []
    notices: list[str] = []
    for name, content, kind in attached:
        inner = f"{uri}/{name}"
        try:
            if kind == "eml":
                if depth >= _MAX_DEPTH:
                    raise SourceError(inner, "邮件里附着邮件，层数太多", "请单独保存这封邮件")
                parsed = read_eml(content, uri=inner, readers=readers, depth=depth + 1)
            elif kind in readers:
                parsed = readers[kind](content, uri=inner)
            else:
                raise SourceError(inner, "这种附件还不能读", "请把它单独存到文件夹里，或转成能读的格式")
        except SourceError as error:
            notices.append(f"附件“{name}”没有读：{error.reason}。{error.remedy}")
            continue
        parts += [Line(f"附件：{name}", level=2, whole=True), *map(_inside, parsed.parts)]
        dropped += [replace(each, page=None) for each in parsed.dropped]
        notices += [f"附件“{name}”：{notice}" for notice in parsed.notices]
    if not body and not any(part for part in parts[len(lines) :]):
        raise SourceError(uri, "邮件里没有文字", "; ".join(notices) or "请确认邮件保存得完整")
    said = {"title": subject, "publisher": "、".join(senders), "published": published}
    stated = {key: value for key, value in said.items() if value}
    return Parsed(tuple(parts), stated, "邮件头", trusted=True, dropped=tuple(dropped), notices=tuple(notices))


def message_of(raw: bytes, *, uri: str) -> Message:
    """The message in a file's bytes. Raises SourceError when it is none."""
    try:
        message = email.message_from_bytes(raw.removeprefix(b"\xef\xbb\xbf").lstrip())
    except RecursionError as error:
        raise SourceError(uri, "邮件一层套一层，层数太多", "请确认文件没有损坏") from error
    if not message.keys():
        raise SourceError(uri, "不是邮件（开头没有邮件头）", "请从邮件软件重新导出")
    return message


def leaves(message: Message) -> list[Message]:
    """The parts of a message that hold something, in order; a mail inside it is one."""
    found: list[Message] = []
    stack = [message]
    while stack and len(found) < _MAX_PARTS:
        part = stack.pop()
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() == "multipart":
            stack += [each for each in reversed(inner) if isinstance(each, Message)]
        else:
            found.append(part)
    return found


def content_of(part: Message) -> bytes:
    """The bytes that a part holds, decoded from how they were sent."""
    inner = part.get_payload()
    if isinstance(inner, list):
        return b"".join(each.as_bytes() for each in inner if isinstance(each, Message))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def text_of_part(part: Message, *, uri: str) -> str:
    """The text that a part holds: its bytes decide how it is encoded, and what it says only where they don't."""
    return decoded(content_of(part), uri=uri, charset=str(part.get_content_charset() or ""))


def header(message: Message, name: str) -> str:
    """A header in plain words, in one line; "" where it is missing."""
    # Not get(): it gives � for bytes that stand in a header as they are.
    value = next((value for key, value in message.raw_items() if key.lower() == name.lower()), None)
    if value is None:
        return ""
    text = _words(_plain(str(value)))
    return re.sub(r"\s+", " ", text).strip()[:_HEADER_CHARS]


def _words(value: str) -> str:
    """A header with its encoded words decoded; as it stands where they are damaged."""
    try:
        pieces = decode_header(value)
        return "".join(piece if isinstance(piece, str) else _decoded(piece, charset) for piece, charset in pieces)
    except (HeaderParseError, ValueError, LookupError):
        return value


def _plain(value: str) -> str:
    """Bytes that stand in a header as they are, against the rules, as the characters that they mean."""
    raw = value.encode("utf-8", "surrogateescape")
    return value if value.isascii() else _decoded(raw, None)


def _decoded(raw: bytes, charset: str | None) -> str:
    charset = "gb18030" if (charset or "").lower() in ("gb2312", "gbk") else charset
    for name in filter(None, (charset, "utf-8", "gb18030")):
        try:
            return raw.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("utf-8", "replace")


def _date(message: Message) -> str:
    try:
        return parsedate_to_datetime(header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _sorted(message: Message, uri: str) -> tuple[list[Part], list[tuple[str, bytes, str]]]:
    """The parts of the body; and name, bytes and kind of each attachment."""
    plain: list[Part] = []
    pages: list[Part] = []
    attached: list[tuple[str, bytes, str]] = []
    for number, part in enumerate(leaves(message), start=1):
        name = _decoded_name(part)
        kind = part.get_content_type()
        if name or part.get_content_disposition() == "attachment" or kind == "message/rfc822":
            content = content_of(part)
            if part.get("Content-ID") and part.get_content_maintype() == "image":
                continue  # a picture of the text, as of a signature
            suffix = PurePath(name).suffix
            told = "eml" if kind == "message/rfc822" else kind_of(content, suffix=suffix)
            attached.append((name or f"第{number}部分", content, told))
        elif kind == "text/html":
            pages += parts_of_page(text_of_part(part, uri=uri))
        elif part.get_content_maintype() == "text":
            plain += lines_of(text_of_part(part, uri=uri))
    # Both say the same, and the page keeps tables and headings.
    return (pages or plain), attached


def _decoded_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError):  # it names a character set that can't be one
        name = ""
    text = _words(_plain(name))
    return re.sub(r"[\s/\\]+", " ", text).strip()[:_HEADER_CHARS]


def _inside(part: Part) -> Part:
    """As a part of the mail, which has no pages, below the heading of its attachment."""
    if isinstance(part, Grid):
        return replace(part, page=None, cells=tuple(replace(cell, box=None) for cell in part.cells))
    return replace(part, page=None, box=None, level=part.level + 2 if part.level else 0)
