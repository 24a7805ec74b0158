"""What tests of IAM Identity Center do again and again: register a client, sign in, open a page."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from shellvault.core.record import Record
from tests.aws.client import unsigned
from tests.aws.grants import CODE, DEVICE, REFRESH, challenge
from tests.aws.sso import START_URL

if TYPE_CHECKING:
    from tests.aws.server import AwsServer

SCOPES = ["sso:account:access"]
CALLBACK = "http://127.0.0.1/oauth/callback"
VERIFIER = "v" * 43


class Page(Record):
    """What a browser gets; `place` is where it is sent to."""

    status: int
    place: str
    body: str

    @property
    def query(self) -> dict[str, str]:
        """What the place is told."""
        return dict(parse_qsl(urlsplit(self.place).query))


def get(aws: AwsServer, path: str, **query: str) -> Page:
    """Ask as a browser does, and follow no redirection."""
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", f"{path}?{urlencode(query)}" if query else path)
        answer = connection.getresponse()
        return Page(answer.status, answer.headers.get("Location", ""), answer.read().decode())
    finally:
        connection.close()


class Program:
    """A registered program with its OIDC and portal clients."""

    def __init__(self, aws: AwsServer, scopes: list[str] | None = SCOPES, grants: list[str] | None = None) -> None:
        self.aws = aws
        self.oidc, self.portal = unsigned(aws, "sso-oidc"), unsigned(aws, "sso")
        more: dict[str, Any] = {"scopes": scopes} if scopes else {}
        if grants:
            more |= {"grantTypes": grants, "redirectUris": [CALLBACK], "issuerUrl": START_URL}
        answer = self.oidc.register_client(clientName="me", clientType="public", **more)
        self.identity = {"clientId": answer["clientId"], "clientSecret": answer["clientSecret"]}

    def start(self, start_url: str = START_URL) -> Any:
        """Begin a device authorization."""
        return self.oidc.start_device_authorization(**self.identity, startUrl=start_url)

    def by_device(self, device: Any) -> dict[str, Any]:
        """Return the parameters that poll for a device's tokens."""
        return self.identity | {"grantType": DEVICE, "deviceCode": device["deviceCode"]}

    def by_refresh(self, token: Any) -> dict[str, Any]:
        """Return the parameters that refresh an answer's tokens."""
        return self.identity | {"grantType": REFRESH, "refreshToken": token["refreshToken"]}

    def sign_in(self) -> Any:
        """Return the tokens of a device that the person approved."""
        device = self.start()
        self.aws.world.sso.approve(device["userCode"])
        return self.oidc.create_token(**self.by_device(device))

    def authorize(self, **changed: str) -> Page:
        """Open the page that gives a code."""
        asked = {
            "response_type": "code",
            "client_id": self.identity["clientId"],
            "redirect_uri": self.callback,
            "state": "st",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
            "scopes": " ".join(SCOPES),
        }
        return get(self.aws, "/authorize", **(asked | changed))

    def by_code(self, page: Page) -> dict[str, Any]:
        """Return the parameters that exchange a page's code."""
        code = {"grantType": CODE, "code": page.query["code"], "redirectUri": self.callback, "codeVerifier": VERIFIER}
        return self.identity | code

    @property
    def callback(self) -> str:
        """Where the program listens this time."""
        return CALLBACK.replace("127.0.0.1", "127.0.0.1:54321")
