"""Logging in with an organisation's own accounts: an OpenID Connect provider (Keycloak, Entra ID, Authing, …)

    YOUJU_OIDC_ISSUER=https://id.example.cn/realms/office    what stands before /.well-known/openid-configuration
    YOUJU_OIDC_CLIENT_ID=youju    YOUJU_OIDC_CLIENT_SECRET=…
    YOUJU_OIDC_NAME=统一身份认证   on the button
    YOUJU_OIDC_GROUPS=groups      the claim with the groups of readers that somebody belongs to
    YOUJU_OIDC_ADMINS=youju-admins    whoever belongs to this one administers

Authlib does the protocol: the code flow with PKCE, state and nonce; a token's signature, issuer, audience and age are
checked. What has to be kept between going there and coming back is kept here, under a cookie of the browser that went.
"""

from __future__ import annotations

import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

_VARIABLES = {
    "issuer": "YOUJU_OIDC_ISSUER",
    "client_id": "YOUJU_OIDC_CLIENT_ID",
    "client_secret": "YOUJU_OIDC_CLIENT_SECRET",
    "name": "YOUJU_OIDC_NAME",
    "groups_claim": "YOUJU_OIDC_GROUPS",
    "admins": "YOUJU_OIDC_ADMINS",
}
_TIMEOUT_S = 10
FLOW_S = 600
"""How long somebody may take to log in over there."""
_MOST_FLOWS = 2000


class ProviderError(Exception):
    """Somebody couldn't be logged in by the provider: `str(error)` says why."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Where people log in, and what of them is believed."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    name: str = ""
    groups_claim: str = "groups"
    admins: str = ""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who has logged in over there."""

    subject: str
    """Who it is, for ever: the provider and its own name for them."""
    name: str
    groups: tuple[str, ...] | None
    """None: the provider doesn't say."""
    is_admin: bool | None
    """None: isn't for the provider to say."""


def provider(environment: Mapping[str, str] = os.environ) -> Provider | None:
    """The one that the environment names. Raises ValueError naming the variable that is missing or can't be."""
    given = {
        name: environment[variable].strip()
        for name, variable in _VARIABLES.items()
        if environment.get(variable, "").strip()
    }
    if not given:
        return None
    for name in ("issuer", "client_id"):
        if name not in given:
            raise ValueError(f"{_VARIABLES[name]} 没有设置：用统一身份认证登录，要写明它的地址和本服务在那里的编号")
    address = urlsplit(given["issuer"])
    is_here = address.hostname in {"localhost", "127.0.0.1", "::1"}
    if address.scheme != "https" and not (address.scheme == "http" and is_here):
        raise ValueError(f"YOUJU_OIDC_ISSUER={given['issuer']!r} 不是 https:// 开头的地址")
    given["issuer"] = given["issuer"].rstrip("/")
    return Provider(**given)


