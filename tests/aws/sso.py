"""IAM Identity Center as set up by tests: role assignments, and the user at the browser."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from shellvault.core.record import Record, Secret
from tests.aws.identities import random_secret
from tests.aws.oauth import OAuthClients, SignIn, Tokens
from tests.aws.one_time_tokens import OneTimeTokens

if TYPE_CHECKING:
    from tests.aws.identities import Role
    from tests.aws.oauth import OAuthClient
    from tests.aws.world import World

START_URL = "https://d-1234567890.awsapps.com/start"
PERSON = "alice@example.com"
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class Assignment(Record):
    """A role assigned to the user in an account."""

    account: str
    account_name: str
    email: str
    role: Role


class DeviceAuthorization(Record):
    """A device authorization; `state` is "pending", "approved", "denied" or "used", times are epoch seconds."""

    code: Secret
    user_code: str
    client: OAuthClient
    expires_at: float
    polled_at: float = 0
    state: str = "pending"


class Sso:
    """The directory and its only user. Call `assign` first; `browser` says what the user does on a page.

    Attributes:
        start_url: the portal's URL.
        browser: what happens when a page is opened: "approve", "deny", or "wait" for `approve` or `deny`.
        offers_code: whether the authorization code grant is offered; otherwise clients have to use device codes.
        session_life: seconds that a sign-in lasts, however often it is refreshed.
        device_life: seconds within which a device code must be approved.
        interval: seconds required between two polls.
        role_life: seconds that a role session lasts.
        page_size: accounts or roles per page.
        clients, tokens: registered clients and issued tokens; `tokens.token_life` and `clients.life` are in seconds.
        codes: pending authorization codes.
    """

    def __init__(self, world: World) -> None:
        self.start_url = START_URL
        self.browser = "approve"
        self.offers_code = True
        self.session_life = 8 * 3600.0
        self.device_life = 600.0
        self.interval = 1.0
        self.role_life = 3600
        self.page_size = 20
        self.clients = OAuthClients(world.now, world.lock, world.keys.add_secret)
        self.tokens = Tokens(world.now, world.lock, world.keys.add_secret)
        self.codes = OneTimeTokens(world.now, world.lock, life=60)
        self._world = world
        self._assigned: dict[tuple[str, str], Assignment] = {}
        self._devices: dict[str, DeviceAuthorization] = {}

    @property
    def token_life(self) -> float:
        """The lifetime of access tokens in seconds."""
        return self.tokens.token_life

    @token_life.setter
    def token_life(self, seconds: float) -> None:
        self.tokens.token_life = seconds

    def assign(
        self, role: str, account: str = "111122223333", account_name: str = "", email: str = "", partition: str = "aws"
    ) -> Role:
        """Assign a role (a permission set's name) in an account to the user, and return the resulting role."""
        made = self._world.role(
            f"aws-reserved/sso.amazonaws.com/AWSReservedSSO_{role}_{secrets.token_hex(8)}",
            account,
            trusts=(),
            max_duration=43200,
            partition=partition,
        )
        name, mail = account_name or f"account-{account[-4:]}", email or f"aws-{account}@example.com"
        with self._world.lock:
            self._assigned[account, role] = Assignment(account, name, mail, made)
        return made

    def unassign(self, role: str, account: str = "111122223333") -> None:
        """Remove a role assignment; sessions issued before stay valid."""
        with self._world.lock:
            del self._assigned[account, role]

    def assigned(self) -> dict[tuple[str, str], Assignment]:
        """Return the user's assignments, by account and role name."""
        with self._world.lock:
            return dict(self._assigned)

    def waiting(self) -> list[str]:
        """Return the user codes that wait for confirmation, the oldest first."""
        with self._world.lock:
            return [device.user_code for device in self._devices.values() if device.state == "pending"]

    def approve(self, user_code: str) -> None:
        """Approve a device code, as the user."""
        self._confirm(user_code, "approved")

    def deny(self, user_code: str) -> None:
        """Deny a device code, as the user."""
        self._confirm(user_code, "denied")

    def expire_tokens(self) -> None:
        """Expire every access token; refresh tokens still work."""
        self.tokens.expire()

    def revoke_tokens(self) -> None:
        """End every sign-in, as an administrator can, which invalidates access and refresh tokens."""
        self.tokens.revoke()

    def forget_clients(self) -> None:
        """Expire every registration, as happens after ninety days."""
        self.clients.clear()

    def start_device(self, client: OAuthClient) -> DeviceAuthorization:
        """Start a device authorization."""
        code = self._world.keys.add_secret(random_secret(120))
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
        device = DeviceAuthorization(code, f"{letters[:4]}-{letters[4:]}", client, self._world.now() + self.device_life)
        return self.keep(device)

    def device(self, code: str) -> DeviceAuthorization | None:
        """Return the authorization of a device code."""
        with self._world.lock:
            return self._devices.get(code)

    def keep(self, device: DeviceAuthorization) -> DeviceAuthorization:
        """Store the new state of a device authorization."""
        with self._world.lock:
            self._devices[str(device.code)] = device
        return device

    def sign_in(self, client: OAuthClient) -> SignIn:
        """Return a new sign-in of the user to a client."""
        return SignIn(secrets.token_hex(8), client.id, client.scopes, self._world.now() + self.session_life)

    def knows(self, start_url: str) -> bool:
        """Return whether a URL is that of this portal, in any common spelling."""
        return start_url.rstrip("/#") == self.start_url

    def _confirm(self, user_code: str, state: str) -> None:
        with self._world.lock:
            found = [each for each in self._devices.values() if each.user_code == user_code]
            if not found or found[0].state != "pending":
                raise ValueError(f"no pending device has the code {user_code}")
            self.keep(found[0].replace(state=state))
