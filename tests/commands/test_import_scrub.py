"""`import --scrub`: exactly the secrets go, after they are safe, and after a question."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, credentials, names, stored
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

TEXT = f"""\
; mine, with a stray byte \udcff
[dev]
region = eu-west-1
aws_access_key_id = {DEV.id}
  # between
AWS_SECRET_ACCESS_KEY={DEV.secret}
s3 =
  max_concurrent_requests = 20

[temporary]
aws_access_key_id = ASIAIOSFODNN7EXAMPLE
aws_secret_access_key = {OPS.secret}
aws_session_token = t
[ops]
{OPS.lines}# the end, without a newline"""
LEFT = """\
; mine, with a stray byte \udcff
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


def raw(text: str) -> bytes:
    """Return a text's bytes, stray ones too."""
    return text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_secrets_go_and_every_other_byte_stays(sandbox: Sandbox, end: str) -> None:
    """Comments, other settings, headers, blank lines, line ends, bytes that are no text; the mode becomes 0600."""
    file = credentials(sandbox, "")
    file.write_bytes(raw(TEXT.replace("\n", end)))
    file.chmod(0o644)
    done = sandbox.run("import", "--scrub", "-f")
    assert file.read_bytes() == raw(LEFT.replace("\n", end))
    assert file.stat().st_mode & 0o777 == 0o600
    assert (stored(sandbox, "dev"), stored(sandbox, "ops")) == (DEV, OPS)
    assert f"Took the secrets of 'dev', 'ops' out of {file}.\n" in done.stdout
    assert "so replace it: shellvault rotate dev\n" in done.stdout
    assert sorted(path.name for path in file.parent.iterdir()) == ["config", "credentials"]


def test_no_file_has_the_secrets_afterwards(sandbox: Sandbox) -> None:
    """No copy, no temporary file, no lock with anything in it."""
    credentials(sandbox, f"[dev]\n{DEV.lines}[ops]\n{OPS.lines}")
    assert sandbox.run("import", "--scrub", "-f").returncode == 0
    assert [
        path for path in sandbox.files() if any(key.secret.encode() in path.read_bytes() for key in (DEV, OPS))
    ] == []


def test_a_kill_at_any_moment_loses_nothing(sandbox: Sandbox) -> None:
    """The file is the old one or the new one, whole; when it is the new one, the vault has the keys."""
    before, after = f"[dev]\n{DEV.lines}[ops]\n{OPS.lines}", "[dev]\n[ops]\n"
    seen = set()
    for moment in (0.12, 0.16, 0.2, 0.22, 0.24, 0.26, 0.28, 0.3, 0.33, 0.36, 0.4, 60):
        file = credentials(sandbox, before)
        sandbox.run("remove", "-f", "dev")
        sandbox.command(["timeout", "-s", "KILL", str(moment), SHELLVAULT, "import", "--scrub", "-f"])
        seen.add(file.read_text())
        assert file.read_text() == before or (stored(sandbox, "dev"), stored(sandbox, "ops")) == (DEV, OPS)
    assert seen == {before, after}


def test_only_what_was_named_is_scrubbed(sandbox: Sandbox) -> None:
    """The others stay in plaintext."""
    file = credentials(sandbox, f"[dev]\n{DEV.lines}[ops]\n{OPS.lines}")
    sandbox.run("import", "dev", "--scrub", "-f")
    assert file.read_text() == f"[dev]\n[ops]\n{OPS.lines}"


def test_both_files_are_scrubbed_of_the_same_key(sandbox: Sandbox) -> None:
    """Where the config file has a copy, it goes too, and the rest of the profile stays."""
    file = credentials(sandbox, f"[dev]\n{DEV.lines}")
    sandbox.configure(f"[profile dev]\nregion = eu-west-1\n{DEV.lines}")
    assert sandbox.run("import", "--scrub", "-f").returncode == 0
    assert (file.read_text(), sandbox.config.read_text()) == ("[dev]\n", "[profile dev]\nregion = eu-west-1\n")


def test_a_link_is_followed_and_not_replaced(sandbox: Sandbox) -> None:
    """Dotfiles may lie elsewhere."""
    file = credentials(sandbox, f"[dev]\n{DEV.lines}")
    real = sandbox.home / "dotfile"
    file.rename(real)
    file.symlink_to("../dotfile")
    assert sandbox.run("import", "--scrub", "-f").returncode == 0
    assert (os.readlink(file), real.read_text()) == ("../dotfile", "[dev]\n")  # noqa: PTH115 - the link's own text


def test_a_copy_in_a_comment_is_told(sandbox: Sandbox) -> None:
    """Comments are the person's, so they are asked to look."""
    file = credentials(sandbox, f"[dev]\n{DEV.lines}# aws_secret_access_key = {DEV.secret}\n")
    done = sandbox.run("import", "--scrub", "-f")
    assert f"Line 2 of {file} still has one of these secrets: take it out by hand.\n" in done.stdout