class LogIns:
    """People on their way to the provider and back."""

    def __init__(self, provider: Provider) -> None:
        """Raises ValueError where Authlib isn't installed."""
        try:
            from authlib.integrations.starlette_client import StarletteOAuth2App
            from authlib.integrations.starlette_client.integration import StarletteIntegration
        except ModuleNotFoundError as error:
            raise ValueError(f"YOUJU_OIDC_ISSUER: 缺少 {error.name}。请安装：pip install 'youju[oidc]'") from None
        self.provider = provider
        self._client: Any = StarletteOAuth2App(
            StarletteIntegration("oidc"),
            "oidc",
            client_id=provider.client_id,
            client_secret=provider.client_secret or None,
            server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "timeout": _TIMEOUT_S,
                "token_endpoint_auth_method": "client_secret_basic" if provider.client_secret else "none",
            },
        )
        self._flows: OrderedDict[str, tuple[dict[str, Any], float]] = OrderedDict()

    async def away(self, scope: dict[str, Any], back: str, wanted: str) -> tuple[str, str]:
        """The provider's address for somebody who is to come `back`, and the token that their browser must bring.

        Raises ProviderError where the provider doesn't answer as one.
        """
        token, kept = secrets.token_urlsafe(32), {"wanted": wanted}
        with _one_error():
            await self._checked()
            reply = await self._client.authorize_redirect(_request(scope, kept), back)
        now = time.monotonic()
        self._flows[token] = (kept, now + FLOW_S)
        while len(self._flows) > _MOST_FLOWS or next(iter(self._flows.values()))[1] < now:
            self._flows.popitem(last=False)
        return str(reply.headers["location"]), token

    async def back(self, scope: dict[str, Any], token: str) -> tuple[Claims, str]:
        """Who has come back with the token of their browser, and where they wanted to go. Raises ProviderError."""
        kept, until = self._flows.pop(token, ({}, 0.0))
        if not kept or time.monotonic() > until:
            raise ProviderError("登录没有在十分钟内完成，或不是在这个浏览器里开始的")
        with _one_error():
            await self._checked()
            granted = await self._client.authorize_access_token(_request(scope, kept))
            claims = granted.get("userinfo")
            if claims is None:
                raise ProviderError("它没有给出身份（id_token）")
            said = self._groups(claims)
            if said is None and "userinfo_endpoint" in self._client.server_metadata:
                more = await self._client.userinfo(token=granted)
                if more.get("sub") == claims["sub"]:
                    claims = {**more, **claims}
                    said = self._groups(claims)
        own = self.provider.admins
        name = next((str(claims[key]) for key in ("preferred_username", "name", "email") if claims.get(key)), "")
        return Claims(
            subject=f"{self.provider.issuer} {claims['sub']}",
            name=name or str(claims["sub"]),
            groups=said,
            is_admin=own in (said or ()) if own else None,
        ), str(kept["wanted"])

    @property
    def ends_sessions(self) -> bool:
        """Whether the provider is known to log people out, too: known once somebody has gone there."""
        return bool(self._client.server_metadata.get("end_session_endpoint"))

    async def out(self, back: str) -> str | None:
        """The provider's address to log out at, from which the way leads `back` where the provider allows it (OpenID
        Connect RP-Initiated Logout); None where it has none, or doesn't answer as one."""
        try:
            with _one_error():
                await self._checked()
        except ProviderError:
            return None
        address = self._client.server_metadata.get("end_session_endpoint")
        if not address:
            return None
        said = urlencode({"client_id": self.provider.client_id, "post_logout_redirect_uri": back})
        return f"{address}{'&' if '?' in address else '?'}{said}"

    def _groups(self, claims: Mapping[str, Any]) -> tuple[str, ...] | None:
        said = claims.get(self.provider.groups_claim)
        if isinstance(said, str):
            said = [said]
        return tuple(str(group) for group in said) if isinstance(said, list) else None

    async def _checked(self) -> None:
        """Raises ProviderError for a document that another provider wrote: its tokens would be believed."""
        metadata = await self._client.load_server_metadata()
        found = str(metadata.get("issuer", ""))
        if found.rstrip("/") != self.provider.issuer:
            self._client.server_metadata.clear()  # else it would be kept, also once it is mended
            raise ProviderError(f"它自称 {found!r}，不是设置里写的 {self.provider.issuer}")


@contextmanager
def _one_error() -> Iterator[None]:
    """Everything that can go wrong over there, as a ProviderError."""
    from authlib.common.errors import AuthlibBaseError

    try:
        yield
    except ProviderError:
        raise
    except AuthlibBaseError as error:
        raise ProviderError(str(error.description or error.error)[:300]) from error
    except Exception as error:  # whatever the address, the network, or what is read from there can give
        raise ProviderError(f"{type(error).__name__}: {error}"[:300]) from error


def _request(scope: dict[str, Any], kept: dict[str, Any]) -> Any:
    from starlette.requests import Request

    return Request(cast("Any", {**scope, "session": kept}))
