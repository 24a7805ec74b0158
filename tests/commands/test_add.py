"""`add --env`: what is taken, what is refused, and what a replaced key pair takes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
GIVEN = {"AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET}


def test_a_key_pair_is_stored_and_gets_a_profile(sandbox: Sandbox) -> None:
    """The answer names the vault, the config file, and no more of the key than its end."""
    done = sandbox.run("add", "dev", "--env", **GIVEN)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"Stored the key pair …MPLE as 'dev' in the sealed vault.\nWrote [profile dev] to {sandbox.config}.\n"
    )
    assert sandbox.config.read_text() == "[profile dev]\n"
    assert sandbox.run("exec", "dev", "-n", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID").stdout == f"{ID}\n"


def test_a_profile_that_is_there_is_left_alone(sandbox: Sandbox) -> None:
    """Adding twice writes the config once."""
    sandbox.configure("# mine\n[profile dev]\nregion = eu-west-1\n")
    done = sandbox.run("add", "dev", "--env", **GIVEN)
    assert done.stdout == "Stored the key pair …MPLE as 'dev' in the sealed vault.\n"
    assert sandbox.config.read_text() == "# mine\n[profile dev]\nregion = eu-west-1\n"


def test_no_config_leaves_the_config_file_alone(sandbox: Sandbox) -> None:
    """And the name works all the same."""
    assert sandbox.run("add", "dev", "--env", "--no-config", **GIVEN).returncode == 0
    assert not sandbox.config.exists()
    assert sandbox.run("exec", "dev", "-n", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID").stdout == f"{ID}\n"


@pytest.mark.parametrize("there", ["", "[profile dev]\nregion = x\n"])
def test_an_mfa_serial_goes_into_the_profile(sandbox: Sandbox, there: str) -> None:
    """Into a new one and into one that has none."""
    sandbox.configure(there)
    sandbox.run("add", "dev", "--env", "--mfa-serial", "arn:aws:iam::1:mfa/me", **GIVEN)
    assert sandbox.config.read_text().startswith("[profile dev]\nmfa_serial = arn:aws:iam::1:mfa/me\n")


def test_another_mfa_serial_in_the_profile_is_kept_and_told(sandbox: Sandbox) -> None:
    """What the person wrote is not written over, and they learn that it differs."""
    sandbox.configure("[profile dev]\nmfa_serial = arn:aws:iam::1:mfa/old\n")
    done = sandbox.run("add", "dev", "--env", "--mfa-serial", "arn:aws:iam::1:mfa/new", **GIVEN)
    assert done.returncode == 0
    assert done.stderr == f"shellvault: [profile dev] in {sandbox.config} names another mfa_serial, which was kept\n"
    assert sandbox.config.read_text() == "[profile dev]\nmfa_serial = arn:aws:iam::1:mfa/old\n"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({**GIVEN, "AWS_SESSION_TOKEN": "t"}, "these are temporary credentials (AWS_SESSION_TOKEN is set)"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": f"ASIA{ID[4:]}"}, "that is the id of temporary credentials (ASIA…)"),
        ({"AWS_ACCESS_KEY_ID": ID}, "--env: AWS_SECRET_ACCESS_KEY is not set"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": ""}, "--env: AWS_ACCESS_KEY_ID is not set"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": "AKIA"}, "that is not an access key id"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": f"{ID}\n"}, "that is not an access key id"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": f"{ID}é"}, "that is not an access key id"),
        ({**GIVEN, "AWS_ACCESS_KEY_ID": SECRET}, "that is not an access key id"),
        ({**GIVEN, "AWS_SECRET_ACCESS_KEY": "two words"}, "that is not a secret access key"),
        ({**GIVEN, "AWS_SECRET_ACCESS_KEY": f"{SECRET}\n"}, "that is not a secret access key"),
        ({**GIVEN, "AWS_SECRET_ACCESS_KEY": f"{SECRET}é"}, "that is not a secret access key"),
    ],
)
def test_what_is_no_long_lived_key_pair_is_refused(sandbox: Sandbox, environ: dict[str, str], said: str) -> None:
    """Status 2, a hint, nothing stored, and nothing of what was given in the message."""
    done = sandbox.run("add", "dev", "--env", **environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {said}\nhint: ")
    assert SECRET not in done.stderr
    assert not sandbox.config.exists()
    assert not sandbox.vault.exists()


@pytest.mark.parametrize(
    "name", ["", " ", " dev", "dev ", "a]b", "a[b", "it's", 'say "x"', "back\\slash", "a\nb", "a\tb", "\x1b[2J"]
)
def test_a_name_that_no_header_can_hold_is_refused(sandbox: Sandbox, name: str) -> None:
    """Before anything is asked or stored."""
    done = sandbox.run("add", "--env", "--", name, **GIVEN)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.endswith("hint: choose a word, such as dev\n")
    assert "\x1b" not in done.stderr
    assert not sandbox.vault.exists()


def test_a_name_like_an_option_is_refused(sandbox: Sandbox) -> None:
    """It could never be typed again."""
    assert sandbox.run("add", "--env", "--", "--unset", **GIVEN).returncode == 2


@pytest.mark.parametrize("name", ["two words", "prod-🚀", "a.b/c@d+e=f", "default", "profile"])
def test_any_other_name_works_from_config_to_session(sandbox: Sandbox, name: str) -> None:
    """Stored, found in the config file that was written, and listed."""
    sandbox.add(name, sandbox.aws.world.user().access_key())
    assert sandbox.run("list", "--profiles").stdout == f"{name}\n"
    assert sandbox.run("list", "--credentials").stdout == f"{name}\n"
    assert sandbox.run("exec", name, "--", "sh", "-c", "echo $AWS_VAULT").stdout == f"{name}\n"


def test_replacing_a_key_pair_forgets_its_sessions(sandbox: Sandbox) -> None:
    """Those of the roles over it too; other key pairs' stay."""
    add_role(sandbox)
    sandbox.add("other", sandbox.aws.world.user("bob").access_key())
    for profile in ("reader", "base", "other"):
        assert sandbox.run("exec", profile, "--", "true").returncode == 0
    done = sandbox.run("add", "base", "--env", **GIVEN)
    assert (
        done.stdout
        == "Stored the key pair …MPLE as 'base' in the sealed vault.\nForgot 2 sessions made from the one before.\n"
    )
    assert sandbox.run("list", "--sessions").stdout.startswith("other sts.GetSessionToken:")
    assert sandbox.run("exec", "base", "-n", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID").stdout == f"{ID}\n"


def test_a_config_that_cannot_be_written_does_not_hide_that_the_key_is_stored(sandbox: Sandbox) -> None:
    """The error says so, and what can be done about the file."""
    done = sandbox.run("add", "dev", "--env", **GIVEN, AWS_CONFIG_FILE="/dev/null")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith(
        "error: the key pair is stored as 'dev', but cannot write /dev/null: it is not a file\nhint: "
    )
    assert sandbox.run("list", "--credentials").stdout == "dev\n"


def test_a_home_that_cannot_be_written_is_an_error_without_a_traceback(sandbox: Sandbox) -> None:
    """Status 5, and nothing is stored anywhere else."""
    (sandbox.home / "file").write_text("")
    done = sandbox.run("add", "dev", "--env", **GIVEN, SHELLVAULT_HOME=str(sandbox.home / "file"))
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr
