"""What is counted: the fifth article is not the seventh, however alike they read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

RULES = """# 河口镇房屋改造补助办法

第三条 申请人应当在30日内提出申请。

第五条 补助标准为每户2000元。

# 河口镇2024年建设项目通报

第1项：建成农村公路项目157个。

第2项：建成供水项目36个。
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "rules.md").write_text(RULES, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("第五条规定的补助标准是多少？", "2000元"),
        ("第5条规定的补助标准是多少？", "2000元"),
        ("河口镇第二项建成项目多少个？", "36个"),
    ],
)
def test_the_one_asked_for_is_found_in_digits_or_in_words(rules: Assistant, question: str, stated: str) -> None:
    answer = rules.ask(question)
    assert answer.status == "answered"
    assert stated in answer.answer


@pytest.mark.parametrize("question", ["第七条规定的补助标准是多少？", "河口镇2024年第5项建成项目多少个？"])
def test_another_one_is_no_answer(rules: Assistant, question: str) -> None:
    assert rules.ask(question).status == "not_found"


def test_a_rule_for_all_but_a_place_is_not_that_places(tmp_path: Path) -> None:
    text = "# 关于减免社会保险费的通知\n\n自2020年2月起，各省（除湖北省外）免征中小微企业单位缴费，期限不超过5个月。\n"
    (tmp_path / "notice.md").write_text(text, encoding="utf8")
    built = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    try:
        assert built.ask("湖北省中小微企业免征单位缴费的期限不超过几个月？").status == "not_found"
        assert "5个月" in built.ask("各省中小微企业免征单位缴费的期限不超过几个月？").answer
    finally:
        built.close()
