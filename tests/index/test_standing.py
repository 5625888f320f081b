"""Which documents hold, by the words of others and by their own days."""

from __future__ import annotations

from index.catalog.rows import DocumentInfo
from index.standing import Standings, standing_of
from sources.relations import Relation

TODAY = "2026-05-01"


def info(
    document_id: str,
    title: str,
    *,
    published: str | None = None,
    number: str | None = None,
    in_force: str | None = None,
    expires: str | None = None,
    publisher: str | None = "云岭市政府",
) -> DocumentInfo:
    return DocumentInfo(
        document_id, title, "", publisher, published, 100, 1, number=number, in_force=in_force, expires=expires
    )


OLD = info(
    "old", "云岭市租房补贴办法（试行）", published="2021-08-10", number="云政办发〔2021〕33号", in_force="2021-10-01"
)
NEW = info(
    "new", "关于印发云岭市租房补贴办法的通知", published="2023-09-15", in_force="2023-10-01", expires="2028-09-30"
)
REPORT = info("report", "2024年政府工作报告", published="2024-02-01")


def state(standings: Standings, document_id: str, day: str = TODAY) -> str:
    own = standings.of(document_id, day)
    return own.state if own else ""


def test_a_repealed_rule_holds_until_the_new_one_does() -> None:
    repeal = Relation("repeals", "云岭市租房补贴办法（试行）", "云政办发〔2021〕33号", 10, 20)
    standings = Standings([OLD, NEW, REPORT], [("new", repeal)])

    own = standings.of("old", TODAY)
    assert own is not None
    assert (own.state, own.since, own.by) == ("已废止", "2023-10-01", "new")
    assert own.ground is not None
    assert (own.ground.document_id, own.ground.start) == ("new", 10)
    assert state(standings, "old", "2022-05-01") == "现行"
    assert standings.replaced(TODAY) == {"old"}
    assert standings.replaced("2022-05-01") == frozenset()
    assert state(standings, "new") == "现行"
    assert state(standings, "new", "2023-09-20") == "尚未施行"
    assert state(standings, "new", "2028-10-01") == "已过期"
    assert standings.of("report", TODAY) is None


def test_a_later_version_takes_the_place_of_an_earlier_one_though_nobody_says_so() -> None:
    standings = Standings([OLD, NEW], [])

    assert standings.versions("new") == ("old", "new")
    assert state(standings, "old") == "已废止"
    assert standings.held("old", "2022-12-31")
    assert not standings.held("old", "2020-12-31")


def test_an_amended_law_is_later_than_the_one_it_amends_though_both_hold_since_the_same_day() -> None:
    first = info("a", "公司法", published="2018-10-26", in_force="2006-01-01")
    last = info("b", "公司法", published="2023-12-29", in_force="2006-01-01")

    assert state(Standings([first, last], []), "a") == "已废止"


def test_reports_of_two_years_and_rules_of_two_bodies_are_no_versions() -> None:
    reports = [info("a", "政府工作报告", published="2023-01-01"), info("b", "政府工作报告", published="2024-01-01")]
    rules = [
        info("c", "养犬管理办法", published="2020-01-01", publisher="云岭市政府"),
        info("d", "养犬管理办法", published="2023-01-01", publisher="白石县政府"),
    ]
    standings = Standings([*reports, *rules], [])

    assert standings.families() == []


def test_extended_and_amended() -> None:
    rule = info("rule", "云岭市创业补贴办法", in_force="2022-03-01", expires="2025-02-28")
    notice = info("notice", "关于延长有效期的通知", published="2025-02-18")
    change = info("change", "关于调整标准的通知", published="2024-02-18")
    said = [
        ("notice", Relation("extends", "云岭市创业补贴办法", "", 0, 5, until="2027-06-30")),
        ("change", Relation("amends", "云岭市创业补贴办法", "", 0, 5)),
    ]
    own = Standings([rule, notice, change], said).of("rule", TODAY)

    assert own is not None
    assert (own.state, own.until, own.amended_by) == ("现行", "2027-06-30", ("change",))
    assert own.in_words == "现行（有效期至2027-06-30，已修改）"


def test_what_is_only_spoken_of_is_known_by_number_and_by_title() -> None:
    gone = Relation("expires", "云岭市旅游奖励办法", "云政办发〔2019〕25号", 0, 9, since="2023-12-31")
    standings = Standings([REPORT], [("report", gone)])

    assert [each.relation for each in standings.about(number="云政办发〔2019〕25号")] == [gone]
    assert [each.target for each in standings.about(title="云岭市旅游奖励办法")] == [None]
    assert standings.about(title="云岭市购房补贴办法") == []


def test_a_standing_comes_back_from_json() -> None:
    from dataclasses import asdict

    repeal = Relation("repeals", "云岭市租房补贴办法（试行）", "", 10, 20)
    own = Standings([OLD, NEW], [("new", repeal)]).of("old", TODAY)

    assert own is not None
    assert standing_of(asdict(own)) == own
    assert standing_of(None) is None


def test_a_draft_gives_way_to_what_was_issued() -> None:
    draft = info("draft", "关于公开征求《云岭市租房补贴办法（征求意见稿）》意见的公告", published="2023-05-01")
    told = info("told", "关于《云岭市租房补贴办法》公开征求意见采纳情况的说明", published="2023-09-01")
    other = info("other", "云岭市养犬办法（草案）", published="2023-05-01")
    assert Standings([draft, told, other, NEW], []).drafts == {"draft"}
    assert Standings([draft, told, other], []).drafts == frozenset()


def test_the_home_of_a_library_is_the_place_that_nearly_all_are_of() -> None:
    of = [info(str(n), f"通报{n}")._replace(regions=("婺江市",) if n < 4 else ()) for n in range(6)]
    assert (Standings(of, []).home, Standings(of, []).placeless) == ("婺江市", {"4": "婺江市", "5": "婺江市"})
    annexed = Standings([*of, info("7", "附件1 嘉善县目标表")], [])
    assert annexed.placeless["7"] == "嘉善县"
    elsewhere = info("6", "通报6")._replace(regions=("磐溪县",))
    assert Standings([*of, elsewhere], []).home == "婺江市"
    assert Standings([*of, elsewhere, elsewhere._replace(id="7")], []).home == ""
    assert Standings([of[0], *of[4:]], []).home == "婺江市"
    assert Standings([of[0], *of[4:], info("9", "说明"), info("10", "解释")], []).home == ""
