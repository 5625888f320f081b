from __future__ import annotations

import pytest

from sources.cleaning.structure import document
from sources.cleaning.validity import validity
from sources.documents import Document
from sources.parts import Line, Parsed
from sources.readers.files import document_of

NOTICE = """青溪市人民政府文件

青政发〔2024〕5号

青溪市人民政府
关于印发青溪市新市民安居
补助办法的通知

各县（市、区）人民政府，市政府直属各单位：

现将《青溪市新市民安居补助办法》印发给你们，请结合实际认真贯彻执行。本办法自2024年7月1日起施行，有效期5年。

青溪市人民政府
二〇二四年五月六日
（此件公开发布）
"""
BODY = "为做好有关工作，经研究，现将有关事项通知如下，请各单位认真抓好落实。"


def read(text: str, name: str = "文件.txt") -> Document:
    return document_of(text.encode(), uri=f"/文件夹/{name}")


def test_the_facts_of_an_official_paper() -> None:
    paper = read(NOTICE)
    assert paper.title == "青溪市人民政府关于印发青溪市新市民安居补助办法的通知"
    assert paper.publisher == "青溪市人民政府"
    assert paper.published == "2024-05-06"
    assert paper.number == "青政发〔2024〕5号"
    assert (paper.kind, paper.in_force, paper.expires) == ("通知", "2024-07-01", "2029-06-30")
    assert paper.found_by == {
        "title": "标题行", "publisher": "落款", "published": "落款", "number": "文号行", "kind": "标题",
        "in_force": "正文", "expires": "正文",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# 说明\n\n本文由县统计局整理。其余从略，只供参考。\n", "说明"),
        ("通知公告\n\n关于做好春耕备耕工作的通知\n\n各乡镇人民政府：\n" + BODY, "关于做好春耕备耕工作的通知"),
        ("甲县财政局 乙县财政局\n关于联合开展检查的函\n\n" + BODY, "甲县财政局 乙县财政局关于联合开展检查的函"),
        ("甲县财政局\n甲县民政局\n关于发放补助\n的通知\n" + BODY, "甲县财政局 甲县民政局关于发放补助的通知"),
        (f"甲县城市管理规定\n\n一、总则\n{BODY}", "甲县城市管理规定"),
        (f"甲县公布热线电话\n\n一、受理范围\n{BODY}", "甲县公布热线电话"),
        (f"甲县民政局关于暂停办理登记的公告 广大市民：\n{BODY}", "甲县民政局关于暂停办理登记的公告"),
        (f"关于做好防汛工作的通知\n\n甲县水利局\n关于做好防汛工作的通知\n\n各乡镇：\n{BODY}", "关于做好防汛工作的通知"),
        (f"{BODY}\n\n一、工作要求\n{BODY}\n", "2024年防汛工作"),
    ],
)
def test_the_title_is_a_title(text: str, title: str) -> None:
    assert read(text, "2024年防汛工作.txt").title == title


def test_a_title_over_several_paragraphs_of_a_word_file_is_one() -> None:
    lines = [
        "甲县人民政府办公室",
        "关于印发《甲县食堂管理办法》",
        "的通知",
        "各乡镇人民政府：",
        BODY,
        "一、总体要求",
        BODY,
    ]
    parts = tuple(Line(text, whole=True) for text in lines)
    paper = document(Parsed(parts), uri="样本.docx", sha256="ab" * 32)
    assert paper.title == "甲县人民政府办公室关于印发《甲县食堂管理办法》的通知"
    assert "一、总体要求" in [section.heading for section in paper.sections]


def test_short_paragraphs_of_a_word_file_are_no_headings_without_a_text_below() -> None:
    lines = ["甲县人员名单", "姓名", "职务", "电话", "地址", "邮箱", "编号", "张三", "主任", "李四", "副主任", BODY]
    paper = document(Parsed(tuple(Line(text, whole=True) for text in lines)), uri="样本.docx", sha256="ab" * 32)
    assert not {"张三", "主任", "李四"} & {section.heading for section in paper.sections}


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("青政办发[2023] 12 号", "青政办发〔2023〕12号"),
        ("（望人社〔2024〕33号）", "望人社〔2024〕33号"),
        ("青建保（2025）第7号", "青建保〔2025〕第7号"),
        ("财政部 税务总局公告2020年第8号", "财政部税务总局公告2020年第8号"),
        ("东政办〔2024〕28号　2024年5月14日", "东政办〔2024〕28号"),
        ("发文字号：青民发〔2022〕3号", "青民发〔2022〕3号"),
    ],
)
def test_the_number_is_written_in_one_form(line: str, number: str) -> None:
    assert read(f"关于调整补助标准的通知\n{line}\n各乡镇：\n{BODY}\n").number == number


