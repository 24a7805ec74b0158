"""How the broker hands out sessions: from the cache, by one refresh, or by falling back to a session still valid."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Barrier, Lock, Thread
from time import sleep
from typing import TYPE_CHECKING

import pytest

from shellvault.core.chain.links import AssumeRole, SessionToken, StoredKey
from shellvault.core.chain.root_credentials import Process
from shellvault.core.chain.sso_links import SignIn, SsoRole
from shellvault.core.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    CancelledError,
    LockedError,
    NoKeyPairError,
    NotAskedError,
    PersonNeededError,
    ShellvaultError,
    SourceRefusedError,
    UsageError,
    VaultUnavailableError,
)
from shellvault.core.model import KeyPair, Session
from shellvault.core.record import Secret
from shellvault.core.session_broker import SessionBroker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shellvault.core.chain.links import Link

HOUR = 3600
NOW = 1_000_000
KEY = StoredKey("base", "f" * 32)
PAIR = KeyPair("AKIABASE", Secret("secret"))
TOKEN = SessionToken("base", KEY, "", 12 * HOUR, "us-east-1", "")
ROLE = AssumeRole("dev", TOKEN, "arn", "me", "", "", HOUR, (), (), "", "us-east-1", "")
PROCESS = Process("tool", "tool --json")


def make_session(name: str, *, lasts: int = HOUR, margin: int = 15 * 60) -> Session:
    """Return a session that expires in `lasts` seconds and is due `margin` seconds before."""
    return Session(name, Secret("secret"), Secret("token"), NOW + lasts, NOW + lasts - margin)


FRESH = make_session("ASIAFRESH")
DUE = make_session("ASIADUE", lasts=600)
EXPIRED = make_session("ASIAEXPIRED", lasts=-1)


class CachedSessions:
    """A cache in memory, whose sessions expire by the clock that they are made for."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}

    def get(self, identity: str) -> Session | None:
        """See `Cache`."""
        found = self.sessions.get(identity)
        return found if found and found.expires_at > NOW else None

    def keep(self, link: Link, session: Session) -> None:
        """See `Cache`."""
        self.sessions[link.identity] = session

    def forget(self, identity: str) -> None:
        """See `Cache`."""
        self.sessions.pop(identity, None)


class BrokerScenario:
    """A broker over a cache in memory, which records what it does.

    `results` holds what the provider returns or raises for each link, in turn; `events` what the broker did;
    `while_waiting` is called with an identity before its lock is held, as if another shell held it.
    """

    def __init__(self, minimum: int = 0, *, anew: bool = False) -> None:
        self.cache = CachedSessions()
        self.results: dict[Link, list[Session | ShellvaultError]] = {}
        self.events: list[str] = []
        self.notices: list[str] = []
        self.while_waiting: Callable[[str], None] = lambda _identity: None
        self.broker = SessionBroker(
            cache=self.cache,
            load=self._load,
            provider=self._provide,
            lock=self._lock,
            clock=lambda: NOW,
            notice=self.notices.append,
            minimum=minimum,
            anew=anew,
        )

    def _load(self, key: StoredKey) -> KeyPair:
        self.events.append(f"load {key.name}")
        return PAIR

    def _provide(self, link: Link, source: KeyPair | Session | None) -> Session:
        self.events.append(f"provide {link.profile} from {source.access_key_id if source else 'nothing'}")
        result = self.results[link].pop(0)
        if isinstance(result, ShellvaultError):
            raise result
        return result

    @contextmanager
    def _lock(self, identity: str) -> Iterator[None]:
        profile = {link.identity: link.profile for link in (TOKEN, ROLE, PROCESS)}.get(identity, "other")
        self.while_waiting(identity)
        self.events.append(f"lock {profile}")
        yield
        self.events.append(f"unlock {profile}")


@pytest.fixture
def scenario() -> BrokerScenario:
    """Return a broker with an empty cache."""
    return BrokerScenario()


