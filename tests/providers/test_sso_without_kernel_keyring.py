"""Without a kernel keyring, as in most containers, a sign-in is kept in the vault."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.commands.test_without_kernel_keyring import run_without_keyrings

if TYPE_CHECKING:
    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")


def test_a_sign_in_is_kept_in_the_vault(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """The next shell finds the session, and an expired token is renewed without a browser."""
    sso.token_life = 4
    assert run_without_keyrings(sandbox, *ENV).returncode == 0
    obtained = sandbox.aws.world.count("GetRoleCredentials")
    assert run_without_keyrings(sandbox, *ENV).returncode == 0
    assert sandbox.aws.world.count("GetRoleCredentials") == obtained
    time.sleep(4.1)
    done = run_without_keyrings(sandbox, "env", "admin", "--shell", "bash", "--no-input")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 1


def test_clear_also_deletes_a_sign_in_in_the_vault(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """No token can be used afterwards, and none was in a file."""
    assert run_without_keyrings(sandbox, *ENV).returncode == 0
    secrets = sandbox.aws.world.secrets()
    texts = [file.read_bytes().decode("latin-1") for file in sandbox.files()]
    assert not [secret for secret in secrets if any(secret in text for text in texts)]
    assert run_without_keyrings(sandbox, "clear").stdout == "Forgot 1 session and every sign-in.\n"
    assert run_without_keyrings(sandbox, *ENV, "--no-input").returncode == 6
    assert len(browser.opened) == 1
    assert sso.waiting() == []
