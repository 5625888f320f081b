"""Documents as texts name them: titles, numbers, and what of a title names the rule."""

from __future__ import annotations

import pytest

from sources.mentions.titles import as_issued, is_draft, is_on_trial, is_rule, key_of, name_of, names, within


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("云政办发〔2024〕9号", "云政办发〔2024〕9号"),
        ("云政办发[2024]9号", "云政办发〔2024〕9号"),
        ("云政办发 （２０２４） 第 ９ 号", "云政办发〔2024〕9号"),
        ("云政办发【2024】009号", "云政办发〔2024〕9号"),
    ],
)
def test_a_number_is_the_same_in_any_brackets(printed: str, number: str) -> None:
    assert as_issued(printed) == number


def test_a_title_and_the_number_beside_it_name_one_document() -> None:
    text = "《云岭市养犬规定》（云政发〔2018〕3号，以下简称《规定》）已修订，根据云政发[2021]7号执行。"

    first, short, second = names(text)

    assert (first.title, first.number) == ("云岭市养犬规定", "云政发〔2018〕3号")
    assert text[first.start : first.end] == "《云岭市养犬规定》（云政发〔2018〕3号，以下简称《规定》）"
    assert short.title == "规定"
    assert (second.title, second.number) == ("", "云政发〔2021〕7号")
    assert text[second.start : second.end] == "云政发[2021]7号"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("云岭市人民政府办公室关于印发云岭市租房补贴办法（试行）的通知", "云岭市租房补贴办法（试行）"),
        ("关于印发《云岭市 租房补贴办法》的通知", "云岭市租房补贴办法"),
        ("云岭市民政局关于加强养老服务的通知", "云岭市民政局关于加强养老服务的通知"),
    ],
)
def test_what_a_notice_passes_on_is_the_name(title: str, name: str) -> None:
    assert name_of(title) == name


@pytest.mark.parametrize(
    "title",
    [
        "云岭市租房补贴办法（试行）",
        "云岭市租房补贴暂行办法",
        "云岭市租房补贴办法（2023年修订）",
        "关于印发《云岭市租房补贴办法》的通知",
    ],
)
def test_versions_have_one_key(title: str) -> None:
    assert key_of(title) == "云岭市租房补贴办法"


def test_what_a_title_says_of_its_version() -> None:
    assert is_on_trial("云岭市租房补贴办法（试行）")
    assert is_on_trial("云岭市租房补贴暂行办法")
    assert not is_on_trial("云岭市租房补贴办法")
    assert is_draft("云岭市租房补贴办法（征求意见稿）")
    assert is_rule("中华人民共和国公司法（2018修正）")
    assert not is_rule("2024年政府工作报告")
    assert not is_rule("云岭市租房补贴做法")


def test_a_short_form_keeps_the_order_of_the_characters() -> None:
    assert within("住建局", "云岭市住房和城乡建设局")
    assert not within("建住局", "云岭市住房和城乡建设局")
