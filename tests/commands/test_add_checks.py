"""Which access keys `add` accepts: the kind that AWS issues, and with --force those of other services too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, SampleKey, list_stored_names, read_stored_key
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ID_QUESTION = r"Access key ID for dev \(shown after Enter\): "
SECRET_QUESTION = r"Secret access key \(not shown\): "
NO_ID, NO_SECRET = "that is not an AWS access key ID: ", "that is not an AWS secret access key: "
LOWER = "those have only capital letters and digits"
WRONG_IDS = {
    DEV.id[:16]: "it has 16 characters instead of 20",
    DEV.id[:19]: "it has 19 characters instead of 20",
    f"{DEV.id}X": "it has 21 characters instead of 20",
    DEV.id.lower(): LOWER,
    f"{DEV.id[:19]}e": LOWER,
    f"{DEV.id[:19]}_": LOWER,
    f"BKIA{DEV.id[4:]}": "those begin with AKIA",
    "test": "those begin with AKIA",
}
WRONG_SECRETS = {
    "short": f"{NO_SECRET}it has 5 characters instead of 40",
    DEV.secret[:39]: f"{NO_SECRET}it has 39 characters instead of 40",
    f"{DEV.secret}x": f"{NO_SECRET}it has 41 characters instead of 40",
    DEV.id: "that is not a secret access key: it is the ID again",
}


@pytest.mark.parametrize("key_id", WRONG_IDS)
def test_an_id_that_aws_would_not_issue_is_refused(sandbox: Sandbox, key_id: str) -> None:
    """The error says what is wrong with it; --force stores it anyway."""
    given = {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    done = sandbox.run("add", "dev", "--env", **given)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: {NO_ID}{WRONG_IDS[key_id]}\nhint: copy it again, or --force stores it all the same\n"
    )
    assert not sandbox.vault.exists()
    sandbox.create_vault()
    assert sandbox.run("add", "dev", "--env", "--force", **given).returncode == 0
    assert read_stored_key(sandbox, "dev") == DEV.replace(id=key_id)


@pytest.mark.usefixtures("cheap_vault")
@pytest.mark.parametrize("secret", WRONG_SECRETS)
def test_a_secret_that_aws_would_not_issue_is_refused(sandbox: Sandbox, secret: str) -> None:
    """The error does not repeat it; --force stores it anyway."""
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": secret}
    done = sandbox.run("add", "dev", "--env", **given)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {WRONG_SECRETS[secret]}\nhint: copy ")
    assert secret not in done.stderr
    assert sandbox.run("add", "dev", "--env", "--force", **given).returncode == 0
    assert read_stored_key(sandbox, "dev") == DEV.replace(secret=secret)


@pytest.mark.usefixtures("cheap_vault")
def test_localstacks_key_pair_can_be_typed(sandbox: Sandbox) -> None:
    """Both its id and its secret are `test`."""
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev", "--force", "--no-config"]) as terminal:
        terminal.expect(ID_QUESTION)
        terminal.type("test")
        terminal.expect(SECRET_QUESTION)
        terminal.type("test")
        assert terminal.wait_for_exit() == 0
    assert read_stored_key(sandbox, "dev") == SampleKey("test", "test")


@pytest.mark.parametrize("words", [(), ("--force",)], ids=["checked", "forced"])
@pytest.mark.parametrize("line", [f"{DEV.id} extra", f"{DEV.id},Active", f"{DEV.id} {DEV.secret[:30]}", "test extra"])
def test_text_after_an_id_is_not_stored_as_its_secret(sandbox: Sandbox, line: str, words: tuple[str, ...]) -> None:
    """It must look like a secret; otherwise nothing is stored, and no passphrase is asked for."""
    command = [SHELLVAULT, "add", "dev", *words]
    with open_terminal(sandbox, command, SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        for _ in range(3):
            terminal.expect(ID_QUESTION)
            terminal.type(line)
        assert terminal.wait_for_exit() == 2
        assert "error: that is " in terminal.output
        assert "assphrase" not in terminal.output
    assert list_stored_names(sandbox) == []


def test_a_wrong_secret_is_refused_before_a_passphrase_is_asked_for(sandbox: Sandbox) -> None:
    """After a typo, nobody should have chosen a passphrase for nothing."""
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev"], SHELLVAULT_PASSPHRASE_FILE="") as terminal:
        for _ in range(3):
            terminal.expect(ID_QUESTION)
            terminal.type(DEV.id)
            terminal.expect(SECRET_QUESTION)
            terminal.type("short")
        assert terminal.wait_for_exit() == 2
        assert "assphrase" not in terminal.output


@pytest.mark.usefixtures("cheap_vault")
def test_an_empty_line_explains_the_question(sandbox: Sandbox) -> None:
    """It says where to find ids, and that a secret is shown only once; then the question is repeated."""
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev", "--no-config"]) as terminal:
        terminal.expect(ID_QUESTION)
        terminal.type("")
        terminal.expect("the id begins with AKIA: see Security credentials in the AWS console; Ctrl-C ends")
        terminal.expect(ID_QUESTION)
        terminal.type(DEV.id)
        terminal.expect(SECRET_QUESTION)
        terminal.type("")
        terminal.expect("AWS shows a secret once, when the key is created; Ctrl-C ends")
        terminal.expect(SECRET_QUESTION)
        terminal.type(DEV.secret)
        assert terminal.wait_for_exit() == 0


@pytest.mark.parametrize(
    "serial",
    [
        *("alice", "123456", "mfa/alice", "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:mfa/"),
        *("arn:aws:iam::1111:mfa/alice", "arn:aws:sts::111122223333:mfa/alice", "arn:aws:iam::111122223333:mfa/a b"),
    ],
)
def test_an_impossible_mfa_serial_is_refused(sandbox: Sandbox, serial: str) -> None:
    """`add` refuses it as an option or in the config file, and stores nothing. `doctor` and `env` name it too."""
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    refusal = f"'{serial}' is neither the ARN of an MFA device nor the serial number of a hardware token\n"
    done = sandbox.run("add", "dev", "--env", "--mfa-serial", serial, **given)
    assert (done.returncode, list_stored_names(sandbox)) == (2, [])
    assert done.stderr.startswith(f"error: --mfa-serial: {refusal}hint: write arn:aws:iam::ACCOUNT:mfa/NAME")
    sandbox.add("dev", sandbox.aws.world.user().access_key(), "--no-config")
    sandbox.configure(f"[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/x\nmfa_serial = {serial}\n")
    done = sandbox.run("add", "dev", "--env", "--force", **given)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: mfa_serial of profile 'dev': {refusal}")
    for done in (sandbox.run("env", "dev", "--shell", "bash"), sandbox.run("doctor")):
        assert f"mfa_serial of profile 'dev': {refusal}" in f"{done.stdout}{done.stderr}"
    done = sandbox.run("env", "dev", "--shell", "bash", AWS_MFA_SERIAL=serial)
    assert done.stderr.startswith(f"error: AWS_MFA_SERIAL: {refusal}")


@pytest.mark.usefixtures("cheap_vault")
def test_no_mfa_serial_adds_a_line_to_the_config_file(sandbox: Sandbox) -> None:
    """A line end in it could begin a section; nothing is written."""
    serial = "arn:aws:iam::111122223333:mfa/a\n[profile b]"
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    assert sandbox.run("add", "dev", "--env", "--mfa-serial", serial, **given).returncode == 2
    assert not sandbox.config.exists()


@pytest.mark.usefixtures("cheap_vault")
@pytest.mark.parametrize("serial", ["GAHT12345678", "arn:aws-cn:iam::111122223333:mfa/a/b"])
def test_a_valid_mfa_serial_is_accepted(sandbox: Sandbox, serial: str) -> None:
    """A hardware token's serial number, or an ARN in any partition."""
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    assert sandbox.run("add", "dev", "--env", "--mfa-serial", serial, **given).returncode == 0
    assert f"mfa_serial = {serial}\n" in sandbox.config.read_text()


