"""An OAuth 2.0 server of the strict kind for tests, on loopback and a free port; the protocol is authlib's.

    python server.py

PKCE by S256 is demanded of every client, codes and refresh tokens are good once, and one that comes twice ends
all that the owner granted with it (RFC 6749, section 4.1.2; RFC 9700, sections 2.1.1 and 4.14.2). A consent is
given at once to whoever asks with a `login` in the query. Clients: `public`, and `confidential` with the
secret `confidential-secret`.

Prints one line of JSON when it is ready, and ends when its standard input closes: a dead parent leaves no
server behind.

    {"url": "http://127.0.0.1:4001"}

Endpoints: `/authorize`, `/token`, `/revoke`, and `/me`, which tells the bearer of a living access token how often its
grant was refreshed.
"""

import json
import logging
import os
import sys
import threading
import time
from dataclasses import dataclass, field

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, InvalidRequestError, TokenMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

REDIRECT = "http://127.0.0.1/callback"
SCOPES = {"read", "write"}
METHODS = ["client_secret_basic", "client_secret_post", "none"]


@dataclass
class Client(ClientMixin):
    client_id: str
    secret: str | None

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return " ".join(word for word in (scope or "").split() if word in SCOPES)

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == REDIRECT

    def check_client_secret(self, client_secret):
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method, endpoint):
        return (method == "none") == (self.secret is None)

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in ("authorization_code", "refresh_token")


@dataclass
class Grant(AuthorizationCodeMixin):
    """What an owner granted by one consent: its code, and all tokens that follow from it."""

    client: Client
    login: str
    code: str
    redirect_uri: str
    scope: str
    challenge: str
    spent: bool = False
    ended: bool = False
    refreshes: int = 0

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


@dataclass
class Token(TokenMixin):
    grant: Grant
    access_token: str
    refresh_token: str
    expires_in: int
    issued_at: float = field(default_factory=time.time)
    spent: bool = False
    ended: bool = False

    def check_client(self, client):
        return client is self.grant.client

    def get_scope(self):
        return self.grant.scope

    def get_expires_in(self):
        return self.expires_in

    def is_expired(self):
        return time.time() > self.issued_at + self.expires_in

    def is_revoked(self):
        return self.ended or self.grant.ended

    def get_user(self):
        return self.grant.login

    def get_client(self):
        return self.grant.client


CLIENTS = {
    "public": Client("public", None),
    "confidential": Client("confidential", "confidential-secret"),
}
GRANTS: dict[str, Grant] = {}
TOKENS: list[Token] = []


def find(**wanted: str) -> Token | None:
    return next((token for token in TOKENS if wanted.items() <= vars(token).items()), None)


class Codes(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code, request):
        asked = request.payload
        challenge = asked.data["code_challenge"]
        grant = Grant(request.client, request.user, code, asked.redirect_uri, asked.scope, challenge)
        GRANTS[code] = grant

    def query_authorization_code(self, code, client):
        grant = GRANTS.get(code)
        if grant is None or grant.client is not client:
            return None
        if grant.spent:
            grant.ended = True
            return None
        return grant

    def delete_authorization_code(self, authorization_code):
        authorization_code.spent = True

    def authenticate_user(self, authorization_code):
        return authorization_code.login


class Pkce(CodeChallenge):
    """Demanded of confidential clients too, and by S256 alone."""

    def validate_code_challenge(self, grant, redirect_uri):
        if grant.request.payload.data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE by S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)

    def get_authorization_code_challenge(self, authorization_code):
        return authorization_code.challenge

    def get_authorization_code_challenge_method(self, authorization_code):
        return "S256"


class Refreshes(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        token = find(refresh_token=refresh_token)
        if token is None or token.is_revoked():
            return None
        if token.spent:
            token.grant.ended = True
            return None
        return token

    def authenticate_user(self, refresh_token):
        return refresh_token.grant.login

    def revoke_old_credential(self, refresh_token):
        refresh_token.spent = True
        refresh_token.grant.refreshes += 1


class Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string, token_type_hint):
        return find(refresh_token=token_string) or find(access_token=token_string)

    def revoke_token(self, token, request):
        # RFC 7009, section 2.1: with a refresh token goes all that it bought; an access token goes alone.
        if request.form["token"] == token.refresh_token:
            token.grant.ended = True
        token.ended = True


class Bearer(BearerTokenValidator):
    def authenticate_token(self, token_string):
        return find(access_token=token_string)


def save_token(token, request):
    grant = request.authorization_code or request.refresh_token.grant
    TOKENS.append(Token(grant, token["access_token"], token["refresh_token"], token["expires_in"]))


app = Flask(__name__)
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
server = AuthorizationServer(app, query_client=CLIENTS.get, save_token=save_token)
server.register_grant(Codes, [Pkce(required=True)])
server.register_grant(Refreshes)
server.register_endpoint(Revocation)
protected = ResourceProtector()
protected.register_token_validator(Bearer())


@app.get("/authorize")
def authorize() -> Response:
    login = request.args["login"]
    try:
        grant = server.get_consent_grant(end_user=login)
    except OAuth2Error as error:
        return server.handle_error_response(None, error)
    return server.create_authorization_response(grant_user=login, grant=grant)


@app.post("/token")
def token() -> Response:
    return server.create_token_response()


@app.post("/revoke")
def revoke() -> Response:
    return server.create_endpoint_response(Revocation.ENDPOINT_NAME)


@app.get("/me")
@protected()
def me() -> Response:
    return jsonify(login=current_token.grant.login, refreshes=current_token.grant.refreshes)


def main() -> None:
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain HTTP is for tests
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # One request at a time: each is a whole step.
    listener = make_server("127.0.0.1", 0, app)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{listener.server_port}"}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
