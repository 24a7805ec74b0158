"""Helpers for tests of IAM Identity Center: register a client, sign in, open a page."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from shellvault.core.record import Record
from tests.aws.client import make_unsigned_client
from tests.aws.grants import CODE, DEVICE, REFRESH, compute_challenge
from tests.aws.sso import START_URL

if TYPE_CHECKING:
    from tests.aws.server import AwsServer

SCOPES = ["sso:account:access"]
CALLBACK = "http://127.0.0.1/oauth/callback"
VERIFIER = "v" * 43


class BrowserPage(Record):
    """A page as seen by a browser; `location` is where it redirects."""

    status: int
    location: str
    body: str

    @property
    def query(self) -> dict[str, str]:
        """The query parameters of the location."""
        return dict(parse_qsl(urlsplit(self.location).query))


def open_page(aws: AwsServer, path: str, **query: str) -> BrowserPage:
    """Request a page like a browser, without following redirects."""
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", f"{path}?{urlencode(query)}" if query else path)
        answer = connection.getresponse()
        return BrowserPage(answer.status, answer.headers.get("Location", ""), answer.read().decode())
    finally:
        connection.close()


class OidcClient:
    """A registered client, with boto3 clients for OIDC and the portal."""

    def __init__(self, aws: AwsServer, scopes: list[str] | None = SCOPES, grants: list[str] | None = None) -> None:
        self.aws = aws
        self.oidc, self.portal = make_unsigned_client(aws, "sso-oidc"), make_unsigned_client(aws, "sso")
        more: dict[str, Any] = {"scopes": scopes} if scopes else {}
        if grants:
            more |= {"grantTypes": grants, "redirectUris": [CALLBACK], "issuerUrl": START_URL}
        answer = self.oidc.register_client(clientName="me", clientType="public", **more)
        self.identity = {"clientId": answer["clientId"], "clientSecret": answer["clientSecret"]}

    def start_device(self, start_url: str = START_URL) -> Any:
        """Start a device authorization."""
        return self.oidc.start_device_authorization(**self.identity, startUrl=start_url)

    def make_device_grant(self, device: Any) -> dict[str, Any]:
        """Return the parameters that poll for a device's tokens."""
        return self.identity | {"grantType": DEVICE, "deviceCode": device["deviceCode"]}

    def make_refresh_grant(self, token: Any) -> dict[str, Any]:
        """Return the parameters that refresh the tokens of a response."""
        return self.identity | {"grantType": REFRESH, "refreshToken": token["refreshToken"]}

    def sign_in(self) -> Any:
        """Return the tokens of a device that the user approved."""
        device = self.start_device()
        self.aws.world.sso.approve(device["userCode"])
        return self.oidc.create_token(**self.make_device_grant(device))

    def authorize(self, **changed: str) -> BrowserPage:
        """Open the page that issues a code."""
        wanted = {
            "response_type": "code",
            "client_id": self.identity["clientId"],
            "redirect_uri": self.callback,
            "state": "st",
            "code_challenge": compute_challenge(VERIFIER),
            "code_challenge_method": "S256",
            "scopes": " ".join(SCOPES),
        }
        return open_page(self.aws, "/authorize", **(wanted | changed))

    def make_code_grant(self, page: BrowserPage) -> dict[str, Any]:
        """Return the parameters that redeem a page's code."""
        code = {"grantType": CODE, "code": page.query["code"], "redirectUri": self.callback, "codeVerifier": VERIFIER}
        return self.identity | code

    @property
    def callback(self) -> str:
        """The redirect URI, with the port on which the client listens."""
        return CALLBACK.replace("127.0.0.1", "127.0.0.1:54321")
