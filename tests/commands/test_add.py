"""`add --env`: what it stores, what it refuses, and what happens to the sessions of a replaced key pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
GIVEN = {"AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET}


@pytest.mark.usefixtures("cheap_vault")
def test_add_stores_a_key_pair_and_writes_a_profile(sandbox: Sandbox) -> None:
    """The output names the vault and the config file, and shows only the end of the key id."""
    done = sandbox.run("add", "dev", "--env", **GIVEN)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"Stored the key pair …MPLE as 'dev' in the sealed vault.\nWrote [profile dev] to {sandbox.config}.\n"
        'To use it: eval "$(shellvault env dev)"\n'
    )
    assert sandbox.config.read_text() == "[profile dev]\n"
    assert sandbox.run("exec", "dev", "-n", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID").stdout == f"{ID}\n"


@pytest.mark.usefixtures("cheap_vault")
def test_an_existing_profile_is_not_changed(sandbox: Sandbox) -> None:
    """The config file stays as it is."""
    sandbox.configure("# mine\n[profile dev]\nregion = eu-west-1\n")
    done = sandbox.run("add", "dev", "--env", **GIVEN)
    assert "Wrote" not in done.stdout
    assert sandbox.config.read_text() == "# mine\n[profile dev]\nregion = eu-west-1\n"


@pytest.mark.usefixtures("cheap_vault")
def test_no_config_writes_no_profile(sandbox: Sandbox) -> None:
    """The name works without one."""
    assert sandbox.run("add", "dev", "--env", "--no-config", **GIVEN).returncode == 0
    assert not sandbox.config.exists()
    assert sandbox.run("exec", "dev", "-n", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID").stdout == f"{ID}\n"


@pytest.mark.usefixtures("cheap_vault")
@pytest.mark.parametrize("config", ["", "[profile dev]\nregion = x\n"])
def test_mfa_serial_is_written_to_the_profile(sandbox: Sandbox, config: str) -> None:
    """Both to a new profile and to an existing one."""
    sandbox.configure(config)
    sandbox.run("add", "dev", "--env", "--mfa-serial", "arn:aws:iam::111122223333:mfa/me", **GIVEN)
    assert sandbox.config.read_text().startswith("[profile dev]\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n")


@pytest.mark.usefixtures("cheap_vault")
def test_a_different_mfa_serial_is_kept_and_reported(sandbox: Sandbox) -> None:
    """What the user wrote is not overwritten."""
    sandbox.configure("[profile dev]\nmfa_serial = arn:aws:iam::111122223333:mfa/old\n")
    done = sandbox.run("add", "dev", "--env", "--mfa-serial", "arn:aws:iam::111122223333:mfa/new", **GIVEN)
    assert done.returncode == 0
    assert (
        done.stderr == f"shellvault: [profile dev] in {sandbox.config} already has another mfa_serial, which was kept\n"
    )
    assert sandbox.config.read_text() == "[profile dev]\nmfa_serial = arn:aws:iam::111122223333:mfa/old\n"


@pytest.mark.parametrize(
    ("environ", "error"),
    [
        ({**GIVEN, "AWS_SESSION_TOKEN": "t"}, "these are temporary credentials (AWS_SESSION_TOKEN is set)"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": f"ASIA{ID[4:]}"}, "that is the ID of temporary credentials (ASIA…)"),
        ({"AWS_ACCESS_KEY_ID": ID}, "--env: AWS_SECRET_ACCESS_KEY is not set"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": ""}, "--env: AWS_ACCESS_KEY_ID is not set"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": f"{ID} "}, "that is not an access key ID"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": f"{ID}\n"}, "that is not an access key ID"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": f"{ID}é"}, "that is not an access key ID"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": SECRET}, "that is not an access key ID"),
        ({**GIVEN, "AWS_SECRET_ACCESS_KEY": "two words"}, "that is not a secret access key"),
        ({**GIVEN, "AWS_SECRET_ACCESS_KEY": f"{SECRET}\n"}, "that is not a secret access key"),
        ({**GIVEN, "AWS_SECRET_ACCESS_KEY": f"{SECRET}é"}, "that is not a secret access key"),
    ],
)
def test_anything_but_a_long_lived_key_pair_is_refused(sandbox: Sandbox, environ: dict[str, str], error: str) -> None:
    """Status 2 and a hint; nothing is stored, and the message does not contain the secret."""
    done = sandbox.run("add", "dev", "--env", **environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {error}\nhint: ")
    assert SECRET not in done.stderr
    assert not sandbox.config.exists()
    assert not sandbox.vault.exists()


@pytest.mark.parametrize(
    "name", ["", " ", " dev", "dev ", "a]b", "a[b", "it's", 'say "x"', "back\\slash", "a\nb", "a\tb", "\x1b[2J"]
)
def test_an_unusable_name_is_refused(sandbox: Sandbox, name: str) -> None:
    """Before anything is asked or stored; the message cannot move the cursor."""
    done = sandbox.run("add", "--env", "--", name, **GIVEN)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.endswith("hint: choose a word, such as dev\n")
    assert "\x1b" not in done.stderr
    assert not sandbox.vault.exists()


@pytest.mark.usefixtures("cheap_vault")
def test_a_name_that_looks_like_an_option_is_refused(sandbox: Sandbox) -> None:
    """No command could be given it."""
    assert sandbox.run("add", "--env", "--", "--unset", **GIVEN).returncode == 2


@pytest.mark.parametrize("name", ["two words", "prod-🚀", "a.b/c@d+e=f", "default", "profile"])
def test_any_other_name_works(sandbox: Sandbox, name: str) -> None:
    """In the vault, in the config file that was written, in lists, and for a session."""
    sandbox.add(name, sandbox.aws.world.user().access_key())
    assert sandbox.run("list", "--profiles").stdout == f"{name}\n"
    assert sandbox.run("list", "--credentials").stdout == f"{name}\n"
    assert sandbox.run("exec", name, "--", "sh", "-c", "echo $AWS_VAULT").stdout == f"{name}\n"


def test_replacing_a_key_pair_forgets_its_sessions(sandbox: Sandbox) -> None:
    """Including those of roles above it; sessions of other key pairs stay."""
    add_role(sandbox)
    sandbox.add("other", sandbox.aws.world.user("bob").access_key())
    for profile in ("reader", "base", "other"):
        assert sandbox.run("exec", profile, "--", "true").returncode == 0
    done = sandbox.run("add", "base", "--env", "--force", **GIVEN)
    stored, forgotten, _next_step = done.stdout.splitlines()
    assert stored.endswith(" of 'base' by …MPLE in the sealed vault.")
    assert forgotten == "Forgot 2 sessions made with the previous key pair."
    assert sandbox.run("list", "--sessions").stdout.startswith("other sts.GetSessionToken:")
    assert sandbox.run("exec", "base", "-n", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID").stdout == f"{ID}\n"


@pytest.mark.usefixtures("cheap_vault")
def test_an_unwritable_config_file_is_reported_after_storing(sandbox: Sandbox) -> None:
    """The error says that the key pair is stored, and what is wrong with the file."""
    done = sandbox.run("add", "dev", "--env", **GIVEN, AWS_CONFIG_FILE="/dev/null")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith(
        "error: the key pair is stored as 'dev', but cannot write /dev/null: it is not a file\nhint: "
    )
    assert sandbox.run("list", "--credentials").stdout == "dev\n"


@pytest.mark.usefixtures("cheap_vault")
def test_an_unusable_vault_folder_is_an_error(sandbox: Sandbox) -> None:
    """Status 5, no traceback, and no secret in the message."""
    (sandbox.home / "file").write_text("")
    done = sandbox.run("add", "dev", "--env", **GIVEN, SHELLVAULT_HOME=str(sandbox.home / "file"))
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr
