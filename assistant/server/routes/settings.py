"""Our own routes over the settings: which model writes answers, and whether it can be reached.

GET  /v1/settings        what is chosen; of a key only whether there is one
PUT  /v1/settings        {"model", "base_url", "api_key", "embedder"}: kept, and used from the next question on
POST /v1/settings/test   the same, tried and not kept

Only administrators may read and change them; without accounts, whoever sits at the machine (`rights.py`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant import settings
from assistant.config import Config
from assistant.in_english import in_english
from assistant.server.errors import error_response
from assistant.server.openapi import CONFLICT, DISK_FULL
from assistant.server.owners import may_see_all, name_of, noted, owner_of, principal_of
from assistant.server.requests import said
from assistant.web.accounts_page import Known, accounts_parts
from assistant.web.settings_page import EMBEDDERS, FEEDBACK_PAGE, Chosen, feedback_page, settings_page
from assistant.web.shell import words_of
from assistant.written.trial import tried

if TYPE_CHECKING:
    from assistant.accounts.store import Accounts
    from assistant.ask import Assistant
    from assistant.conversations.store import Workspace

_VARIABLES = {"model": "YOUJU_MODEL", "base_url": "YOUJU_BASE_URL", "api_key": "YOUJU_API_KEY"}
Address = Annotated[str, Field(max_length=500, pattern=r"^(https?://\S+)?$")]


class SettingsBody(BaseModel):
    """What is to be changed; what isn't named stays. A model that is empty: answers are made of quotes."""

    model_config = ConfigDict(extra="forbid")

    model: Annotated[str, Field(max_length=200)] | None = None
    base_url: Address | None = None
    api_key: Annotated[str, Field(max_length=500)] | None = None
    embedder: Annotated[str, Field(max_length=20)] | None = None


class SettingsReply(BaseModel):
    """What is chosen."""

    model: str
    base_url: str | None
    has_key: bool
    embedder: str
    fixed: list[str]
    """Environment variables that say what can't be changed here."""


class TrialReply(BaseModel):
    """What came of a trial."""

    ok: bool
    message: str
    ms: int


def setting_routes(assistant: Assistant, workspace: Workspace, accounts: Accounts, *, pages: bool) -> APIRouter:
    """/v1/settings; with `pages`, /settings and /feedback too."""
    router = APIRouter()
    fixed = tuple(name for name in _VARIABLES.values() if os.environ.get(name, "").strip())

    def told() -> SettingsReply:
        config = assistant.config
        return SettingsReply(
            model=config.model,
            base_url=config.base_url,
            has_key=bool(config.api_key),
            embedder=config.embedder,
            fixed=[*fixed],
        )

    @router.get("/v1/settings", response_model=SettingsReply)
    def read() -> Any:
        """What is chosen, without the key."""
        return told()

    @router.put("/v1/settings", response_model=SettingsReply, responses=CONFLICT | DISK_FULL)
    def change(request: Request, body: SettingsBody) -> Any:
        """Keeps what is named, and uses it from the next question on; an embedder from the next start on."""
        values = body.model_dump(exclude_none=True)
        if fixed and {*values} & {*_VARIABLES}:
            return error_response(409, f"模型由环境变量 {'、'.join(fixed)} 设定；请改那里，或去掉后重新启动")
        if values.get("embedder", "") not in EMBEDDERS:
            return error_response(
                422, f"没有 {values['embedder']!r} 这种向量；可用的是：{'、'.join(EMBEDDERS)}", "embedder"
            )
        try:
            assistant.reconfigure(_changed(assistant.config, values))
            settings.write(assistant.config.data_dir, _kept(assistant.config, values))
        except settings.SettingsError as error:
            return error_response(507, str(error), kind="server_error")
        except ValueError as error:
            return error_response(422, str(error), "model")
        noted(request, ", ".join(sorted(values)))
        return told()

    @router.post("/v1/settings/test", response_model=TrialReply)
    def test(body: SettingsBody) -> Any:
        """Asks the model for one word, and says what is wrong where it doesn't answer. Nothing is kept."""
        config = _changed(assistant.config, body.model_dump(exclude_none=True))
        if not config.model:
            return error_response(422, "请先填模型名称", "model")
        trial = tried(config)
        return TrialReply(ok=trial.ok, message=said(trial.message, in_english(trial.message)), ms=trial.ms)

    if pages:

        @router.get("/settings", response_class=HTMLResponse, include_in_schema=False)
        def settings_of(request: Request) -> HTMLResponse:
            may_change = may_see_all(request)
            owner = None if may_change else owner_of(request)
            count = workspace.feedback(owner=owner, limit=1).total
            who, words = principal_of(request), words_of(request.cookies)
            known = Known(who, accounts.users(), accounts.all_keys()) if may_change else Known(who)
            parts = accounts_parts(known, words, now=time.time())
            chosen = Chosen(assistant.config, fixed, may_change, count, parts, name_of(request))
            return HTMLResponse(settings_page(chosen, assistant.index.status(), words))

        @router.get("/feedback", response_class=HTMLResponse, include_in_schema=False)
        def feedback(
            request: Request, offset: Annotated[int, Query(ge=0)] = 0, good: bool | None = None
        ) -> HTMLResponse:
            owner = None if may_see_all(request) else owner_of(request)
            found = workspace.feedback(owner=owner, good=good, limit=FEEDBACK_PAGE, offset=offset)
            words = words_of(request.cookies)
            page = feedback_page(found.feedback, found.total, offset, good, words, who=name_of(request))
            return HTMLResponse(page)

    return router


def _changed(config: Config, values: Mapping[str, Any]) -> Config:
    """The configuration with `values`. A key stays with the address that it was given for."""
    model = {name: values[name] for name in _VARIABLES if name in values}
    if "base_url" in model:
        model["base_url"] = model["base_url"].rstrip("/") or None
        if "api_key" not in model and model["base_url"] != config.base_url:
            model["api_key"] = None
    if model.get("model") == "":
        model = {"model": "", "base_url": None, "api_key": None}
    return replace(config, **model)


def _kept(config: Config, values: Mapping[str, Any]) -> dict[str, Any]:
    kept = settings.read(config.data_dir)
    if {*values} & {*_VARIABLES}:
        kept |= {name: getattr(config, name) for name in _VARIABLES}
    return kept | {name: values[name] for name in ("embedder",) if name in values}
