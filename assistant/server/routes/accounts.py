"""Our own routes over accounts, keys and the audit log.

GET    /v1/me                   who asks, and what they may do · PUT /v1/me/password {"current", "new"}
GET    /v1/accounts             · POST {"name", "password", "role", "groups"}
PATCH  /v1/accounts/{id}        {"role", "groups", "disabled", "password"} · DELETE, with the person's conversations
GET    /v1/keys                 · POST {"name", "scopes", "groups", "days", …}: its secret, this once
DELETE /v1/keys/{id}
GET    /v1/audit                ?limit=100&before=…

`groups` are groups of readers; null stands for everything. The first account has to be an administrator's; it is made
on the machine itself, and logs its maker in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.accounts.records import KEY_PER_DAY, KEY_PER_MINUTE, AccountError, NoSuchError, Role, Scope, User
from assistant.server.door import address_of
from assistant.server.errors import error_response
from assistant.server.openapi import NOT_FOUND
from assistant.server.owners import name_of, noted, principal_of, session_of
from assistant.server.routes.login import keep_session
from assistant.web.accounts_page import LOG_PAGE, audit_page
from assistant.web.shell import words_of

if TYPE_CHECKING:
    from assistant.accounts.store import Accounts
    from assistant.conversations.store import Workspace

Name = Annotated[str, Field(min_length=1, max_length=200)]
Before = Annotated[int | None, Query(ge=1, le=2**53)]
Password = Annotated[str, Field(max_length=400)]
Groups = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AccountBody(_Body):
    """A new account."""

    name: Name
    password: Password
    role: Role = "reader"
    groups: Groups | None = []


class AccountChange(_Body):
    """What is to be changed of an account; what isn't named stays. `groups`: null is everything."""

    role: Role | None = None
    groups: Groups | None = None
    disabled: bool | None = None
    password: Password | None = None


class PasswordBody(_Body):
    """One's own password."""

    current: Password
    new: Password


class KeyBody(_Body):
    """A new key; without `days` it is good until it is revoked."""

    name: Name
    scopes: list[Scope] = ["ask", "read"]
    groups: Groups | None = []
    days: Annotated[int, Field(ge=1, le=36500)] | None = None
    per_minute: Annotated[int, Field(ge=1, le=10_000_000)] = KEY_PER_MINUTE
    per_day: Annotated[int, Field(ge=1, le=10_000_000)] = KEY_PER_DAY


