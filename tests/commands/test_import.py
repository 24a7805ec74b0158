"""`import` from the AWS files: what is found, what is refused, and that nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, credentials, names, stored

if TYPE_CHECKING:
    from tests.commands.plaintext import Key
    from tests.sandbox import Sandbox

BOTH = f"[dev]\n{DEV.lines}\n[ops]\n{OPS.lines}"


def test_every_key_pair_is_imported_and_gets_its_profile(sandbox: Sandbox) -> None:
    """The answer names each, its vault and the plaintext that is still there; stderr stays empty."""
    file = credentials(sandbox, BOTH)
    done = sandbox.run("import")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "Imported the key pair …MPLE as 'dev' into the sealed vault.\n"
        f"Wrote [profile dev] to {sandbox.config}.\n"
        "Imported the key pair …MPLE as 'ops' into the sealed vault.\n"
        f"Wrote [profile ops] to {sandbox.config}.\n"
        f"The plaintext is still in {file}: --scrub removes it.\n"
    )
    assert (stored(sandbox, "dev"), stored(sandbox, "ops")) == (DEV, OPS)
    assert file.read_text() == BOTH


def test_only_what_is_named_is_imported(sandbox: Sandbox) -> None:
    """Any number of names; nothing is said about the others."""
    credentials(sandbox, f"{BOTH}[half]\naws_access_key_id = {DEV.id}\n")
    done = sandbox.run("import", "ops", "ops")
    assert (done.returncode, done.stderr, names(sandbox)) == (0, "", ["ops"])


def test_a_key_pair_in_the_config_file_is_found_too(sandbox: Sandbox) -> None:
    """Under the profile's name, without its prefix; quoted names are names."""
    sandbox.configure(f"[profile 'two words']\nregion = eu-west-1\n{OPS.lines}[default]\n{DEV.lines}")
    assert sandbox.run("import").returncode == 0
    assert (stored(sandbox, "two words"), stored(sandbox, "default")) == (OPS, DEV)


def test_region_and_mfa_device_go_into_the_profile(sandbox: Sandbox) -> None:
    """The credentials file may say them, and nobody reads it for them afterwards."""
    credentials(sandbox, f"[dev]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::1:mfa/me\n{DEV.lines}")
    sandbox.run("import")
    assert sandbox.config.read_text() == "[profile dev]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::1:mfa/me\n"


@pytest.mark.parametrize(
    "text",
    [
        f"[dev]\r\naws_access_key_id={DEV.id}\r\naws_secret_access_key={DEV.secret}\r\n",
        f"\ufeff[dev]\nAWS_ACCESS_KEY_ID : {DEV.id}\naws_Secret_Access_Key:{DEV.secret}",
        f"  [dev]\n  aws_access_key_id = {DEV.id}\n  # aside\n\n  aws_secret_access_key = {DEV.secret}  \n",
        f"[ dev ]\naws_access_key_id = {DEV.id}\n[x]\n[dev]\naws_secret_access_key = {DEV.secret}\n",
    ],
)
def test_a_file_is_read_in_every_spelling(sandbox: Sandbox, text: str) -> None:
    """Line ends, capitals, colons, indentation, a byte order mark, a section in two parts."""
    credentials(sandbox, text)
    assert sandbox.run("import").returncode == 0
    assert stored(sandbox, "dev") == DEV


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (f"{DEV.lines}aws_session_token = t\n", "holds temporary credentials, which end by themselves"),
        (f"{DEV.lines}aws_security_token = t\n", "holds temporary credentials, which end by themselves"),
        (DEV.lines.replace("AKIA", "ASIA"), "holds temporary credentials, which end by themselves"),
        (f"aws_access_key_id = {DEV.id}\n", "has aws_access_key_id and no aws_secret_access_key"),
        (f"aws_access_key_id={DEV.id}\naws_secret_access_key=\n", "has aws_access_key_id and no aws_secret_access_key"),
        (f"{DEV.lines}  and more\n", "cannot be imported: that is not a secret access key"),
    ],
)  # fmt: skip
def test_what_is_no_long_lived_key_pair_is_passed_over_and_told(sandbox: Sandbox, section: str, said: str) -> None:
    """The others are imported; nothing of a secret is said."""
    file = credentials(sandbox, f"[odd]\n{section}[ops]\n{OPS.lines}")
    done = sandbox.run("import")
    assert (done.returncode, done.stderr) == (0, f"shellvault: 'odd' in {file} {said}\n")
    assert names(sandbox) == ["ops"]
    assert sandbox.run("import", "odd").returncode != 0
    assert DEV.secret not in done.stderr


