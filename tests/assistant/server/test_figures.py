"""Metrics and figures over HTTP: paging, tables, sources, files, and errors that say what is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import httpx
import openpyxl
import pytest

from assistant.ask import build
from assistant.config import Config
from assistant.server.app import create_app
from tests.fakes.bulletins import HOSTILE, write_bulletins
from tests.fakes.server import Server


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("figures")
    assistant = build(Config(data_dir=folder / "data"), sources=[write_bulletins(folder / "files")])
    with Server(create_app(assistant, web=False)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client
    assistant.close()


def test_metrics_come_in_pages(http: httpx.Client) -> None:
    whole = http.get("/v1/metrics").json()
    assert whole["total"] == len(whole["metrics"])
    assert whole["figures"] == sum(each["figures"] for each in whole["metrics"])
    first = whole["metrics"][0]
    assert first == {
        "metric": "常住人口", "figures": 7, "units": {"人": 7}, "documents": 3, "subjects": 2,
        "first_year": "2021", "last_year": "2025",
    }  # fmt: skip
    page = http.get("/v1/metrics", params={"limit": 2, "offset": 1}).json()
    assert page["metrics"] == whole["metrics"][1:3]
    assert page["total"] == whole["total"]
    assert http.get("/v1/metrics", params={"offset": 9999}).json()["metrics"] == []
    assert [each["metric"] for each in http.get("/v1/metrics", params={"q": "人口"}).json()["metrics"]] == ["常住人口"]
    assert http.get("/v1/metrics", params={"unit": "-"}).json()["metrics"][0]["units"] == {"": 3}


def test_a_table_has_a_source_for_every_value(http: httpx.Client) -> None:
    table = http.get("/v1/metrics/table", params={"metric": "常住人口"}).json()
    assert (table["unit"], table["rows_are"], table["columns"]) == ("人", "region", ["2021", "2022", "2023", "2025"])
    of_2023 = next(row for row in table["rows"] if row["name"] == "嘉善县")["cells"][2]
    assert {each["text"] for each in of_2023} == {"65.8万人", "66.4万人"}
    for entry in of_2023:
        [place] = entry["sources"]
        found = http.get(f"/v1/figures/{place['document_id']}/{place['start']}-{place['end']}").json()
        at = found["start"] - found["quote_start"]
        assert found["quote"][at : at + len(found["text"])] == found["text"] == entry["text"]
        assert found["title"]
        assert found["is_order"] is False


def test_a_metric_is_found_as_a_document_prints_it(http: httpx.Client) -> None:
    table = http.get("/v1/metrics/table", params={"metric": "GDP"}).json()
    assert table["metric"] == "地区生产总值"
    assert [row["name"] for row in table["rows"]] == ["海宁市"]


@pytest.mark.parametrize(
    ("path", "params", "status", "said"),
    [
        ("/v1/metrics", {"limit": 501}, 422, "limit"),
        ("/v1/metrics", {"from": "随便"}, 422, "看不懂时间"),
        ("/v1/metrics", {"kind": "odd"}, 422, "kind"),
        ("/v1/metrics/table", {}, 422, "metric"),
        ("/v1/metrics/table", {"metric": "常住人"}, 404, "常住人口"),
        ("/v1/metrics/table", {"metric": "常住人口", "rows": "colour"}, 422, "rows"),
        ("/v1/figures/none/1-2", {}, 404, "处没有数字"),
        ("/v1/figures/none/all", {}, 404, "处没有数字"),
        ("/figures/table.csv", {"metric": "没有"}, 404, "没有"),
    ],
)
def test_what_is_wrong_is_said(http: httpx.Client, path: str, params: dict[str, str], status: int, said: str) -> None:
    reply = http.get(path, params=params)
    assert reply.status_code == status
    assert said in reply.json()["error"]["message"]


def test_the_replies_are_declared(http: httpx.Client) -> None:
    paths = http.get("/openapi.json").json()["paths"]
    for path in ("/v1/metrics", "/v1/metrics/table", "/v1/figures/{document_id}/{place}"):
        replies = paths[path]["get"]["responses"]
        assert "$ref" in replies["200"]["content"]["application/json"]["schema"], path


def test_the_files_hold_what_the_page_shows(http: httpx.Client) -> None:
    asked = {"metric": "常住人口", "scale": "万"}
    reply = http.get("/figures/table.csv", params=asked)
    assert "%E5%B8%B8%E4%BD%8F" in reply.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(reply.content.decode("utf-8-sig"))))
    assert rows[0] == ["地区", "2021年", "2022年", "2023年", "2025年"]
    assert ["桐乡市", "103.1", "", "104.2", ""] in rows
    book = openpyxl.load_workbook(io.BytesIO(http.get("/figures/table.xlsx", params=asked).content))
    assert book.sheetnames == ["数据", "出处"]
    values = [[cell.value for cell in row] for row in book["数据"].iter_rows()]
    assert ["桐乡市", 103.1, None, 104.2, None] in values
    quotes = [row[9].value for row in book["出处"].iter_rows(min_row=2)]
    assert len(quotes) == 7
    assert any("力争达到70万人" in quote for quote in quotes)


def test_no_name_becomes_a_formula_or_markup(http: httpx.Client) -> None:
    page = http.get("/figures", params={"metric": "播种面积"}).text
    assert HOSTILE not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    for bad in ("=HYPERLINK(0)", '"><script>alert(1)</script>', "<svg onload=alert(1)>"):
        for name in ("q", "region", "from", "to", "publisher", "document", "metric", "unit", "sort"):
            text = http.get("/figures", params={"metric": "常住人口", name: bad}).text
            assert "<script>alert" not in text
            assert "<svg onload" not in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_of_the_page_is_a_page(http: httpx.Client, language: str) -> None:
    cookies = {"Cookie": f"youju_language={language}"}
    asked = [
        ({}, 200), ({"q": "没有这种东西"}, 200), ({"page": "99"}, 200), ({"page": "²"}, 200), ({"metric": "没有"}, 404),
        ({"metric": "常住人口", "region": "西藏"}, 200), ({"metric": "常住人口", "from": "??"}, 200),
        ({"metric": "出口总额", "rows": "period", "chart": "bar"}, 200), ({"metric": "常住人口", "unit": "-"}, 200),
        ({"metric": "规上没有", "document": "x"}, 404),
    ]  # fmt: skip
    for params, status in asked:
        reply = http.get("/figures", params=params, headers=cookies)
        assert reply.status_code == status, params
        assert "<h1>" in reply.text
        assert ("Figures" in reply.text) == (language == "en"), params


@pytest.mark.parametrize("period", ["abc..def", "abc"])
def test_a_period_that_can_not_be_read_is_named(http: httpx.Client, period: str) -> None:
    asked = {"metric": "常住人口", "period": period}
    for reply in (http.get("/v1/figures", params=asked), http.post("/v1/figures", json=asked)):
        error = reply.json()["error"]
        assert (reply.status_code, error["param"], error["code"]) == (422, "period", "bad_condition")
        assert error["message"].startswith("period: ")
