"""`import --scrub`: removes only the secrets, once they are in the vault and the user has agreed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, list_stored_names, read_stored_key, write_credentials
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("cheap_vault")
TEXT = f"""\
; mine, with a word that is not ASCII: café
[dev]
region = eu-west-1
aws_access_key_id = {DEV.id}
  # between
AWS_SECRET_ACCESS_KEY="{DEV.secret}"
s3 =
  max_concurrent_requests = 20

[temporary]
aws_access_key_id = ASIAIOSFODNN7EXAMPLE
aws_secret_access_key = {OPS.secret}
aws_session_token = t
[ops]
{OPS.lines}# the end, without a newline"""
SCRUBBED_TEXT = """\
; mine, with a word that is not ASCII: café
[dev]
region = eu-west-1
  # between
s3 =
  max_concurrent_requests = 20

[temporary]
aws_access_key_id = ASIAIOSFODNN7EXAMPLE
aws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY
aws_session_token = t
[ops]
# the end, without a newline"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_other_byte_is_kept(sandbox: Sandbox, end: str) -> None:
    """Comments, other settings, headers, blank lines and line endings; the mode becomes 0600."""
    file = write_credentials(sandbox, "")
    file.write_bytes(TEXT.replace("\n", end).encode())
    file.chmod(0o644)
    done = sandbox.run("import", "--scrub", "-f")
    assert file.read_bytes() == SCRUBBED_TEXT.replace("\n", end).encode()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (read_stored_key(sandbox, "dev"), read_stored_key(sandbox, "ops")) == (DEV, OPS)
    assert f"Removed the secrets of 'dev', 'ops' from {file}.\n" in done.stdout
    assert "Replace it: shellvault rotate dev\n" in done.stdout
    assert sorted(path.name for path in file.parent.iterdir()) == ["config", "credentials"]


def test_a_key_with_several_names_is_rotated_only_once(sandbox: Sandbox) -> None:
    """The advice names it once, as rotating each name would replace the new key again."""
    write_credentials(sandbox, f"[default]\n{DEV.lines}[dev]\n{DEV.lines}[ops]\n{OPS.lines}")
    done = sandbox.run("import", "--scrub", "-f")
    why = "This key was in plaintext, so someone may have read it. Replace it"
    assert [line for line in done.stdout.splitlines() if "shellvault rotate" in line] == [
        f"{why} (also for 'dev', the same key): shellvault rotate default",
        f"{why}: shellvault rotate ops",
    ]


def test_no_file_contains_the_secrets_afterwards(sandbox: Sandbox) -> None:
    """There is no copy and no temporary file."""
    write_credentials(sandbox, f"[dev]\n{DEV.lines}[ops]\n{OPS.lines}")
    assert sandbox.run("import", "--scrub", "-f").returncode == 0
    assert [
        path for path in sandbox.files() if any(key.secret.encode() in path.read_bytes() for key in (DEV, OPS))
    ] == []


def test_a_kill_at_any_moment_loses_nothing(sandbox: Sandbox) -> None:
    """The file is complete, old or new; if it is the new one, the vault has the keys."""
    before, after = f"[dev]\n{DEV.lines}[ops]\n{OPS.lines}", "[dev]\n[ops]\n"
    seen = set()
    for moment in (0.02, 0.05, 0.07, 0.08, 0.09, 0.1, 0.11, 0.12, 0.14, 0.17, 0.2, 0.25, 0.3, 60):
        file = write_credentials(sandbox, before)
        sandbox.run("remove", "-f", "dev")
        sandbox.command(["timeout", "-s", "KILL", str(moment), SHELLVAULT, "import", "--scrub", "-f"])
        seen.add(file.read_text())
        assert file.read_text() == before or (read_stored_key(sandbox, "dev"), read_stored_key(sandbox, "ops")) == (
            DEV,
            OPS,
        )
    assert seen == {before, after}


def test_only_named_key_pairs_are_scrubbed(sandbox: Sandbox) -> None:
    """The others stay in plaintext."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}[ops]\n{OPS.lines}")
    sandbox.run("import", "dev", "--scrub", "-f")
    assert file.read_text() == f"[dev]\n[ops]\n{OPS.lines}"


def test_a_copy_in_the_config_file_is_scrubbed(sandbox: Sandbox) -> None:
    """The rest of the profile stays."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    sandbox.configure(f"[profile dev]\nregion = eu-west-1\n{DEV.lines}")
    assert sandbox.run("import", "--scrub", "-f").returncode == 0
    assert (file.read_text(), sandbox.config.read_text()) == ("[dev]\n", "[profile dev]\nregion = eu-west-1\n")


def test_a_symbolic_link_is_followed(sandbox: Sandbox) -> None:
    """Some people keep their dotfiles elsewhere."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    real = sandbox.home / "dotfile"
    file.rename(real)
    file.symlink_to("../dotfile")
    assert sandbox.run("import", "--scrub", "-f").returncode == 0
    assert (os.readlink(file), real.read_text()) == ("../dotfile", "[dev]\n")  # noqa: PTH115 - the link's own text


