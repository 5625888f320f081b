from __future__ import annotations

import time

import pytest

from sources.documents import SourceError
from sources.parts import Grid, Line, Parsed
from sources.readers.files import document_of
from sources.readers.html import read_html

BODY = """
<p>经市人民政府同意，现将《某市养老服务补贴办法》印发给你们，请认真贯彻执行，执行中的问题请径向市民政局反映。</p>
<p>一、补贴标准</p>
<p>（一）年满八十周岁的老年人，每人每月补贴一百二十元；其中失能的，每人每月补贴三百元，由所在县区按月发放。</p>
<p>（二）补贴所需资金由市、县（区）两级财政按照六比四的比例分担，列入当年预算，任何单位不得截留挪用。</p>
"""
PAGE = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>通知公告 - 某市人民政府门户网站</title>
<meta name="ArticleTitle" content="某市人民政府关于印发养老服务补贴办法的通知">
<meta name="PubDate" content="2025-3-8 9:00">
</head><body>
<div class="top"><ul><li><a href="/">首页</a></li>
<li><a href="/a">政务公开</a></li>
<li><a href="/b">互动交流</a></li></ul></div>
<div class="wrap"><div class="crumb">当前位置：<a href="/">首页</a> > <a href="/t">通知公告</a></div>
<table class="info"><tr><td>索引号：</td><td>0123/2025-00007</td><td>发文机关：</td><td>某市人民政府</td></tr>
<tr><td>文号：</td><td>某府规〔2025〕7号</td><td>成文日期：</td><td>2025年3月5日</td></tr>
<tr><td>有效性：</td><td colspan="3">已失效</td></tr></table>
<div class="box"><h1>某市人民政府关于印发养老服务补贴办法的通知</h1><div>来源：市政府办公室 浏览次数：12 分享到：</div>
<div class="text">{BODY}<p>某市人民政府</p><p>2025年3月5日</p></div>
<div>【打印本页】【关闭窗口】</div><div>上一篇：<a href="/x">某市人民政府关于某事的通知</a></div></div>
<div class="more"><h3>相关链接</h3><ul><li><a href="/j">一图读懂养老服务补贴办法</a></li></ul></div></div>
<div id="copy" style="display: none">{BODY}</div>
<div><p>主办单位：某市人民政府办公室　网站标识码：1234567890</p><p><a href="/icp">某ICP备12345678号</a></p></div>
</body></html>"""


def texts(parsed: Parsed) -> list[str]:
    return [part.text for part in parsed.parts if isinstance(part, Line)]


def page(body: str, head: str = "") -> Parsed:
    return read_html(f"<html><head>{head}</head><body>{body}</body></html>".encode(), uri="页.html")


def test_a_government_page_gives_its_text_and_leaves_the_rest_out() -> None:
    parsed = read_html(PAGE.encode(), uri="页.html")
    found = texts(parsed)
    assert found[:5] == [
        "索引号：0123/2025-00007",
        "发文机关：某市人民政府",
        "文号：某府规〔2025〕7号",
        "成文日期：2025年3月5日",
        "有效性：已失效",
    ]
    assert found[5:7] == ["某市人民政府关于印发养老服务补贴办法的通知", "来源：市政府办公室 浏览次数：12 分享到："]
    assert found[7].startswith("经市人民政府同意")
    assert found[-2:] == ["某市人民政府", "2025年3月5日"]
    assert sum("每人每月补贴三百元" in each for each in found) == 1
    reasons = {each.reason: each.text for each in parsed.dropped}
    assert reasons["隐藏的内容"].startswith("经市人民政府同意")
    assert reasons["相关链接"].startswith("相关链接")
    assert "ICP备" in reasons["页脚"]


def test_the_particulars_that_a_page_states_are_found() -> None:
    parsed = read_html(PAGE.encode(), uri="页.html")
    assert parsed.stated == {
        "title": "某市人民政府关于印发养老服务补贴办法的通知",
        "publisher": "某市人民政府",
        "published": "2025-03-05",
        "number": "某府规〔2025〕7号",
    }
    assert parsed.otherwise["published"] == "2025-03-08"
    assert parsed.notices == ("网页上标注的状态是“已失效”，请与正文核对",)
    document = document_of(PAGE.encode(), uri="页.html")
    assert (document.title, document.published) == (parsed.stated["title"], "2025-03-05")


def test_a_hidden_text_that_is_no_copy_stays() -> None:
    answer = "答：补贴对象为具有本市户籍、年满八十周岁的老年人，向户籍所在地的街道申请，每年复核一次。"
    folded = f"<div style='display:none'><p>{answer}</p></div>"
    found = texts(page(f"<div>{BODY}<p>问：谁可以申请？</p>{folded}</div>"))
    assert answer in found


def test_a_page_shown_by_a_script_only_is_read() -> None:
    assert len(texts(page(f"<div style='display:none'>{BODY}</div><div>请稍候</div>"))) >= 4


def test_tables_keep_their_merged_cells_and_the_lines_of_a_cell() -> None:
    table = """<table><caption>补贴标准</caption>