def test_stored_key_is_loaded_from_the_vault(scenario: BrokerScenario) -> None:
    """A key pair is never cached and needs no lock."""
    assert scenario.broker.credentials(KEY) == PAIR
    assert (scenario.events, scenario.cache.sessions) == (["load base"], {})


def test_credentials_of_any_other_chain_are_its_session(scenario: BrokerScenario) -> None:
    """`credentials` and `session` give the same."""
    scenario.cache.keep(ROLE, FRESH)
    assert scenario.broker.credentials(ROLE) == scenario.broker.session(ROLE) == FRESH


def test_fresh_session_comes_from_the_cache(scenario: BrokerScenario) -> None:
    """There is no lock and no call, and the link below is not looked at."""
    scenario.cache.keep(ROLE, FRESH)
    assert scenario.broker.session(ROLE) == FRESH
    assert scenario.events == []


@pytest.mark.parametrize("cached", [None, EXPIRED, DUE, make_session("ASIANOW", lasts=15 * 60)])
def test_session_that_is_missing_or_due_is_refreshed_under_the_lock(cached: Session | None) -> None:
    """A session is due from `refresh_at` on; the new one is kept."""
    scenario = BrokerScenario()
    if cached:
        scenario.cache.keep(TOKEN, cached)
    scenario.results[TOKEN] = [FRESH]
    assert scenario.broker.session(TOKEN) == FRESH
    assert scenario.events == ["lock base", "load base", "provide base from AKIABASE", "unlock base"]
    assert (scenario.cache.get(TOKEN.identity), scenario.notices) == (FRESH, [])


def test_each_link_is_signed_with_the_credentials_of_its_source(scenario: BrokerScenario) -> None:
    """The source is obtained while the lock of the link above it is held."""
    scenario.results = {TOKEN: [make_session("ASIATOKEN")], ROLE: [FRESH]}
    assert scenario.broker.session(ROLE) == FRESH
    assert scenario.events == [
        "lock dev",
        "lock base",
        "load base",
        "provide base from AKIABASE",
        "unlock base",
        "provide dev from ASIATOKEN",
        "unlock dev",
    ]
    assert scenario.cache.get(TOKEN.identity) == make_session("ASIATOKEN")


def test_cached_source_is_reused(scenario: BrokerScenario) -> None:
    """A second role over an MFA session asks for no code."""
    scenario.cache.keep(TOKEN, FRESH)
    scenario.results[ROLE] = [make_session("ASIAROLE")]
    assert scenario.broker.session(ROLE) == make_session("ASIAROLE")
    assert scenario.events == ["lock dev", "provide dev from ASIAFRESH", "unlock dev"]


def test_link_without_a_source_is_provided_from_nothing(scenario: BrokerScenario) -> None:
    """A program's credentials need no signature."""
    scenario.results[PROCESS] = [FRESH]
    assert scenario.broker.session(PROCESS) == FRESH
    assert scenario.events == ["lock tool", "provide tool from nothing", "unlock tool"]


def test_refresh_by_another_shell_is_used_after_waiting(scenario: BrokerScenario) -> None:
    """The cache is read again once the lock is held."""
    scenario.cache.keep(TOKEN, DUE)
    scenario.while_waiting = lambda _identity: scenario.cache.keep(TOKEN, FRESH)
    assert scenario.broker.session(TOKEN) == FRESH
    assert scenario.events == ["lock base", "unlock base"]


def test_many_threads_refresh_a_session_once() -> None:
    """They share a cache and a real lock, and all of them get the same session."""
    cache, lock, barrier = CachedSessions(), Lock(), Barrier(8)
    calls: list[str] = []
    found: list[Session] = []

    @contextmanager
    def hold(_identity: str) -> Iterator[None]:
        with lock:
            yield

    def provide(link: Link, _source: KeyPair | Session | None) -> Session:
        calls.append(link.profile)
        sleep(0.02)  # long enough for the other threads to get here, if they could
        return FRESH

    def run() -> None:
        broker = SessionBroker(
            cache=cache,
            load=lambda _key: PAIR,
            provider=provide,
            lock=hold,
            clock=lambda: NOW,
            notice=calls.append,
        )
        barrier.wait()
        found.append(broker.session(TOKEN))

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (calls, found) == (["base"], [FRESH] * 8)


