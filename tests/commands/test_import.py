"""`import` from the AWS files: what it finds, what it refuses, and that nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, list_stored_names, read_stored_key, write_credentials

if TYPE_CHECKING:
    from tests.commands.plaintext import SampleKey
    from tests.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("cheap_vault")
BOTH = f"[dev]\n{DEV.lines}\n[ops]\n{OPS.lines}"


def test_every_key_pair_is_imported_with_a_profile(sandbox: Sandbox) -> None:
    """The output names each key pair, the vault, and where the plaintext still is."""
    file = write_credentials(sandbox, BOTH)
    done = sandbox.run("import")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "Imported the key pair …MPLE as 'dev' into the sealed vault.\n"
        f"Wrote [profile dev] to {sandbox.config}.\n"
        "Imported the key pair …MPLE as 'ops' into the sealed vault.\n"
        f"Wrote [profile ops] to {sandbox.config}.\n"
        "'dev', 'ops' have no region, which most programs need. To set it, write region = us-east-1, or another one, "
        f"under [profile dev] in {sandbox.config}.\n"
        f"The plaintext is still in {file}: --scrub removes it.\n"
    )
    assert (read_stored_key(sandbox, "dev"), read_stored_key(sandbox, "ops")) == (DEV, OPS)
    assert file.read_text() == BOTH


def test_only_named_key_pairs_are_imported(sandbox: Sandbox) -> None:
    """A name may be repeated; others are not mentioned."""
    write_credentials(sandbox, f"{BOTH}[half]\naws_access_key_id = {DEV.id}\n")
    done = sandbox.run("import", "ops", "ops")
    assert (done.returncode, done.stderr, list_stored_names(sandbox)) == (0, "", ["ops"])


def test_key_pairs_in_the_config_file_are_found(sandbox: Sandbox) -> None:
    """Under the profile's name, without prefix and quotes."""
    sandbox.configure(f"[profile 'two words']\nregion = eu-west-1\n{OPS.lines}[default]\n{DEV.lines}")
    assert sandbox.run("import").returncode == 0
    assert (read_stored_key(sandbox, "two words"), read_stored_key(sandbox, "default")) == (OPS, DEV)


def test_region_and_mfa_serial_move_to_the_profile(sandbox: Sandbox) -> None:
    """The credentials file may have them, and shellvault does not read it afterwards."""
    write_credentials(sandbox, f"[dev]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n{DEV.lines}")
    sandbox.run("import")
    assert (
        sandbox.config.read_text()
        == "[profile dev]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"[dev]\r\naws_access_key_id={DEV.id}\r\naws_secret_access_key={DEV.secret}\r\n",
        f"[dev]\nAWS_ACCESS_KEY_ID : {DEV.id}\naws_Secret_Access_Key:{DEV.secret}",
        f"  [dev]\n  aws_access_key_id = {DEV.id}\n  # aside\n\n  aws_secret_access_key = {DEV.secret}  \n",
        f"[dev]\naws_access_key_id = '{DEV.id}'\naws_secret_access_key = \"{DEV.secret}\"\n[x]\n",
    ],
)
def test_every_spelling_is_read(sandbox: Sandbox, text: str) -> None:
    """CRLF, capitals, colons, indentation, and quotes, which are not part of the key."""
    write_credentials(sandbox, text)
    assert sandbox.run("import").returncode == 0
    assert read_stored_key(sandbox, "dev") == DEV


@pytest.mark.parametrize(
    ("section", "notice"),
    [
        (f"{DEV.lines}aws_session_token = t\n", "has temporary credentials, which expire; they are not imported"),
        (f"{DEV.lines}aws_security_token = t\n", "has temporary credentials, which expire; they are not imported"),
        (DEV.lines.replace("AKIA", "ASIA"), "has temporary credentials, which expire; they are not imported"),
        (f"aws_access_key_id = {DEV.id}\n", "has aws_access_key_id but no aws_secret_access_key"),
        (f"aws_access_key_id={DEV.id}\naws_secret_access_key=\n", "has aws_access_key_id but no aws_secret_access_key"),
        (f"{DEV.lines}  and more\n", "cannot be imported: that is not a secret access key"),
    ],
)  # fmt: skip
def test_anything_but_a_long_lived_key_pair_is_skipped_with_a_notice(
    sandbox: Sandbox, section: str, notice: str
) -> None:
    """The others are imported, and the notice does not contain the secret."""
    file = write_credentials(sandbox, f"[odd]\n{section}[ops]\n{OPS.lines}")
    done = sandbox.run("import")
    assert (done.returncode, done.stderr) == (0, f"shellvault: 'odd' in {file} {notice}\n")
    assert list_stored_names(sandbox) == ["ops"]
    assert sandbox.run("import", "odd").returncode != 0
    assert DEV.secret not in done.stderr


def test_importing_again_stores_nothing(sandbox: Sandbox) -> None:
    """The output says that the key pair is there already, and its sessions stay."""
    key = sandbox.aws.world.user("alice").access_key()
    sandbox.add("dev", key)
    assert sandbox.run("exec", "dev", "--", "true").returncode == 0
    write_credentials(sandbox, f"[dev]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n")
    done = sandbox.run("import")
    assert done.stdout.startswith(f"The key pair …{key.id[-4:]} of 'dev' is already in the sealed vault.\n")
    assert sandbox.run("list", "--sessions").stdout.startswith("dev ")


