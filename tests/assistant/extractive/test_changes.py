"""Amendments that quote no old words but name the place that they change: what stands there no longer holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

DOGS = """青禾县人民政府关于印发《青禾县城市养犬管理规定》的通知
青政发〔2021〕8号
青禾县人民政府
2021年3月1日

第一条 养犬人应当在取得犬只之日起30日内办理登记。
第二条 犬只登记费每只每年60元。
第三条 携犬出户应当使用长度不超过2米的牵引绳。
禁止在早上7时至9时之间携犬进入公园。
第四条 养犬人有下列行为之一的，由城管部门责令改正：
（一）未及时清理犬粪的，处50元罚款；
（二）未使用牵引绳的，处100元罚款。
第五条 每户限养1只犬。
第六条 犬只死亡的，养犬人应当在15日内办理注销。
第七条 本规定自2021年4月1日起施行。
"""
BICYCLES = """青禾县人民政府关于印发《青禾县共享单车停放规定》的通知
青政发〔2020〕3号
青禾县人民政府
2020年2月1日

第一条 共享单车应当停放在划定区域。
第二条 乱停放的，对运营企业处每辆20元罚款。
第三条 本规定自2020年3月1日起施行。
"""
AMENDMENT = """青禾县人民政府关于修改部分文件的决定
青政发〔2024〕20号
经研究，决定对下列文件作如下修改：
一、对《青禾县城市养犬管理规定》（青政发〔2021〕8号）作出如下修改：
（一）将第二条修改为：
“第二条 犬只登记费按下列标准收取：
（一）首只犬每年40元；
（二）第二只犬每年120元。困难家庭免收。”
（二）第三条第二款修改为：“早上6时至10时，公园不对犬只开放。违反的，处80元罚款。”
（三）第四条第（二）项修改为：“（二）未使用牵引绳的，处300元罚款。”
（四）删去第五条。
（五）在第五条后增加一条，作为第六条：“第六条 犬只伤人的，养犬人应当立即送医。”
（六）第六条改为第七条，第七条改为第八条。
二、对《青禾县共享单车停放规定》（青政发〔2020〕3号）作出如下修改：
（一）第二条修改为：“第二条 乱停放的，对运营企业处每辆25元罚款。”
（二）第一条修改为：“第一条 共享单车应当停放在电子围栏内。”
本决定自2024年7月1日起施行。
青禾县人民政府
2024年6月10日
"""
BY = "自2024-07-01起由《青禾县人民政府关于修改部分文件的决定》"


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("rules")
    for name, text in (("dogs", DOGS), ("bicycles", BICYCLES), ("amendment", AMENDMENT)):
        (folder / f"{name}.txt").write_text(text, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "said", "notice"),
    [
        ("犬只登记费每年多少钱？", ("首只犬每年40元", "第二只犬每年120元", "困难家庭免收"), f"第二条{BY}修改"),
        ("早上几点禁止携犬进入公园？", ("早上6时至10时", "处80元罚款"), f"第三条第二款{BY}修改"),
        ("未使用牵引绳的罚多少？", ("处300元罚款",), f"第四条第（二）项{BY}修改"),
        ("每户限养几只犬？", ("已删去：删去第五条。",), f"第五条{BY}删去"),
    ],
)
def test_what_stood_in_a_changed_place_is_told_in_the_new_words(
    rules: Assistant, question: str, said: tuple[str, ...], notice: str
) -> None:
    answer = rules.ask(question)

    assert all(each in answer.answer for each in said)
    assert answer.notice == notice
    assert {citation.document_id for citation in answer.citations} == {
        info.id for info in rules.index.documents() if info.number == "青政发〔2024〕20号"
    }


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("取得犬只后多少日内办理登记？", "30日内"),  # the second document's first article is changed, not this one
        ("牵引绳的长度不超过多少米？", "不超过2米"),  # another paragraph
        ("未及时清理犬粪的罚多少？", "处50元罚款"),  # another item
        ("犬只死亡的，多少日内办理注销？", "15日内"),  # only its number is another one now
    ],
)
def test_what_stands_elsewhere_holds_as_before(rules: Assistant, question: str, said: str) -> None:
    answer = rules.ask(question)

    assert said in answer.answer
    assert answer.notice is None


def test_whoever_asks_for_the_words_of_then_is_told_that_they_were_changed(rules: Assistant) -> None:
    answer = rules.ask("2021年的养犬管理规定里犬只登记费多少？")

    assert "每只每年60元" in answer.answer
    assert answer.notice == f"第二条{BY}修改"


def test_that_it_holds_is_told_with_what_changed_it(rules: Assistant) -> None:
    answer = rules.ask("青政发〔2021〕8号还有效吗？")

    assert answer.answer.startswith("现行有效：")
    assert answer.notice == f"{BY}（青政发〔2024〕20号）修改"


def test_all_that_an_amendment_changes_is_told(rules: Assistant) -> None:
    lines = rules.ask("青政发〔2024〕20号改了哪些条款？").answer.splitlines()

    assert [line for line in lines if "第三条第二款修改为" in line and "80元" in line]
    assert [line for line in lines if line.startswith("删去第五条")]