@pytest.mark.parametrize(
    "error",
    [
        VaultUnavailableError("the vault is locked"),
        LockedError("the vault is locked"),
        PersonNeededError("nobody answered"),
        NotAskedError("prompting is disabled"),
        AwsRefusedError("AWS refused the call"),
        SourceRefusedError("AWS refused the key pair"),
        AwsUnreachableError("AWS did not answer"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_failed_refresh_falls_back_to_a_session_that_is_still_valid(error: ShellvaultError) -> None:
    """The notice gives the reason; without such a session, or for `renew`, the error is raised."""
    scenario = BrokerScenario()
    scenario.results[TOKEN] = [error] * 3
    with pytest.raises(type(error)):
        scenario.broker.session(TOKEN)
    scenario.cache.keep(TOKEN, DUE)
    with pytest.raises(type(error)):
        scenario.broker.renew(TOKEN)
    assert scenario.notices == []
    assert scenario.broker.session(TOKEN) == DUE
    assert scenario.notices == [f"{error.message}; using the session that is still valid"]


@pytest.mark.parametrize("error", [UsageError("x"), NoKeyPairError("x"), CancelledError("x")])
def test_other_errors_are_not_hidden_by_a_session_that_is_still_valid(error: ShellvaultError) -> None:
    """The user must fix these, or has cancelled the command."""
    scenario = BrokerScenario()
    scenario.cache.keep(TOKEN, DUE)
    scenario.results[TOKEN] = [error]
    with pytest.raises(type(error)):
        scenario.broker.session(TOKEN)
    assert (scenario.notices, scenario.cache.get(TOKEN.identity)) == ([], DUE)


def test_expired_session_is_no_fallback(scenario: BrokerScenario) -> None:
    """It would only fail later, with a worse message."""
    scenario.cache.keep(TOKEN, EXPIRED)
    scenario.results[TOKEN] = [AwsUnreachableError("AWS did not answer")]
    with pytest.raises(AwsUnreachableError):
        scenario.broker.session(TOKEN)


def test_source_that_aws_refused_is_renewed_once(scenario: BrokerScenario) -> None:
    """The refused session is dropped from the cache, and the call is made again with a new one."""
    scenario.cache.keep(TOKEN, make_session("ASIAREVOKED"))
    scenario.results = {TOKEN: [make_session("ASIANEW")], ROLE: [SourceRefusedError("revoked"), FRESH]}
    assert scenario.broker.session(ROLE) == FRESH
    assert scenario.events == [
        "lock dev",
        "provide dev from ASIAREVOKED",
        "lock base",
        "unlock base",
        "lock base",
        "load base",
        "provide base from AKIABASE",
        "unlock base",
        "provide dev from ASIANEW",
        "unlock dev",
    ]
    assert scenario.cache.get(TOKEN.identity) == make_session("ASIANEW")


def test_source_that_is_refused_again_is_not_renewed_again(scenario: BrokerScenario) -> None:
    """The error is raised after the second attempt."""
    scenario.cache.keep(TOKEN, make_session("ASIAREVOKED"))
    scenario.results = {TOKEN: [make_session("ASIANEW")], ROLE: [SourceRefusedError("revoked")] * 2}
    with pytest.raises(SourceRefusedError):
        scenario.broker.session(ROLE)
    assert [event for event in scenario.events if event.startswith("provide")] == [
        "provide dev from ASIAREVOKED",
        "provide base from AKIABASE",
        "provide dev from ASIANEW",
    ]


def test_replacement_by_another_shell_is_not_dropped(scenario: BrokerScenario) -> None:
    """If the cache no longer holds the refused session, what it holds is used."""
    scenario.cache.keep(TOKEN, make_session("ASIAREVOKED"))
    scenario.results[ROLE] = [SourceRefusedError("revoked"), FRESH]

    def replace_token(identity: str) -> None:
        if identity == TOKEN.identity:
            scenario.cache.keep(TOKEN, make_session("ASIANEW"))
            scenario.while_waiting = lambda _identity: None

    scenario.while_waiting = replace_token
    assert scenario.broker.session(ROLE) == FRESH
    assert [event for event in scenario.events if event.startswith("provide")] == [
        "provide dev from ASIAREVOKED",
        "provide dev from ASIANEW",
    ]


@pytest.mark.parametrize("link", [TOKEN, PROCESS])
def test_refused_key_pair_or_program_is_not_renewed(link: Link) -> None:
    """A stored key pair cannot be renewed, and nothing is below a program."""
    scenario = BrokerScenario()
    scenario.results[link] = [SourceRefusedError("deleted")]
    with pytest.raises(SourceRefusedError):
        scenario.broker.session(link)
    assert len([event for event in scenario.events if event.startswith("provide")]) == 1


def test_action_may_use_the_credentials_of_a_chain(scenario: BrokerScenario) -> None:
    """Its result is returned; without a chain it gets no credentials."""
    scenario.cache.keep(TOKEN, FRESH)
    assert scenario.broker.use(TOKEN, lambda held: held) == FRESH
    assert scenario.broker.use(KEY, lambda held: held) == PAIR
    assert scenario.broker.use(None, lambda held: held) is None


@pytest.mark.parametrize(
    ("link", "minimum", "left", "fresh"),
    [
        # the margin alone: 15 minutes
        (ROLE, 0, 901, True),
        (ROLE, 0, 900, False),
        # a minimum below the margin has no effect
        (ROLE, 600, 901, True),
        (ROLE, 600, 900, False),
        # a minimum above the margin
        (ROLE, 1200, 1201, True),
        (ROLE, 1200, 1200, False),
        # at most three quarters of the requested duration
        (ROLE, 2 * HOUR, 2701, True),
        (ROLE, 2 * HOUR, 2700, False),
        (TOKEN, 12 * HOUR, 9 * HOUR + 1, True),
        (TOKEN, 12 * HOUR, 9 * HOUR, False),
        # no requested duration, so no cap
        (PROCESS, 2 * HOUR, 2 * HOUR + 1, True),
        (PROCESS, 2 * HOUR, 2 * HOUR, False),
    ],
)
def test_cached_session_must_last_the_minimum(
    link: Link,
    minimum: int,
    left: int,
    fresh: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Without the cap, a long minimum would refresh a session for every command."""
    scenario = BrokerScenario(minimum)
    cached, new = make_session("ASIACACHED", lasts=left), make_session("ASIANEW")
    scenario.cache.keep(TOKEN, make_session("ASIATOKEN", lasts=12 * HOUR))
    scenario.cache.keep(link, cached)
    scenario.results[link] = [new]
    assert scenario.broker.session(link) == (cached if fresh else new)


def test_session_below_the_minimum_is_still_a_fallback() -> None:
    """A session that is valid for less than the minimum is better than none."""
    scenario = BrokerScenario(minimum=2400)
    scenario.cache.keep(TOKEN, make_session("ASIACACHED", lasts=2000))
    scenario.results[TOKEN] = [AwsUnreachableError("AWS did not answer")]
    assert scenario.broker.session(TOKEN) == make_session("ASIACACHED", lasts=2000)
    assert scenario.notices == ["AWS did not answer; using the session that is still valid"]


MFA_TOKEN = TOKEN.replace(mfa_serial="arn:aws:iam::111122223333:mfa/alice")
MFA_ROLE = ROLE.replace(source=MFA_TOKEN)
SSO_ROLE = SsoRole("dev", SignIn("corp", "corp", "https://x", (), "eu-west-1", ""), "1", "x", "eu-west-1", "")


def list_provided(scenario: BrokerScenario) -> list[str]:
    """Return the calls to the provider."""
    return [event for event in scenario.events if event.startswith("provide")]


def test_fresh_obtains_every_session_again() -> None:
    """Including those below. Each replaces the cached one."""
    scenario = BrokerScenario(anew=True)
    scenario.cache.keep(TOKEN, FRESH)
    scenario.cache.keep(ROLE, FRESH)
    scenario.results = {TOKEN: [make_session("ASIANEWTOKEN")], ROLE: [make_session("ASIANEWROLE")]}
    assert scenario.broker.session(ROLE) == scenario.cache.get(ROLE.identity) == make_session("ASIANEWROLE")
    assert list_provided(scenario) == ["provide base from AKIABASE", "provide dev from ASIANEWTOKEN"]


@pytest.mark.parametrize("role", [MFA_ROLE, SSO_ROLE])
def test_fresh_keeps_mfa_and_sso_sessions_below(role: Link) -> None:
    """They cost the user a code or a sign-in, so they are only replaced when due."""
    scenario = BrokerScenario(anew=True)
    assert role.source
    scenario.cache.keep(role.source, FRESH)
    scenario.results = {role.source: [make_session("ASIANEWTOKEN")], role: [FRESH] * 2}
    scenario.broker.session(role)
    assert list_provided(scenario) == ["provide dev from ASIAFRESH"]
    scenario.cache.keep(role.source, DUE)
    scenario.broker.session(role)
    assert list_provided(scenario)[-1] == "provide dev from ASIANEWTOKEN"


def test_kept_session_is_replaced_after_any_refusal() -> None:
    """It may have been revoked by a policy, which looks like a role that may not be assumed."""
    scenario = BrokerScenario(anew=True)
    scenario.cache.keep(MFA_TOKEN, make_session("ASIAREVOKED"))
    scenario.results = {MFA_TOKEN: [make_session("ASIANEW")], MFA_ROLE: [AwsRefusedError("denied"), FRESH]}
    assert scenario.broker.session(MFA_ROLE) == FRESH
    assert list_provided(scenario) == [
        "provide dev from ASIAREVOKED",
        "provide base from AKIABASE",
        "provide dev from ASIANEW",
    ]


def test_kept_session_stays_if_it_cannot_be_replaced() -> None:
    """The refusal may concern only the role."""
    scenario = BrokerScenario(anew=True)
    scenario.cache.keep(MFA_TOKEN, FRESH)
    scenario.results = {MFA_TOKEN: [NotAskedError("no code")], MFA_ROLE: [AwsRefusedError("denied")]}
    with pytest.raises(NotAskedError):
        scenario.broker.session(MFA_ROLE)
    assert scenario.cache.get(MFA_TOKEN.identity) == FRESH


def test_new_session_is_not_replaced_after_a_refusal() -> None:
    """A session that was just obtained is not obtained again."""
    scenario = BrokerScenario(anew=True)
    scenario.results = {TOKEN: [FRESH], ROLE: [AwsRefusedError("denied")]}
    with pytest.raises(AwsRefusedError):
        scenario.broker.session(ROLE)
    assert len(list_provided(scenario)) == 2


def test_valid_cached_session_does_not_stand_in_for_a_fresh_one() -> None:
    """The cached one may be the one that was revoked."""
    scenario = BrokerScenario(anew=True)
    scenario.cache.keep(TOKEN, FRESH)
    scenario.results[TOKEN] = [AwsUnreachableError("AWS did not answer")]
    with pytest.raises(AwsUnreachableError):
        scenario.broker.session(TOKEN)


def test_session_that_another_shell_just_obtained_is_fresh() -> None:
    """So shells that ask at the same time make only one call."""
    scenario = BrokerScenario(anew=True)
    scenario.cache.keep(TOKEN, FRESH)
    scenario.while_waiting = lambda _identity: scenario.cache.keep(TOKEN, make_session("ASIAOTHER"))
    assert scenario.broker.session(TOKEN) == make_session("ASIAOTHER")
    assert list_provided(scenario) == []
