"""A small OpenID provider on the loopback, for one test: discovery, authorisation with PKCE, tokens signed with RS256, userinfo.

It checks what a provider checks: the client, the redirect address, that a code is used once, and the PKCE verifier.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "commonweal", "a secret that only the test knows"


class Provider:
    """`person` is who signs in at it: subject, e-mail, whether it is verified. The visitor says who by POST to ``/person``."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.person: dict[str, object] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.refused: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                outer.get(self)

            def do_POST(self) -> None:
                outer.post(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def get(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path)
        if path.path == "/.well-known/openid-configuration":
            self.answer(request, {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorise", "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo", "jwks_uri": f"{self.url}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"], "code_challenge_methods_supported": ["S256"],
            })  # fmt: skip
        elif path.path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            self.answer(request, {"keys": [{**public, "kid": "one", "alg": "RS256", "use": "sig"}]})
        elif path.path == "/userinfo":
            self.answer(request, self.person)
        elif path.path == "/authorise":
            asked = {name: values[0] for name, values in parse_qs(path.query).items()}
            code = f"code{len(self.codes)}"
            self.codes[code] = asked
            request.send_response(302)
            request.send_header(
                "Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            )
            request.end_headers()
        else:
            self.answer(request, {"error": "not found"}, 404)

    def post(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"])).decode()
        if request.path == "/person":
            self.person = json.loads(body)
            self.answer(request, {})
            return
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        checks = {
            "code": asked is not None,
            "client": (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET),
            "redirect": asked is not None and form.get("redirect_uri") == asked["redirect_uri"],
            "pkce": asked is not None and challenge == asked.get("code_challenge"),
        }
        wrong = [name for name, right in checks.items() if not right]
        if wrong:
            self.refused += wrong
            self.answer(request, {"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {**self.person, "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60}
        token = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"})
        self.answer(request, {"access_token": "one", "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def answer(self, request: BaseHTTPRequestHandler, body: dict[str, object], status: int = 200) -> None:
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        request.wfile.write(json.dumps(body).encode())
