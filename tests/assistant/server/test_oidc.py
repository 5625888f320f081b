"""Logging in with an organisation's accounts: who is let in, as whom, and which forgeries aren't."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from assistant.accounts.store import Accounts
from assistant.conversations.store import Workspace
from assistant.server.oidc import LogIns, Provider, provider
from assistant.server.owners import FLOW_COOKIE, SESSION_COOKIE
from tests.fakes.assistant import FakeAssistant
from tests.fakes.identity import CLIENT, Identity
from tests.fakes.passwords import quick_passwords
from tests.fakes.server import Server, app_with_page


class Place:
    """A server whose people log in with a provider, the provider, and the accounts there are."""

    def __init__(self, address: str, identity: Identity, accounts: Accounts) -> None:
        self.address = address
        self.identity = identity
        self.accounts = accounts

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, headers={"accept": "text/html"}, timeout=20)

    def log_in(self, browser: httpx.Client, wanted: str = "/feedback") -> httpx.Response:
        """As a person does it: from the button over there and back, wherever that ends."""
        return browser.get("/login/away", params={"next": wanted}, follow_redirects=True)


@pytest.fixture(scope="module")
def everything() -> Iterator[Place]:
    identity = Identity()
    with Server(identity.app) as identity.issuer, Workspace.open("memory") as workspace:
        accounts = Accounts.of(workspace, passwords=quick_passwords())
        named = Provider(identity.issuer, CLIENT, "secret", name="统一认证", admins="heads")
        app = app_with_page(FakeAssistant(), workspace=workspace, accounts=accounts, log_ins=LogIns(named))
        with Server(app) as address:
            yield Place(address, identity, accounts)


@pytest.fixture
def place(everything: Place) -> Place:
    for user in everything.accounts.users():
        everything.accounts.remove_user(user.id, even_last=True)
    identity = everything.identity
    identity.claims = {"sub": "17", "preferred_username": "林溪"}
    identity.user_info, identity.spoil, identity.said_issuer, identity.is_refusing = {}, {}, None, False
    return everything


def test_nobody_gets_in_before_there_is_any_account(place: Place) -> None:
    with place.browser() as browser:
        assert browser.post("/v1/ask", json={"question": "租房补贴多少？"}).status_code == 401
        page = browser.get("/library", follow_redirects=True)
    assert urlsplit(str(page.url)).path == "/login"
    assert "用统一认证登录" in page.text


def test_a_person_is_let_in_where_they_wanted_to_go_and_is_a_reader(place: Place) -> None:
    with place.browser() as browser:
        page = place.log_in(browser)
        assert (page.status_code, urlsplit(str(page.url)).path) == (200, "/feedback")
        me = _me(browser).json()
        assert FLOW_COOKIE not in browser.cookies
    assert (me["name"], me["scopes"]) == ("林溪", ["ask", "read"])
    assert [user.groups for user in place.accounts.users()] == [()]
    assert place.accounts.log()[0].what == "login"


def test_whoever_logs_out_is_shown_the_way_to_do_so_over_there(place: Place) -> None:
    with place.browser() as browser:
        place.log_in(browser)
        page = browser.post("/logout", headers={"origin": place.address}, follow_redirects=True)
        assert "在统一认证那里也退出" in page.text
        assert _me(browser).status_code == 401
        away = browser.get("/login/leave")
        assert away.status_code == 303
        assert away.headers["location"].startswith(f"{place.identity.issuer}/logout?client_id={CLIENT}&")
        asked = parse_qs(urlsplit(away.headers["location"]).query)
        assert asked["post_logout_redirect_uri"] == [f"{place.address}/login"]
        assert "也退出" not in browser.get("/login").text


def test_the_same_person_is_the_same_account_whatever_they_are_called(place: Place) -> None:
    with place.browser() as browser:
        place.log_in(browser)
        first = place.accounts.users()
        place.identity.claims = {"sub": "17", "preferred_username": "林小溪"}
        place.log_in(browser)
    assert [user.id for user in place.accounts.users()] == [user.id for user in first]


def test_somebody_of_a_name_that_is_taken_doesnt_get_its_account(place: Place) -> None:
    place.accounts.add_user("林溪", "correct horse 42", role="admin")
    with place.browser() as browser:
        place.log_in(browser)
        assert _me(browser).json()["name"] == "林溪 2"
        assert browser.get("/v1/accounts").status_code == 403


@pytest.mark.parametrize("says", ["token", "userinfo"])
def test_groups_and_administrators_are_as_the_provider_says(place: Place, says: str) -> None:
    def belong(*groups: str) -> None:
        told = {"groups": list(groups)}
        place.identity.claims = {"sub": "17", "name": "林溪"} | (told if says == "token" else {})
        place.identity.user_info = told if says == "userinfo" else {}

    with place.browser() as browser:
        belong("财政", "统计")
        place.log_in(browser)
        assert place.accounts.user("林溪").groups == ("统计", "财政")
        belong("heads")
        place.log_in(browser)
        assert place.accounts.user("林溪").role == "admin"
        belong("财政")
        place.log_in(browser)
        user = place.accounts.user("林溪")
    assert (user.role, user.groups) == ("reader", ("财政",))


def test_a_disabled_account_stays_out_and_a_password_never_fits_it(place: Place) -> None:
    with place.browser() as browser:
        place.log_in(browser)
        place.accounts.change_user("林溪", disabled=True)
        page = place.log_in(browser)
        assert "已停用" in page.text
        assert _me(browser).status_code == 401
        for password in ("", "林溪", "x" * 12):
            reply = browser.post("/login", data={"name": "林溪", "password": password})
            assert reply.status_code in (401, 429)


FORGED: dict[str, dict[str, Any]] = {
    "for another program": {"aud": "other"},
    "from another provider": {"iss": "https://evil.example"},
    "out of date": {"exp": 1_600_000_000, "iat": 1_600_000_000},
    "of another log-in": {"nonce": "other"},
}


@pytest.mark.parametrize("spoil", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_opens_nothing(place: Place, spoil: dict[str, Any]) -> None:
    place.identity.spoil = spoil
    _stays_out(place)


def test_a_token_that_somebody_else_signed_opens_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place.identity, "signing_key", RSAKey.generate_key(2048, parameters={"kid": "k1"}))
    _stays_out(place)


def test_a_refusal_over_there_is_told_and_never_repeated_as_it_came(place: Place) -> None:
    place.identity.is_refusing = True
    page = _stays_out(place)
    assert "not you" not in page.text
    assert "not you" in place.accounts.log()[0].detail


def test_a_way_back_that_began_in_another_browser_leads_nowhere(place: Place) -> None:
    with place.browser() as one, place.browser() as other:
        there = one.get("/login/away").headers["location"]
        back = httpx.get(there, timeout=60).headers["location"]
        assert "refused=provider" in other.get(back).headers["location"]
        place.log_in(other)
        # Also where that browser is on a way of its own: the state isn't the one it began with.
        other.get("/login/away")
        assert "refused=provider" in other.get(back).headers["location"]


def test_a_way_back_is_gone_once(place: Place) -> None:
    with place.browser() as browser:
        there = browser.get("/login/away").headers["location"]
        back = httpx.get(there, timeout=60).headers["location"]
        kept = browser.cookies[FLOW_COOKIE]
        assert browser.get(back).status_code == 303
        assert SESSION_COOKIE in browser.cookies
        again = httpx.get(back, cookies={FLOW_COOKIE: kept}, timeout=60)
        assert "refused=provider" in again.headers["location"]


def test_where_to_go_afterwards_is_never_another_host(place: Place) -> None:
    with place.browser() as browser:
        page = place.log_in(browser, "//evil.example/x")
        assert str(page.url) == f"{place.address}/"


def test_a_provider_that_isnt_there_or_calls_itself_another_is_told(place: Place) -> None:
    place.identity.said_issuer = "https://evil.example"
    named = {"http://127.0.0.1:9": "ConnectError", place.identity.issuer: "evil.example"}
    for issuer, why in named.items():
        with Workspace.open("memory") as workspace:
            accounts = Accounts.of(workspace, passwords=quick_passwords())
            log_ins = LogIns(Provider(issuer, CLIENT))
            app = app_with_page(FakeAssistant(), workspace=workspace, accounts=accounts, log_ins=log_ins)
            with Server(app) as address, httpx.Client(base_url=address, timeout=60) as browser:
                page = browser.get("/login/away", follow_redirects=True)
            assert "没有登录成功" in page.text
            assert why in accounts.log()[0].detail


def test_what_the_environment_says_of_a_provider() -> None:
    assert provider({}) is None
    whole = {"YOUJU_OIDC_ISSUER": "https://id.example.cn/realms/office/", "YOUJU_OIDC_CLIENT_ID": "youju"}
    found = provider(whole | {"YOUJU_OIDC_CLIENT_SECRET": "s3cret"})
    assert found is not None
    assert found.issuer == "https://id.example.cn/realms/office"
    assert "s3cret" not in repr(found)
    with pytest.raises(ValueError, match="YOUJU_OIDC_CLIENT_ID"):
        provider({"YOUJU_OIDC_ISSUER": "https://id.example.cn"})
    with pytest.raises(ValueError, match="https"):
        provider(whole | {"YOUJU_OIDC_ISSUER": "http://id.example.cn"})


def _me(browser: httpx.Client) -> httpx.Response:
    return browser.get("/v1/me", headers={"accept": "application/json"})


def _stays_out(place: Place) -> httpx.Response:
    with place.browser() as browser:
        page = place.log_in(browser)
        assert "没有登录成功" in page.text
        assert SESSION_COOKIE not in browser.cookies
        assert _me(browser).status_code == 401
    assert place.accounts.users() == []
    assert place.accounts.log()[0].what == "login-failed"
    return page