def test_a_copy_in_a_comment_is_reported(sandbox: Sandbox) -> None:
    """Comments are left to the user."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}# aws_secret_access_key = {DEV.secret}\n")
    done = sandbox.run("import", "--scrub", "-f")
    assert f"Line 2 of {file} still has one of these secrets: remove it by hand.\n" in done.stdout


def test_key_pairs_that_were_imported_before_can_be_scrubbed(sandbox: Sandbox) -> None:
    """They are read from the vault and compared first."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    sandbox.run("import")
    assert sandbox.run("import", "--scrub", "-f").stdout.startswith(
        "The key pair …MPLE of 'dev' is already in the sealed vault"
    )
    assert file.read_text() == "[dev]\n"
    assert sandbox.run("import", "--scrub", "-f").returncode == 4


@pytest.mark.parametrize("answer", ["y", "Yes"])
def test_yes_scrubs(sandbox: Sandbox, answer: str) -> None:
    """The prompt shows the names, the ends of the key ids, and the file."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    with open_terminal(sandbox, [SHELLVAULT, "import", "--scrub"]) as terminal:
        terminal.expect(rf"will import, then remove from {file}: 'dev' \(…MPLE\)\r\nContinue\? \[y/N\] ")
        terminal.type(answer)
        assert terminal.wait_for_exit() == 0
    assert (file.read_text(), read_stored_key(sandbox, "dev")) == ("[dev]\n", DEV)


@pytest.mark.parametrize("answer", ["", "n", "dev", None])
def test_any_other_answer_changes_nothing(sandbox: Sandbox, answer: str | None) -> None:
    """The file and the vault stay as they are. A no exits with 2, and Ctrl-C with 130."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    with open_terminal(sandbox, [SHELLVAULT, "import", "--scrub"]) as terminal:
        terminal.expect(r"\[y/N\] ")
        terminal.interrupt() if answer is None else terminal.type(answer)
        assert terminal.wait_for_exit() == (130 if answer is None else 2)
    assert (file.read_text(), list_stored_names(sandbox)) == (f"[dev]\n{DEV.lines}", [])


def test_without_prompting_nothing_is_scrubbed(sandbox: Sandbox) -> None:
    """It fails before anything is stored."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    done = sandbox.run("import", "--scrub", "--no-input")
    assert (done.returncode, list_stored_names(sandbox), file.read_text()) == (6, [], f"[dev]\n{DEV.lines}")


def test_a_key_that_changes_during_the_prompt_is_not_lost(sandbox: Sandbox) -> None:
    """The changed file stays, and the error says that the older key is in the vault."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    with open_terminal(sandbox, [SHELLVAULT, "import", "--scrub"]) as terminal:
        terminal.expect(r"\[y/N\] ")
        file.write_text(f"[dev]\n{OPS.lines}")
        terminal.type("y")
        assert terminal.wait_for_exit() == 2
        assert f"the key pairs are in the vault, but {file} changed during the import ('dev')" in terminal.output
    assert file.read_text() == f"[dev]\n{OPS.lines}"


def test_other_changes_during_the_prompt_are_kept(sandbox: Sandbox) -> None:
    """For example, a new section."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    with open_terminal(sandbox, [SHELLVAULT, "import", "--scrub"]) as terminal:
        terminal.expect(r"\[y/N\] ")
        file.write_text(f"[new]\n{OPS.lines}[dev]\n{DEV.lines}")
        terminal.type("y")
        assert terminal.wait_for_exit() == 0
    assert file.read_text() == f"[new]\n{OPS.lines}[dev]\n"


def test_a_full_disk_leaves_the_file_unchanged(sandbox: Sandbox) -> None:
    """A limit on file sizes has the same effect: status 5, and the key is in the vault."""
    filler = f"# {'x' * 80}\n" * 2000
    text = f"{filler}[dev]\n{DEV.lines}"
    file = write_credentials(sandbox, text)
    sandbox.run("import")
    done = sandbox.shell("bash", "ulimit -f 40; trap '' XFSZ; shellvault import --scrub -f")
    assert (done.returncode, file.read_text()) == (5, text)
    assert sorted(path.name for path in file.parent.iterdir()) == ["config", "credentials"]
    assert read_stored_key(sandbox, "dev") == DEV


def test_a_pipe_cannot_be_scrubbed(sandbox: Sandbox) -> None:
    """Its key pairs are imported, and the error says so."""
    done = sandbox.shell(
        "bash", 'AWS_SHARED_CREDENTIALS_FILE=<(echo "$KEYS") shellvault import --scrub -f', KEYS=f"[dev]\n{DEV.lines}"
    )
    assert (done.returncode, read_stored_key(sandbox, "dev")) == (2, DEV)
    assert done.stderr.startswith("error: the key pairs are in the vault, but /dev/fd/")