class _Reply(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class MeReply(BaseModel):
    """Who asks. `kind` is "local" where there are no accounts and it is the machine's own."""

    kind: Literal["local", "user", "key", "anonymous"]
    name: str
    scopes: list[Scope]
    groups: list[str] | None


class AccountReply(_Reply):
    """An account. Times are seconds since 1970."""

    id: str
    name: str
    role: Role
    groups: list[str] | None
    disabled: bool
    created: float
    last_seen: float | None


class AccountsReply(_Reply):
    """All of them, by name."""

    accounts: list[AccountReply]


class KeyReply(_Reply):
    """A key, without its secret, which begins with `prefix`."""

    id: str
    name: str
    prefix: str
    scopes: list[Scope]
    groups: list[str] | None
    per_minute: int
    per_day: int
    created: float
    expires: float | None
    last_used: float | None
    revoked: float | None


class NewKeyReply(_Reply):
    """A new key with its secret, which can't be looked up again."""

    secret: str
    key: KeyReply


class KeysReply(_Reply):
    """All keys, the newest first; revoked ones, too."""

    keys: list[KeyReply]


class EntryReply(_Reply):
    """Something that was done or tried; `address` is empty where it was a command on the machine."""

    number: int
    at: float
    who: str
    what: str
    detail: str
    address: str


class LogReply(_Reply):
    """Some of the log, the newest first; `next` is what `before` has to be for those after them."""

    entries: list[EntryReply]
    next: int | None


def account_routes(accounts: Accounts, workspace: Workspace, *, pages: bool) -> APIRouter:
    """/v1/me, /v1/accounts, /v1/keys and /v1/audit; with `pages`, /audit too. AccountError is for the application."""
    router = APIRouter()

    @router.get("/v1/me", response_model=MeReply)
    def me(request: Request) -> Any:
        """Who asks, and what they may do."""
        who = principal_of(request)
        groups = None if who.groups is None else sorted(who.groups)
        return MeReply(kind=who.kind, name=who.name, scopes=sorted(who.scopes), groups=groups)

    @router.put("/v1/me/password", status_code=204, response_class=Response)
    def own_password(request: Request, body: PasswordBody) -> None:
        """Changes one's own password, and ends one's other sessions."""
        who = principal_of(request)
        if who.kind != "user":
            raise AccountError("只有登录的账号才有密码")
        token = session_of(request.headers) or ""
        address = address_of(request.scope)
        accounts.change_password(who.id, body.current, body.new, address=address, keep=token)
        accounts.note(who.name, "PUT /v1/me/password", address=address)

    @router.get("/v1/accounts", response_model=AccountsReply)
    def listed() -> Any:
        """Every account."""
        return AccountsReply(accounts=[AccountReply.model_validate(each) for each in accounts.users()])

    @router.post("/v1/accounts", response_model=AccountReply, status_code=201)
    def add(request: Request, response: Response, body: AccountBody) -> Any:
        """A new account. The first has to be an administrator's: what was kept on this machine so far becomes
        theirs."""
        is_first = principal_of(request).kind == "local"
        if is_first and body.role != "admin":
            raise AccountError("第一个账号要是管理员：否则没有人能管理", "role")
        user = accounts.add_user(body.name, body.password, role=body.role, groups=body.groups)
        noted(request, _told(user))
        if is_first:
            workspace.hand_over("local", user.owner)
            keep_session(request, response, accounts.sign_in(body.name, body.password, address_of(request.scope)))
        return AccountReply.model_validate(user)

    @router.patch("/v1/accounts/{account_id}", response_model=AccountReply, responses=NOT_FOUND)
    def change(request: Request, account_id: str, body: AccountChange) -> Any:
        """Changes what is named. A new password, and being disabled, end the person's sessions."""
        user = accounts.change_user(
            account_id,
            role=body.role,
            groups=body.groups,
            all_groups="groups" in body.model_fields_set and body.groups is None,
            disabled=body.disabled,
            password=body.password,
            keep=session_of(request.headers) or "" if account_id == principal_of(request).id else "",
        )
        noted(request, _told(user) + ("; password" if body.password is not None else ""))
        return AccountReply.model_validate(user)

    @router.delete("/v1/accounts/{account_id}", status_code=204, response_class=Response, responses=NOT_FOUND)
    def remove(request: Request, account_id: str) -> None:
        """Takes an account away, with its conversations and their links."""
        user = accounts.remove_user(account_id)
        workspace.delete_all(user.owner)
        noted(request, user.name)

    @router.get("/v1/keys", response_model=KeysReply)
    def keys() -> Any:
        """Every key, without its secret."""
        return KeysReply(keys=[*map(KeyReply.model_validate, accounts.all_keys())])

    @router.post("/v1/keys", response_model=NewKeyReply, status_code=201)
    def add_key(request: Request, response: Response, body: KeyBody) -> Any:
        """A new key. Its secret is told here, and never again."""
        if principal_of(request).kind == "local":
            raise AccountError("请先建管理员账号：有了密钥，网页就要登录才能用")
        secret, key = accounts.add_key(**body.model_dump())
        noted(request, f"{key.name} ({key.prefix}…; {', '.join(key.scopes)})")
        response.headers["Cache-Control"] = "no-store"
        return NewKeyReply(secret=secret, key=KeyReply.model_validate(key))

    @router.delete("/v1/keys/{key_id}", response_model=KeyReply, responses=NOT_FOUND)
    def revoke(request: Request, key_id: str) -> Any:
        """Ends a key for good."""
        key = accounts.revoke_key(key_id)
        noted(request, f"{key.name} ({key.prefix}…)")
        return KeyReply.model_validate(key)

    @router.get("/v1/audit", response_model=LogReply)
    def audit(limit: Annotated[int, Query(ge=1, le=1000)] = 100, before: Before = None) -> Any:
        """Logins, failed ones too, keys that opened nothing, and what changed accounts, keys, settings and
        documents."""
        found = accounts.log(limit=limit, before=before)
        entries = [EntryReply.model_validate(each) for each in found]
        return LogReply(entries=entries, next=found[-1].number if len(found) == limit else None)

    if pages:

        @router.get("/audit", response_class=HTMLResponse, include_in_schema=False)
        def log(request: Request, before: Before = None) -> HTMLResponse:
            found = accounts.log(limit=LOG_PAGE, before=before)
            return HTMLResponse(audit_page(found, before, words_of(request.cookies), who=name_of(request)))

    return router


def on_account_error(_: Request, error: Exception) -> Response:
    """What can't be done to an account or a key, in our form."""
    assert isinstance(error, AccountError)
    # Without a field nothing that was sent is wrong: it can't be done as things are.
    other = 422 if error.field else 409
    status = 404 if isinstance(error, NoSuchError) else 429 if hasattr(error, "wait_s") else other
    response = error_response(status, str(error), error.field or None, "not_found" if status == 404 else None)
    if hasattr(error, "wait_s"):
        response.headers["Retry-After"] = str(int(error.wait_s) + 1)
    return response


def _told(user: User) -> str:
    groups = "*" if user.groups is None else ", ".join(user.groups)
    return f"{user.name}: {user.role}; groups {groups or '-'}" + ("; disabled" if user.disabled else "")
