"""What signs the calls of a rotation: the key pair at the root of a chain, or its MFA session."""

from __future__ import annotations

import pytest

from shellvault.core.chain.links import AssumeRole, FederationToken, SessionToken, StoredKey
from shellvault.core.chain.resolve import MFA_SESSION
from shellvault.core.chain.root_credentials import Process
from shellvault.core.rotation.journal import signer

SERIAL = "arn:aws:iam::111122223333:mfa/alice"
KEY = StoredKey("base", "f" * 32)
PLAIN = SessionToken("dev", KEY, "", 900, "eu-west-1", "")
WITH_MFA = SessionToken("dev", KEY, SERIAL, 900, "eu-west-1", "https://sts")
MFA_OF_KEY = SessionToken("base", KEY, SERIAL, MFA_SESSION, "eu-west-1", "https://sts")


def role(source: StoredKey | SessionToken | Process | AssumeRole, serial: str = "") -> AssumeRole:
    """Return a role over other credentials."""
    return AssumeRole("dev", source, "arn", "me", "", serial, 1800, (), (), "", "eu-west-1", "https://sts")


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        pytest.param(KEY, KEY, id="the key pair itself"),
        pytest.param(PLAIN, KEY, id="a session without MFA, which IAM refuses"),
        pytest.param(WITH_MFA, WITH_MFA, id="a session with MFA"),
        pytest.param(role(WITH_MFA), WITH_MFA, id="a role over a session with MFA"),
        pytest.param(role(WITH_MFA, "arn:other"), WITH_MFA, id="the session's own device counts"),
        pytest.param(role(KEY), KEY, id="a role without MFA"),
        pytest.param(role(KEY, SERIAL), MFA_OF_KEY, id="a role that takes an MFA code"),
        pytest.param(role(role(KEY, SERIAL), ""), MFA_OF_KEY, id="a role over a role that takes an MFA code"),
        pytest.param(role(PLAIN, SERIAL), MFA_OF_KEY, id="a role that takes an MFA code, over a session without"),
        pytest.param(FederationToken("dev", KEY, "alice", 900, "eu-west-1", ""), KEY, id="a federated user"),
        pytest.param(Process("dev", "tool"), None, id="no key pair"),
        pytest.param(role(Process("dev", "tool"), SERIAL), None, id="a role over no key pair"),
    ],
)
def test_the_key_pair_or_its_mfa_session_signs(chain: AssumeRole, expected: StoredKey | None) -> None:
    """And with --no-session always the key pair."""
    assert signer(chain, no_session=False) == expected
    assert signer(chain, no_session=True) == (KEY if expected else None)
