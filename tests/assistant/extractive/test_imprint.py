"""What is asked of a document itself: issuer, date, number, and from when on it holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

PLAN = """# 衢州市农村饮水安全保障实施方案（2025—2027年）

衢政办发〔2025〕18号
衢州市人民政府办公室
2025年3月20日

到2027年，农村供水工程全部达标。
本方案自2025年5月1日起施行，有效期至2027年12月31日。
"""
REPORT = """# 湖州市古桥保护调查报告

湖州市文物局
2023年12月

全市现存古桥312座。
"""
RULES = """关于印发《金华市设施农业补贴实施细则》的通知
金农发〔2024〕26号

各县（市、区）农业农村局：
现将《金华市设施农业补贴实施细则》印发给你们，请认真贯彻执行。

金华市农业农村局
2024年9月10日

第八条 本细则由金华市农业农村局负责解释。
第九条 本细则自2024年10月1日起施行。2020年印发的《金华市设施农业补贴办法》同时废止。
"""


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("papers")
    (folder / "plan.md").write_text(PLAN, encoding="utf8")
    (folder / "report.md").write_text(REPORT, encoding="utf8")
    (folder / "rules.txt").write_text(RULES, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("衢州市农村饮水安全保障实施方案的文号是什么？", "衢政办发〔2025〕18号"),
        ("衢州市农村饮水安全保障实施方案是哪个单位印发的？", "衢州市人民政府办公室"),
        ("衢州市农村饮水安全保障实施方案是什么时候印发的？", "2025年3月20日"),
        ("衢州市农村饮水安全保障实施方案从什么时候开始施行？", "自2025年5月1日起施行"),
        ("衢州市农村饮水安全保障实施方案的有效期到哪天？", "有效期至2027年12月31日"),
        ("金华市设施农业补贴实施细则什么时候施行？", "2024年10月1日"),
        ("金华市设施农业补贴实施细则的文号是什么？", "金农发〔2024〕26号"),
        ("设施农业补贴细则由谁负责解释？", "由金华市农业农村局负责解释"),
        ("湖州市古桥保护调查报告是什么时候发布的？", "2023年12月"),
    ],
)
def test_a_document_tells_of_itself(papers: Assistant, question: str, said: str) -> None:
    answer = papers.ask(question)
    assert answer.status == "answered"
    assert said in answer.answer
    assert said in "".join(citation.quote for citation in answer.citations)


def test_the_rules_of_another_place_are_not_those_asked_about(papers: Assistant) -> None:
    assert "2024年10月1日" not in papers.ask("台州市设施农业补贴实施细则什么时候施行？").answer


def test_a_number_that_a_document_does_not_print_is_not_made_up(papers: Assistant) -> None:
    assert papers.ask("湖州市古桥保护调查报告的文号是什么？").status == "not_found"