@pytest.mark.parametrize(
    "arn",
    [
        *("foo", "role/x", "arn:aws:iam::111122223333:user/x", "arn:aws:sts::111122223333:assumed-role/x/y"),
        *("arn:aws:iam::1111:role/x", "arn:aws:iam::111122223333:role/", "arn:aws:iam:::x/arn:role/x"),
    ],
)
def test_an_invalid_role_arn_is_named(sandbox: Sandbox, arn: str) -> None:
    """`doctor` names it, and so does `env` before it calls AWS. Web identities are checked too."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.configure(f"[profile dev]\nrole_arn = {arn}\nsource_profile = base\n")
    sandbox.configure(f"[profile web]\nrole_arn = {arn}\nweb_identity_token_file = /dev/null\n")
    told = sandbox.run("doctor").stdout
    for name in ("dev", "web"):
        done = sandbox.run("env", name, "--shell", "bash")
        assert (done.returncode, done.stdout) == (2, "false\n")
        refusal = f"role_arn of profile '{name}': '{arn}' is not the ARN of a role\n"
        assert done.stderr == f"error: {refusal}hint: write role_arn = arn:aws:iam::ACCOUNT:role/NAME\n"
        assert refusal in told
    assert sandbox.aws.world.count("AssumeRole") == 0


@pytest.mark.usefixtures("cheap_vault")
@pytest.mark.parametrize("words", [(), ("--force",)], ids=["asked for", "forced"])
def test_no_key_pair_is_stored_for_a_profile_with_an_invalid_role(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """`env` could not use it, so `add` says what is wrong with the config file, and asks for nothing."""
    sandbox.configure("[profile dev]\nrole_arn = foo\n")
    with open_terminal(sandbox, [SHELLVAULT, "add", "dev", *words]) as terminal:
        terminal.expect("error: role_arn of profile 'dev': 'foo' is not the ARN of a role\r\n")
        terminal.expect("hint: write role_arn = arn:aws:iam::ACCOUNT:role/NAME\r\n")
        assert terminal.wait_for_exit() == 2
    assert list_stored_names(sandbox) == []
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    assert sandbox.run("add", "dev", "--env", "--no-config", **given).returncode == 0


@pytest.mark.parametrize("account", ["", "tenant", "111122223333"])
@pytest.mark.parametrize("partition", ["aws", "aws-cn", "minio"])
def test_a_role_on_a_server_other_than_aws_is_accepted(sandbox: Sandbox, partition: str, account: str) -> None:
    """Its ARN may have another partition, and a name or nothing as its account; the server decides."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    sandbox.configure(f"[profile dev]\nrole_arn = arn:{partition}:iam::{account}:role/p/x\nsource_profile = base\n")
    assert sandbox.run("env", "dev", "--shell", "bash").returncode == 7


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a;b", "write this name quoted in a shell: 'a;b'"),
        ("two words", "write this name quoted in a shell: 'two words'"),
        ("../../x", "'../../x' is taken as a name; no file is meant by it"),
        ("..", "'..' is taken as a name; no file is meant by it"),
        ("/etc/x", "'/etc/x' is taken as a name; no file is meant by it"),
    ],
)
def test_an_unusual_name_is_accepted_with_a_notice(sandbox: Sandbox, name: str, said: str) -> None:
    """It works, and is never used as a path."""
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    done = sandbox.run("add", name, "--env", **given)
    assert (done.returncode, done.stderr) == (0, f"shellvault: {said}\n")
    assert read_stored_key(sandbox, name) == DEV


@pytest.mark.usefixtures("cheap_vault")
@pytest.mark.parametrize("name", ["é", "straße", "東京", "a/b", "dev.eu", "a=b", "x@y"])
def test_a_name_that_needs_no_quotes_is_accepted_without_a_word(sandbox: Sandbox, name: str) -> None:
    """Letters of every alphabet are safe in a shell."""
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    done = sandbox.run("add", name, "--env", **given)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f'To use it: eval "$(shellvault env {name})"\n')


@pytest.mark.usefixtures("cheap_vault")
def test_the_hint_about_force_can_be_followed(sandbox: Sandbox) -> None:
    """It names the option to add to the same command."""
    given = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    done = sandbox.run("add", "dev", "--env", **given)
    assert done.stderr.endswith("hint: copy it again, or --force stores it all the same\n")
    assert sandbox.run("add", "dev", "--env", "--force", **given).returncode == 0