def test_the_number_of_another_paper_is_not_its_own() -> None:
    text = f"关于调整补助标准的通知\n各乡镇：\n根据《关于提高补助的通知》（青政发〔2020〕9号），通知如下。\n{BODY}\n"
    assert read(text).number is None


@pytest.mark.parametrize(
    ("text", "published", "publisher"),
    [
        (f"关于调整标准的通知\n各乡镇：\n{BODY}\n甲县民政局\n2025年3月5日\n", "2025-03-05", "甲县民政局"),
        (f"关于调整标准的通知\n各乡镇：\n{BODY}\n甲县民政局　二○二五年十月十五日\n", "2025-10-15", "甲县民政局"),
        (f"甲县茶叶节开幕\n发布时间：2024-07-26 10:12  来源：甲县日报\n{BODY}\n", "2024-07-26", "甲县日报"),
        (f"甲县食堂条例\n（2019年9月5日甲县第三届人民代表大会第二次会议通过）\n第一条　{BODY}\n", "2019-09-05", None),
        (f"甲县春耕见闻\n去年的情况。\n2020年2月17日，全县召开了动员会，{BODY}\n", None, None),
    ],
)
def test_date_and_publisher(text: str, published: str | None, publisher: str | None) -> None:
    paper = read(text)
    assert paper.published == published
    assert publisher is None or paper.publisher == publisher


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本办法自印发之日起施行。", {"in_force": "2024-05-06"}),
        ("本办法自公布之日起30日后施行，试行2年。", {"in_force": "2024-06-05", "expires": "2026-06-04"}),
        ("本意见自2024年6月1日起施行，有效期至2026年12月31日。", {"in_force": "2024-06-01", "expires": "2026-12-31"}),
        ("本法自１９９５年１月１日起施行。", {"in_force": "1995-01-01"}),
        ("本通知自发布之日起施行，有效期为6个月。", {"in_force": "2024-05-06", "expires": "2024-11-05"}),
        ("本细则自二〇二四年八月一日起实施。", {"in_force": "2024-08-01"}),
        ("《乙县管理办法》（乙政〔2019〕2号，有效期至2023年12月31日）废止。", {}),
        ("食品的有效期为3年。", {}),
        ("《乙县条例》自2020年1月1日起施行。", {}),
    ],
)
def test_how_long_it_holds(text: str, expected: dict[str, str]) -> None:
    assert dict(validity(text, published="2024-05-06")) == expected


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("甲县人民政府关于同意设立某园区的批复", "批复"), ("甲县2024年国民经济和社会发展统计公报", "公报"),
        ("中华人民共和国某某法", "法"), ("甲县垃圾分类办法（试行）", "办法"), ("甲县“十五五”规划纲要", "规划"),
        ("政府工作报告", "报告"), ("在全县大会上的讲话", "讲话"), ("学会正确的工作方法", None),
    ],
)  # fmt: skip
def test_the_kind_is_told_by_the_title(title: str, kind: str | None) -> None:
    assert read(f"# {title}\n\n各有关方面要认真抓好工作。\n").kind == kind


def test_what_a_file_states_goes_before_its_text_only_where_it_is_trusted() -> None:
    lines = (Line("关于做好防汛工作的通知"), Line("各乡镇："), Line(BODY))
    stated = {"title": "模板", "publisher": "甲县水利局"}
    for trusted, title in ((True, "模板"), (False, "关于做好防汛工作的通知")):
        parsed = Parsed(lines, stated=stated, stated_by="文件属性", trusted=trusted)
        paper = document(parsed, uri="样本.docx", sha256="ab" * 32)
        assert (paper.title, paper.publisher) == (title, "甲县水利局")
        assert paper.found_by["publisher"] == "文件属性"
    told = document(parsed, uri="样本.docx", sha256="ab" * 32, override={"title": "防汛通知", "kind": "通知"})
    assert (told.title, told.found_by["title"], told.found_by["kind"]) == ("防汛通知", "metadata.csv", "metadata.csv")
