"""A small OpenID Connect provider that listens on this machine: everybody is who they say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import BasicAuth, web
from joserfc import jwt
from joserfc.jwk import RSAKey


class Provider:
    """Discovery, authorization with PKCE, token and keys; `spoil` changes one answer."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.claims: dict[str, Any] = {"sub": "42", "preferred_username": "ada"}
        self.spoil: dict[str, Any] = {}
        self.signed_by = self.key
        self.now = 0
        self.secret = "provider secret"
        self.url = ""
        self._codes: dict[str, dict[str, str]] = {}

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.discovery)
        app.router.add_get("/jwks", self.jwks)
        app.router.add_post("/token", self.token)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    def authorize(self, url: str) -> dict[str, str]:
        """What a browser would bring back from the authorization address."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.url}

    def forged(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """A token without a signature, or with an HMAC under the public key (RFC 8725, 2.1)."""
        text = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        if header["alg"] == "none":
            return f"{text}."
        return f"{text}.{_base64(hmac.digest(self.key.as_pem(private=False), text.encode(), 'sha256'))}"

    async def discovery(self, request: web.Request) -> web.Response:
        document = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }
        return web.json_response({**document, **self.spoil.get("discovery", {})})

    async def jwks(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self._codes.pop(str(form.get("code")), None)
        client = BasicAuth.decode(request.headers.get("authorization", "Basic Og=="))
        verifier = str(form.get("code_verifier", ""))
        challenge = _base64(hashlib.sha256(verifier.encode()).digest())
        if (
            asked is None
            or (client.login, client.password) != ("steelyard", self.secret)
            or challenge != asked["code_challenge"]
            or form.get("redirect_uri") != asked["redirect_uri"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = {
            "iss": self.url,
            "aud": "steelyard",
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": asked["nonce"],
            **self.claims,
            **self.spoil.get("claims", {}),
        }
        claims = {key: value for key, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": "one", **self.spoil.get("header", {})}
        if header["alg"] == "RS256":
            signed = jwt.encode(header, claims, self.signed_by)
        else:
            signed = self.forged(header, claims)
        return web.json_response({"access_token": "access", "token_type": "Bearer", "id_token": signed})


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
