from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from sources.documents import SourceError
from sources.parts import Grid, Line, Parsed
from sources.readers.files import READERS, read
from sources.readers.kinds import kind_of

TEXT = "各县区民政局：\n现将2025年养老服务补贴标准调整为每人每月一百五十元，请于四月一日前执行。\n"


def mail() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "关于调整养老服务补贴标准的通知"
    message["From"] = "某市民政局 <office@example.gov.cn>"
    message["To"] = "各县区 <all@example.gov.cn>"
    message["Date"] = "Mon, 10 Mar 2025 09:30:00 +0800"
    message.set_content(TEXT, charset="gb18030")
    return message


def parsed(message: EmailMessage) -> Parsed:
    return READERS["eml"](message.as_bytes(), uri="信.eml")


def texts(found: Parsed) -> list[str]:
    return [part.text for part in found.parts if isinstance(part, Line)]


def test_a_mail_gives_its_subject_its_head_and_its_text() -> None:
    found = parsed(mail())
    assert found.stated == {
        "title": "关于调整养老服务补贴标准的通知",
        "publisher": "某市民政局",
        "published": "2025-03-10",
    }
    assert texts(found)[:4] == [
        "关于调整养老服务补贴标准的通知",
        "发件人：某市民政局 <office@example.gov.cn>",
        "收件人：各县区 <all@example.gov.cn>",
        "日期：2025-03-10",
    ]
    assert "每人每月一百五十元" in texts(found)[5]


def test_of_two_forms_of_the_text_the_one_with_tables_is_read(tmp_path: Path) -> None:
    message = mail()
    message.add_alternative(
        "<p>各县区民政局：</p><table><tr><th>县</th><th>标准</th></tr><tr><td>甲县</td><td>150</td></tr></table>",
        subtype="html",
    )
    found = parsed(message)
    assert texts(found).count("各县区民政局：") == 1
    assert [part.cells[2].text for part in found.parts if isinstance(part, Grid)] == ["甲县"]
    path = tmp_path / "信.eml"
    path.write_bytes(message.as_bytes())
    assert read(path).title == "关于调整养老服务补贴标准的通知"


def test_attachments_are_read_by_the_readers_of_their_kinds_or_told() -> None:
    message = mail()
    for name, raw in (("说明 一.txt", "附表说明：甲县每人每月一百六十元。".encode()), ("程序.exe", b"\x00\x01\x02")):
        message.add_attachment(raw, maintype="application", subtype="octet-stream", filename=name)
    message.add_attachment(mail())
    found = parsed(message)
    at = texts(found).index("附件：说明 一.txt")
    assert texts(found)[at + 1] == "附表说明：甲县每人每月一百六十元。"
    assert texts(found).count("关于调整养老服务补贴标准的通知") == 2
    (notice,) = found.notices
    assert notice.startswith("附件“程序.exe”没有读：")


def test_mails_in_mails_in_mails_end() -> None:
    message = mail()
    for _ in range(6):
        outer = mail()
        outer.add_attachment(message)
        message = outer
    assert any("层数太多" in notice for notice in parsed(message).notices)


def test_heads_against_the_rules_are_read() -> None:
    raw = (
        b"Subject: \xb9\xd8\xd3\xda\xb2\xb9\xcc\xf9\r\nFrom: =?x-none?B?!!?=\r\nDate: gestern\r\n"
        b"MIME-Version: 1.0\r\n\r\n" + TEXT.encode()
    )
    assert kind_of(raw, suffix=".eml") == "eml"
    assert READERS["eml"](raw, uri="信.eml").stated["title"] == "关于补贴"


def test_what_is_no_mail_says_so() -> None:
    with pytest.raises(SourceError, match=r"信\.eml: 不是邮件"):
        READERS["eml"](b"\r\n\r\n", uri="信.eml")


def test_a_page_saved_with_its_pictures_gives_its_text() -> None:
    raw = (
        b"From: <Saved by a browser>\r\nSubject: =?utf-8?Q?=E9=80=9A=E7=9F=A5?=\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/related; type="text/html"; boundary="--b"\r\n\r\n'
        b"----b\r\nContent-Type: text/css\r\n\r\np { color: red }\r\n"
        b"----b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"<html><body><h1>=E8=A1=A5=E8=B4=B4=E6=A0=87=E5=87=86</h1>"
        b"<p>=E6=AF=8F=E4=BA=BA=E6=AF=8F=\r\n=E6=9C=88 150 =E5=85=83</p>"
        b"</body></html>\r\n----b--\r\n"
    )
    assert kind_of(raw, suffix=".mht") == "mhtml"
    assert texts(READERS["mhtml"](raw, uri="页.mht")) == ["补贴标准", "每人每月 150 元"]