<tr><th rowspan=2>地区</th><th colspan=2>每月补贴</th></tr><tr><th>八十周岁</th><th>九十周岁</th></tr>
<tr><td>甲县</td><td>120<br>（失能300）</td><td>200</td></tr>
<tr><td rowspan=0>乙县</td><td>100</td><td>180</td></tr></table>"""
    (grid,) = [part for part in page(BODY + table).parts if isinstance(part, Grid)]
    assert grid.caption == "补贴标准"
    cells = {(cell.row, cell.column): cell for cell in grid.cells}
    assert (cells[0, 0].rows, cells[0, 1].columns, cells[1, 2].text) == (2, 2, "九十周岁")
    assert all(cell.heads == (cell.row < 2) for cell in grid.cells)
    assert cells[2, 1].text == "120\n（失能300）"
    assert cells[3, 0].rows == 1


def test_tables_that_only_arrange_are_text() -> None:
    menu = "<td><a href='/1'>要闻</a><br><a href='/2'>公示</a><br><a href='/3'>专题</a></td>"
    parsed = page(f"<table><tr>{menu}<td><table><tr><td>{BODY}</td></tr></table></td></tr></table>")
    assert not [part for part in parsed.parts if isinstance(part, Grid)]
    assert any("六比四" in each for each in texts(parsed))


def test_lists_have_their_numbers_and_headings_their_levels() -> None:
    parsed = page(
        f"<h2>一、范围</h2>{BODY}<ol start=3><li>本市户籍</li><li value=7>年满八十周岁</li><li>（二）无工作</li></ol>"
    )
    lines = [part for part in parsed.parts if isinstance(part, Line)]
    assert (lines[0].text, lines[0].level) == ("一、范围", 2)
    assert [line.text for line in lines if line.item] == ["3. 本市户籍", "7. 年满八十周岁", "（二）无工作"]


def test_exponents_are_no_digits_and_source_lines_no_blanks() -> None:
    found = texts(
        page(
            "<p>面积为120 m<sup>2</sup>，约10<sup>4</sup>人，\n占全市\n的一成，居民用水与农业灌溉都有保障。</p>" + BODY
        )
    )
    assert found[0].startswith("面积为120 m²，约10⁴人，占全市的一成")


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "gb2312"), ("gb18030", "utf-8"), ("gb18030", ""), ("utf-16", "utf-8"), ("big5hkscs", "big5")],
)
def test_the_bytes_decide_how_a_page_is_encoded(encoding: str, said: str) -> None:
    body = "<p>市政府同意的方案在本月公告，各地的工作要依照方案的要求做好，不得有所延期。</p>" * 3
    markup = "<style>" + "p { margin: 0 }\n" * 2000 + "</style>"
    raw = f"<html><head><meta charset='{said}'>{markup}</head><body>{body}</body></html>".encode(encoding)
    assert texts(read_html(raw, uri="页.html"))[0].startswith("市政府同意的方案在本月公告")


def test_an_empty_page_says_so() -> None:
    with pytest.raises(SourceError, match=r"页\.html: 网页里没有文字。"):
        page("<div></div>")


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 3000 + BODY,
        "<table><tr>" + "<td rowspan=60000 colspan=60000>甲</td>" * 50 + "</tr></table>" + BODY,
        BODY * 500 + f"<div style='display:none'>{BODY * 500}</div>",
        "<ul>" + "<li>某县某镇某村" * 20_000,
    ],
    ids=["deep", "spans", "hidden copy", "long list"],
)
def test_hostile_pages_end_soon(body: str) -> None:
    began = time.process_time()
    try:
        page(body)
    except SourceError:  # nothing of it was left within the parser's depth
        assert body.startswith("<div>")
    assert time.process_time() - began < 20
