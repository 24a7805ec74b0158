"""`trust`: the list of trusted files."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

PEM = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"


@pytest.fixture
def ca(sandbox: Sandbox) -> Path:
    """Return a file with two certificates."""
    file = sandbox.home / "corp ca\u00e9.pem"
    file.write_text(PEM * 2)
    return file


def test_the_list_is_empty_at_first(sandbox: Sandbox) -> None:
    """It says so."""
    assert sandbox.run("trust").stdout == "No file is trusted.\n"
    assert not sandbox.vault.exists()


def test_a_file_is_listed_until_it_is_removed(sandbox: Sandbox, ca: Path) -> None:
    """By its whole path, whatever it was called on the command line."""
    config = sandbox.home / "config"
    config.write_text("[profile a]\ncredential_process = /bin/a\nregion = x\n[services s]\nsts =\n  endpoint_url = u\n")
    assert sandbox.run("trust", ca.name).stdout == f"Trusted {ca}, as long as it has:\n  2 certificates\n"
    powers = "  [profile a] credential_process = /bin/a\n  [services s] sts.endpoint_url = u\n"
    assert sandbox.run("trust", "./config").stdout == f"Trusted {config}, as long as it has:\n{powers}"
    assert sandbox.run("trust").stdout == f"{ca}  (certificates)\n{config}  (config file)\n"
    assert sandbox.run("trust", "--remove", ca.name).stdout == f"{ca} is no longer trusted.\n"
    assert sandbox.run("trust").stdout == f"{config}  (config file)\n"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        (".aws/config", "[profile a]\ncredential_process = /bin/a\n", "it is your own config file"),
        ("other", "[profile a]\nregion = x\n", "it names no program, endpoint or certificates"),
    ],
)
def test_a_file_that_needs_no_trust_is_not_listed(sandbox: Sandbox, name: str, text: str, reason: str) -> None:
    """If it were, a later edit would look alarming."""
    file = sandbox.home / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    done = sandbox.run("trust", name)
    assert (done.returncode, done.stdout) == (0, f"{file} needs no trust: {reason}.\n")
    assert sandbox.run("trust").stdout == "No file is trusted.\n"


def test_a_file_that_changed_or_is_gone_is_shown(sandbox: Sandbox, ca: Path) -> None:
    """And can be trusted again, or removed."""
    sandbox.run("trust", str(ca))
    ca.write_text(PEM)
    assert sandbox.run("trust").stdout == f"{ca}  (certificates, changed since: not trusted)\n"
    sandbox.run("trust", str(ca))
    assert sandbox.run("trust").stdout == f"{ca}  (certificates)\n"
    ca.unlink()
    assert sandbox.run("trust").stdout == f"{ca}  (certificates, not used: {ca} does not exist)\n"
    assert sandbox.run("trust", "--remove", str(ca)).returncode == 0


def test_terminal_output_is_harmless(sandbox: Sandbox) -> None:
    """Paths and settings may contain escape sequences and invisible characters, which are shown as question marks."""
    config = sandbox.home / "a\x1b[31mb\u3164c"
    config.write_text("[profile \x1b[2J]\ncredential_process = \x1b[8m\u200b\n")
    for words in ((str(config),), (), ("--remove", str(config))):
        done = sandbox.run("trust", *words)
        assert f"{sandbox.home}/a?[31mb?c" in done.stdout
        assert done.stdout.replace("\n", "").isprintable(), done.stdout


def test_the_list_holds_the_digest_of_the_content(sandbox: Sandbox, ca: Path) -> None:
    """SHA-256, in a file that only its user may read."""
    sandbox.run("trust", str(ca))
    file = sandbox.vault / "trusted"
    digest = hashlib.sha256(ca.read_bytes()).hexdigest()
    assert file.read_text().startswith(f"certificates {digest} ")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "nonsense\n", "config x\n", "\0\n\n", "config a \\u12\n", "\u00e9 \u00e9 \u00e9\n"]
)
def test_a_damaged_list_trusts_nothing(sandbox: Sandbox, ca: Path, text: str) -> None:
    """And takes new files."""
    sandbox.vault.mkdir(parents=True)
    (sandbox.vault / "trusted").write_text(text)
    assert sandbox.run("trust").returncode == 0
    assert sandbox.run("trust", str(ca)).returncode == 0
    assert f"{ca}  (certificates)\n" in sandbox.run("trust").stdout


def test_a_list_that_others_may_write_is_refused(sandbox: Sandbox, ca: Path) -> None:
    """Its content would be theirs."""
    sandbox.run("trust", str(ca))
    (sandbox.vault / "trusted").chmod(0o622)
    done = sandbox.run("trust")
    assert done.returncode == 2
    assert "error: the list of trusted files" in done.stderr


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (("--remove",), "no file given", "shellvault trust --remove FILE"),
        (("--remove", "other"), "other was not trusted", "shellvault trust lists the trusted files"),
        (("missing",), "/missing does not exist", "shellvault trust FILE"),
        ((".",), "is not a file", "shellvault trust FILE"),
    ],
)
def test_what_cannot_be_trusted_is_status_2(sandbox: Sandbox, words: tuple[str, ...], error: str, hint: str) -> None:
    """With what to type next."""
    done = sandbox.run("trust", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert error in done.stderr
    assert f"hint: {hint}" in done.stderr
