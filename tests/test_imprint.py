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


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("papers")
    (folder / "plan.md").write_text(PLAN, encoding="utf8")
    (folder / "report.md").write_text(REPORT, encoding="utf8")
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
        ("湖州市古桥保护调查报告是什么时候发布的？", "2023年12月"),
    ],
)
def test_a_document_tells_of_itself(papers: Assistant, question: str, said: str) -> None:
    answer = papers.ask(question)
    assert answer.status == "answered"
    assert said in answer.answer
    assert said in "".join(citation.quote for citation in answer.citations)