@pytest.mark.parametrize("other", [OPS, DEV.replace(secret=OPS.secret)])
def test_force_is_needed_to_replace_another_key_pair(sandbox: Sandbox, other: SampleKey) -> None:
    """Even one that differs only in its secret; without it nothing at all is stored."""
    write_credentials(sandbox, f"[ops]\n{OPS.lines}[dev]\n{DEV.lines}")
    sandbox.run("add", "dev", "--env", AWS_ACCESS_KEY_ID=other.id, AWS_SECRET_ACCESS_KEY=other.secret)
    done = sandbox.run("import")
    assert (done.returncode, done.stdout, list_stored_names(sandbox)) == (2, "", ["dev"])
    assert done.stderr.startswith("error: another key pair is stored as 'dev' in the sealed vault, so nothing was")
    assert "--force" in done.stderr
    assert read_stored_key(sandbox, "dev") == other
    assert sandbox.run("import", "--force").returncode == 0
    assert (read_stored_key(sandbox, "dev"), read_stored_key(sandbox, "ops")) == (DEV, OPS)


def test_the_credentials_file_overrides_the_config_file(sandbox: Sandbox) -> None:
    """As in the AWS CLI; the other key pair is reported, and stays where it is."""
    write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    sandbox.configure(f"[profile dev]\n{OPS.lines}")
    done = sandbox.run("import", "--scrub", "-f")
    assert f"{sandbox.config} also has a different key pair for 'dev'" in done.stderr
    assert read_stored_key(sandbox, "dev") == DEV
    assert sandbox.config.read_text() == f"[profile dev]\n{OPS.lines}"


@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        ((), 4, "there is no key pair in {home}/.aws/credentials or {home}/.aws/config"),
        (("dev",), 4, "there is no key pair 'dev' in {home}/.aws/credentials or {home}/.aws/config"),
        (("--from", "quux"), 2, "cannot import from 'quux'"),
        (("--from", "csv"), 2, "import: --from csv needs a FILE"),
        (("--from", "csv", "--scrub"), 2, "import: --from csv needs a FILE"),
        (("--from", "csv", "nowhere"), 2, "there is no file nowhere"),
        (("--from",), 2, "import: --from needs a value"),
    ],
)
def test_a_mistake_is_explained(sandbox: Sandbox, words: tuple[str, ...], status: int, error: str) -> None:
    """An error and a hint, and no folder is created."""
    done = sandbox.run("import", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith(f"error: {error.format(home=sandbox.home)}\nhint: ")
    assert not (sandbox.home / ".aws").exists()


def test_a_region_that_is_known_is_not_asked_for(sandbox: Sandbox) -> None:
    """The environment's, the one beside the key, or the profile's."""
    sandbox.configure("[profile ops]\nregion = eu-west-1\n")
    write_credentials(sandbox, f"[dev]\n{DEV.lines}region = eu-west-1\n[ops]\n{OPS.lines}")
    assert "no region" not in sandbox.run("import").stdout
    sandbox.config.write_text("[profile dev]\n[profile ops]\n")
    assert "'dev', 'ops' have no region" in sandbox.run("import").stdout
    assert "no region" not in sandbox.run("import", AWS_DEFAULT_REGION="eu-west-1").stdout


def test_a_key_pair_for_another_service_can_be_stored_as_the_notice_says(sandbox: Sandbox) -> None:
    """LocalStack's, for example. A section whose name is not valid for a profile gets no such advice."""
    local = "aws_access_key_id = test\naws_secret_access_key = test\n"
    write_credentials(sandbox, f"[my stack]\n{local}[-x]\n{local}")
    told = sandbox.run("import").stderr
    assert "begin with AKIA; to store it all the same: shellvault add 'my stack' --force\n" in told
    assert told.count("--force") == 1
    pair = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    assert sandbox.run("add", "my stack", "--force", "--env", **pair).returncode == 0


def test_a_missing_name_is_an_error_that_lists_the_others(sandbox: Sandbox) -> None:
    """Nothing is imported, not even the names that exist."""
    write_credentials(sandbox, BOTH)
    done = sandbox.run("import", "dev", "opps")
    assert (done.returncode, list_stored_names(sandbox)) == (4, [])
    assert done.stderr.endswith("hint: available: dev, ops\n")


def test_the_credentials_file_may_be_elsewhere(sandbox: Sandbox) -> None:
    """AWS_SHARED_CREDENTIALS_FILE names it; a file that cannot be read is an error."""
    (sandbox.home / "keys").write_text(f"[dev]\n{DEV.lines}")
    assert sandbox.run("import", AWS_SHARED_CREDENTIALS_FILE="~/keys").returncode == 0
    assert read_stored_key(sandbox, "dev") == DEV
    done = sandbox.run("import", AWS_SHARED_CREDENTIALS_FILE=str(sandbox.home))
    assert (done.returncode, done.stderr.startswith(f"error: cannot read {sandbox.home}: ")) == (2, True)


def test_a_locked_vault_changes_nothing(sandbox: Sandbox) -> None:
    """Status 5, and the plaintext stays, even with --scrub."""
    file = write_credentials(sandbox, BOTH)
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.run("lock")
    done = sandbox.run("import", "--scrub", "-f", "--no-input", SHELLVAULT_PASSPHRASE_FILE="")
    assert (done.returncode, file.read_text()) == (5, BOTH)