def test_a_scrub_after_an_import_needs_nothing_else(sandbox: Sandbox) -> None:
    """What the vault has already is read from it, compared, and then scrubbed."""
    file = credentials(sandbox, f"[dev]\n{DEV.lines}")
    sandbox.run("import")
    assert sandbox.run("import", "--scrub", "-f").stdout.startswith(
        "The key pair …MPLE of 'dev' is in the sealed vault"
    )
    assert file.read_text() == "[dev]\n"
    assert sandbox.run("import", "--scrub", "-f").returncode == 4


@pytest.mark.parametrize("answer", ["y", "Yes"])
def test_a_yes_scrubs(sandbox: Sandbox, answer: str) -> None:
    """The question comes after the names, their last characters and the file."""
    file = credentials(sandbox, f"[dev]\n{DEV.lines}")
    with open_terminal(sandbox, [SHELLVAULT, "import", "--scrub"]) as terminal:
        terminal.expect(rf"imported, and then taken out of {file}: 'dev' \(…MPLE\)\r\nDo that\? \[y/N\] ")
        terminal.type(answer)
        assert terminal.wait_for_exit() == 0
    assert (file.read_text(), stored(sandbox, "dev")) == ("[dev]\n", DEV)


@pytest.mark.parametrize("answer", ["", "n", "dev", None])
def test_anything_else_changes_nothing(sandbox: Sandbox, answer: str | None) -> None:
    """Neither file nor vault, with Ctrl-C as with a no: status 130."""
    file = credentials(sandbox, f"[dev]\n{DEV.lines}")
    with open_terminal(sandbox, [SHELLVAULT, "import", "--scrub"]) as terminal:
        terminal.expect(r"\[y/N\] ")
        terminal.interrupt() if answer is None else terminal.type(answer)
        assert terminal.wait_for_exit() == 130
    assert (file.read_text(), names(sandbox)) == (f"[dev]\n{DEV.lines}", [])


def test_nobody_to_ask_means_no_scrub(sandbox: Sandbox) -> None:
    """Without a terminal it fails, and says so before anything is stored."""
    file = credentials(sandbox, f"[dev]\n{DEV.lines}")
    done = sandbox.run("import", "--scrub", "--no-input")
    assert (done.returncode, names(sandbox), file.read_text()) == (6, [], f"[dev]\n{DEV.lines}")


def test_a_key_that_was_changed_while_the_question_stood_is_not_lost(sandbox: Sandbox) -> None:
    """The file is as it was changed, and the error says that the older key is in the vault."""
    file = credentials(sandbox, f"[dev]\n{DEV.lines}")
    with open_terminal(sandbox, [SHELLVAULT, "import", "--scrub"]) as terminal:
        terminal.expect(r"\[y/N\] ")
        file.write_text(f"[dev]\n{OPS.lines}")
        terminal.type("y")
        assert terminal.wait_for_exit() == 2
        assert f"the key pairs are in the vault, but {file} was changed meanwhile: 'dev'" in terminal.output
    assert file.read_text() == f"[dev]\n{OPS.lines}"


def test_a_change_elsewhere_in_the_file_is_kept(sandbox: Sandbox) -> None:
    """What somebody adds while the question stands is still there."""
    file = credentials(sandbox, f"[dev]\n{DEV.lines}")
    with open_terminal(sandbox, [SHELLVAULT, "import", "--scrub"]) as terminal:
        terminal.expect(r"\[y/N\] ")
        file.write_text(f"[new]\n{OPS.lines}[dev]\n{DEV.lines}")
        terminal.type("y")
        assert terminal.wait_for_exit() == 0
    assert file.read_text() == f"[new]\n{OPS.lines}[dev]\n"


def test_a_full_disk_leaves_the_file_whole(sandbox: Sandbox) -> None:
    """The limit on file sizes stands in for it: status 5, no half of a file, and the key is in the vault."""
    filler = f"# {'x' * 80}\n" * 2000
    text = f"{filler}[dev]\n{DEV.lines}"
    file = credentials(sandbox, text)
    sandbox.run("import")
    done = sandbox.shell("bash", "ulimit -f 40; trap '' XFSZ; shellvault import --scrub -f")
    assert (done.returncode, file.read_text()) == (5, text)
    assert sorted(path.name for path in file.parent.iterdir()) == ["config", "credentials"]
    assert stored(sandbox, "dev") == DEV


def test_what_is_no_file_cannot_be_scrubbed(sandbox: Sandbox) -> None:
    """What another program writes into a pipe is imported, and then the error says that it is."""
    done = sandbox.shell(
        "bash", 'AWS_SHARED_CREDENTIALS_FILE=<(echo "$KEYS") shellvault import --scrub -f', KEYS=f"[dev]\n{DEV.lines}"
    )
    assert (done.returncode, stored(sandbox, "dev")) == (2, DEV)
    assert done.stderr.startswith("error: the key pairs are in the vault, but /dev/fd/")