def test_importing_again_says_that_it_is_there(sandbox: Sandbox) -> None:
    """And stores nothing, so the sessions stay."""
    key = sandbox.aws.world.user("alice").access_key()
    sandbox.add("dev", key)
    assert sandbox.run("exec", "dev", "--", "true").returncode == 0
    credentials(sandbox, f"[dev]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n")
    done = sandbox.run("import")
    assert done.stdout.startswith(f"The key pair …{key.id[-4:]} of 'dev' is in the sealed vault already.\n")
    assert sandbox.run("list", "--sessions").stdout.startswith("dev ")


@pytest.mark.parametrize("other", [OPS, DEV.replace(secret=OPS.secret)])
def test_another_key_pair_of_the_name_is_replaced_by_force_only(sandbox: Sandbox, other: Key) -> None:
    """Even one that differs in the secret alone; before that, nothing at all is stored."""
    credentials(sandbox, f"[ops]\n{OPS.lines}[dev]\n{DEV.lines}")
    sandbox.run("add", "dev", "--env", AWS_ACCESS_KEY_ID=other.id, AWS_SECRET_ACCESS_KEY=other.secret)
    done = sandbox.run("import")
    assert (done.returncode, done.stdout, names(sandbox)) == (2, "", ["dev"])
    assert done.stderr.startswith("error: another key pair is stored as 'dev' in the sealed vault, and nothing was")
    assert "--force" in done.stderr
    assert stored(sandbox, "dev") == other
    assert sandbox.run("import", "--force").returncode == 0
    assert (stored(sandbox, "dev"), stored(sandbox, "ops")) == (DEV, OPS)


def test_two_files_with_two_keys_for_one_name(sandbox: Sandbox) -> None:
    """The credentials file's is imported, as the AWS CLI uses it; the other one is named and left."""
    credentials(sandbox, f"[dev]\n{DEV.lines}")
    sandbox.configure(f"[profile dev]\n{OPS.lines}")
    done = sandbox.run("import", "--scrub", "-f")
    assert f"{sandbox.config} has another key pair under 'dev'" in done.stderr
    assert stored(sandbox, "dev") == DEV
    assert sandbox.config.read_text() == f"[profile dev]\n{OPS.lines}"


@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        ((), 4, "there is no key pair in {home}/.aws/credentials, nor in {home}/.aws/config"),
        (("dev",), 4, "there is no key pair 'dev' in {home}/.aws/credentials, nor in {home}/.aws/config"),
        (("--from", "quux"), 2, "key pairs cannot be imported from 'quux'"),
        (("--from", "csv"), 2, "import: --from csv needs a FILE"),
        (("--from", "csv", "--scrub"), 2, "import: --from csv needs a FILE"),
        (("--from", "csv", "nowhere"), 2, "there is no file nowhere"),
        (("--from",), 2, "import: --from needs a value"),
    ],
)
def test_a_mistake_is_told_with_what_to_type(sandbox: Sandbox, words: tuple[str, ...], status: int, error: str) -> None:
    """Two lines, a status that says the kind, and no folder made in passing."""
    done = sandbox.run("import", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith(f"error: {error.format(home=sandbox.home)}\nhint: ")
    assert not (sandbox.home / ".aws").exists()


def test_a_name_that_is_not_there_is_told_with_those_that_are(sandbox: Sandbox) -> None:
    """And the ones beside it are not imported either."""
    credentials(sandbox, BOTH)
    done = sandbox.run("import", "dev", "opps")
    assert (done.returncode, names(sandbox)) == (4, [])
    assert done.stderr.endswith("hint: found are: dev, ops\n")


def test_the_files_may_lie_elsewhere(sandbox: Sandbox) -> None:
    """Where AWS_SHARED_CREDENTIALS_FILE says; a file that cannot be read is an error, not an empty one."""
    (sandbox.home / "keys").write_text(f"[dev]\n{DEV.lines}")
    assert sandbox.run("import", AWS_SHARED_CREDENTIALS_FILE="~/keys").returncode == 0
    assert stored(sandbox, "dev") == DEV
    done = sandbox.run("import", AWS_SHARED_CREDENTIALS_FILE=str(sandbox.home))
    assert (done.returncode, done.stderr.startswith(f"error: cannot read {sandbox.home}: ")) == (2, True)


def test_a_locked_vault_stops_it_before_anything_is_changed(sandbox: Sandbox) -> None:
    """Status 5, and the plaintext is as it was, even with --scrub."""
    file = credentials(sandbox, BOTH)
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.run("lock")
    done = sandbox.run("import", "--scrub", "-f", "--no-input", SHELLVAULT_PASSPHRASE_FILE="")
    assert (done.returncode, file.read_text()) == (5, BOTH)
