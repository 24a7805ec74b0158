"""IAM Identity Center as a test sets it up: who may use which role, and the person in front of the browser."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from shellvault.core.record import Record, Secret
from tests.aws.identities import random_secret
from tests.aws.oauth import Clients, SignedIn, Tokens
from tests.aws.tickets import Tickets

if TYPE_CHECKING:
    from tests.aws.identities import Role
    from tests.aws.oauth import Client
    from tests.aws.world import World

START_URL = "https://d-1234567890.awsapps.com/start"
PERSON = "alice@example.com"
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class Assignment(Record):
    """A role that the person may use in an account."""

    account: str
    account_name: str
    email: str
    role: Role


class Device(Record):
    """A device authorization; `state` is "pending", "approved", "denied" or "used", times are epoch seconds."""

    code: Secret
    user_code: str
    client: Client
    expires_at: float
    polled_at: float = 0
    state: str = "pending"


class Sso:
    """The directory, and the person who signs in to it. Call `assign` first; `browser` says what the person does.

    Attributes:
        start_url: the portal that this directory answers for.
        browser: what happens when a page is opened: "approve", "deny", or "wait" for `approve` and `deny`.
        offers_code: whether the authorization code grant is offered; without it a client has to use the device's.
        session_life: seconds that one sign-in lasts, however often it is refreshed.
        device_life: seconds in which a device's code has to be approved.
        interval: seconds that a client has to leave between two polls.
        role_life: seconds that a role's session lasts.
        page_size: accounts or roles on one page.
        clients, tokens: what was registered and issued; `tokens.token_life` and `clients.life` are seconds.
        codes: open authorization codes.
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
        self.clients = Clients(world.now, world.lock, world.keys.hide)
        self.tokens = Tokens(world.now, world.lock, world.keys.hide)
        self.codes = Tickets(world.now, world.lock, life=60)
        self._world = world
        self._assigned: dict[tuple[str, str], Assignment] = {}
        self._devices: dict[str, Device] = {}

    @property
    def token_life(self) -> float:
        """Seconds that an access token lives."""
        return self.tokens.token_life

    @token_life.setter
    def token_life(self, seconds: float) -> None:
        self.tokens.token_life = seconds

    def assign(
        self, role: str, account: str = "111122223333", account_name: str = "", email: str = "", partition: str = "aws"
    ) -> Role:
        """Let the person use a role (a permission set's name) in an account, and return the role it becomes."""
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
        """Take a role away from the person; sessions got before live on."""
        with self._world.lock:
            del self._assigned[account, role]

    def assigned(self) -> dict[tuple[str, str], Assignment]:
        """Return what the person may use, by account and role name."""
        with self._world.lock:
            return dict(self._assigned)

    def waiting(self) -> list[str]:
        """Return the user codes that wait for the person, the oldest first."""
        with self._world.lock:
            return [device.user_code for device in self._devices.values() if device.state == "pending"]

    def approve(self, user_code: str) -> None:
        """Be the person who compares a device's code and says yes."""
        self._answer(user_code, "approved")

    def deny(self, user_code: str) -> None:
        """Be the person who says no."""
        self._answer(user_code, "denied")

    def expire_tokens(self) -> None:
        """End every access token's life now, as if its time was up; refresh tokens still work."""
        self.tokens.expire()

    def revoke_tokens(self) -> None:
        """End every sign-in, as an administrator can: access and refresh tokens are unknown from now on."""
        self.tokens.revoke()

    def forget_clients(self) -> None:
        """End every registration, as if its ninety days were over."""
        self.clients.forget()

    def start_device(self, client: Client) -> Device:
        """Begin a device authorization, for the service."""
        code = self._world.keys.hide(random_secret(120))
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
        device = Device(code, f"{letters[:4]}-{letters[4:]}", client, self._world.now() + self.device_life)
        return self.keep(device)

    def device(self, code: str) -> Device | None:
        """Return what a device code stands for."""
        with self._world.lock:
            return self._devices.get(code)

    def keep(self, device: Device) -> Device:
        """Remember a device's new state, for the service."""
        with self._world.lock:
            self._devices[str(device.code)] = device
        return device

    def sign_in(self, client: Client) -> SignedIn:
        """Return a new sign-in of the person for a client, for the service."""
        return SignedIn(secrets.token_hex(8), client.id, client.scopes, self._world.now() + self.session_life)

    def knows(self, start_url: str) -> bool:
        """Say whether an address is this portal's, in one of the ways in which people write it."""
        return start_url.rstrip("/#") == self.start_url

    def _answer(self, user_code: str, state: str) -> None:
        with self._world.lock:
            found = [each for each in self._devices.values() if each.user_code == user_code]
            if not found or found[0].state != "pending":
                raise ValueError(f"no device waits with the code {user_code}")
            self.keep(found[0].replace(state=state))
