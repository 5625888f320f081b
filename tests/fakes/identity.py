"""An OpenID Connect provider that lets in whomever a test names."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "youju"


def _thumb(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


class Identity:
    """The provider: `claims` are of whoever logs in next; `spoil` changes what a token says, as a forger would."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.issuer = ""
        self.claims: dict[str, Any] = {"sub": "17", "preferred_username": "林溪"}
        self.user_info: dict[str, Any] = {}
        self.spoil: dict[str, Any] = {}
        self.said_issuer: str | None = None
        self.is_refusing = False
        self._key = RSAKey.generate_key(2048, parameters={"kid": "k1"})
        self.signing_key = self._key
        self._asked: dict[str, dict[str, str]] = {}
        self.app.get("/.well-known/openid-configuration")(self._document)
        self.app.get("/keys")(lambda: {"keys": [self._key.as_dict(private=False)]})
        self.app.get("/authorize")(self._authorize)
        self.app.post("/token")(self._token)
        self.app.get("/userinfo")(self._userinfo)

    def _document(self) -> dict[str, Any]:
        return {
            "issuer": self.said_issuer or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if self.is_refusing:
            said = {"error": "access_denied", "error_description": "<b>not you</b>", "state": asked["state"]}
        else:
            code = f"code{len(self._asked)}"
            self._asked[code] = asked
            said = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(said)}")

    def _token(self, code: str = Form(), code_verifier: str = Form(), redirect_uri: str = Form()) -> Response:
        asked = self._asked.pop(code, None)
        if asked is None or asked["code_challenge"] != _thumb(code_verifier) or asked["redirect_uri"] != redirect_uri:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, said | self.claims | self.spoil, self.signing_key)
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token})

    def _userinfo(self) -> dict[str, Any]:
        return {"sub": self.claims["sub"]} | self.user_info
