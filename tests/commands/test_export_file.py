"""`export --write`: puts a session into its own section of a file, and leaves the rest of the file alone."""

from __future__ import annotations

import configparser
import json
from typing import TYPE_CHECKING

import pytest
from botocore.configloader import raw_config_parse

from tests.commands.role_profiles import add_role
from tests.commands.terminal import open_terminal
from tests.sandbox import SESSION_NAME, SHELLVAULT, aws_cli

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

QUERY = ("sts", "get-caller-identity", "--output", "text", "--query", "Arn")
ARN = f"arn:aws:sts::111122223333:assumed-role/reader/{SESSION_NAME}"
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
FILE = f"# mine, by hand\n[other]\n{KEYS}; a note\nregion=eu-west-3\n"


@pytest.fixture
def role(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a role called `reader`."""
    add_role(sandbox, more="region = eu-west-1")
    return sandbox


def write(sandbox: Sandbox, file: Path | str, *words: str) -> None:
    """Write the session of `reader` to a file."""
    done = sandbox.run("export", "reader", "--write", str(file), *words)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "shellvault: wrote [" in done.stderr


def refuse(sandbox: Sandbox, file: Path | str, *words: str) -> str:
    """Return the error of an export that writes nothing."""
    done = sandbox.run("export", "reader", "--write", str(file), *words)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.parametrize("form", ["ini", "ini-config"])
def test_aws_cli_uses_the_session_next_to_the_role_itself(role: Sandbox, form: str) -> None:
    """The section has its own name, since the AWS CLI would assume the role if it were called `reader`."""
    file = role.config if form == "ini-config" else role.config.with_name("credentials")
    for _ in range(2):
        write(role, f"~/.aws/{file.name}", "--format", form)
        done = role.command([aws_cli(), "--profile", "reader-session", *QUERY])
        assert done.stdout.strip() == ARN, done.stderr
        role.run("clear")
    assert file.stat().st_mode & 0o777 == 0o600


def test_second_run_replaces_only_the_session(role: Sandbox, tmp_path: Path) -> None:
    """Comments, other sections, and the user's own settings in the section are kept byte for byte."""
    file = tmp_path / "credentials"
    file.write_text(FILE)
    file.chmod(0o644)
    write(role, file)
    first = file.read_text()
    assert first.startswith(FILE)
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text(
        first.replace("[reader-session]\n", "[reader-session]\n# here\noutput = json\n") + "[last]\nregion=x\n"
    )
    role.run("clear")
    write(role, file, "--region", "eu-north-1")
    second = file.read_text()
    assert second.startswith(FILE)
    assert second.endswith("[last]\nregion=x\n")
    assert "[reader-session]\n# here\n" in second
    section = raw_config_parse(str(file))["reader-session"]
    assert (section["output"], section["region"]) == ("json", "eu-north-1")
    old = configparser.RawConfigParser()
    old.read_string(first)
    assert not [value for key, value in old["reader-session"].items() if key.startswith("aws_s") and value in second]


def test_unchanged_session_still_makes_the_file_private(role: Sandbox, tmp_path: Path) -> None:
    """The second run has nothing to write except the file mode."""
    file = tmp_path / "credentials"
    write(role, file)
    before = file.read_text()
    file.chmod(0o644)
    write(role, file)
    assert (file.read_text(), file.stat().st_mode & 0o777) == (before, 0o600)


def test_new_file_is_private_whatever_the_umask(role: Sandbox, tmp_path: Path) -> None:
    """The same goes for its folder."""
    file = tmp_path / "new" / "credentials"
    done = role.shell("bash", f"umask 0; shellvault export reader --format ini --write '{file}'")
    assert done.returncode == 0, done.stderr
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert sorted(each.name for each in file.parent.iterdir()) == ["credentials"]


def test_symbolic_link_is_kept(role: Sandbox, tmp_path: Path) -> None:
    """People keep these files elsewhere and link to them."""
    (tmp_path / "real").write_text(FILE)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(role, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert "[reader-session]" in (tmp_path / "real").read_text()


def test_section_can_be_named(role: Sandbox, tmp_path: Path) -> None:
    """Both in a file and on stdout."""
    write(role, tmp_path / "file", "--section", "ci")
    assert (tmp_path / "file").read_text().startswith("[ci]\n")
    assert role.run("export", "reader", "--format", "ini-config", "--section", "ci").stdout.startswith("[profile ci]\n")
    assert role.run("export", "reader", "--format", "ini").stdout.startswith("[reader]\n")


BROKEN = {
    "a section twice": ("[a]\nx=1\n[a]\ny=2\n", "3: the section [a] is written twice, first in line 1"),
    "a setting twice": ("[a]\nx=1\nx=2\n", "3: 'x' is written twice in [a], first in line 2"),
    "a header without its bracket": ("[a\nx=1\n", "1: the header [a has no closing bracket"),
    "a line that is nothing": ("[a]\nx=1\nnothing\n", "3: this is no section, no setting and no comment"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_file_is_refused(role: Sandbox, tmp_path: Path, kind: str) -> None:
    """No program could read the session in it. The error names the line, and the file is not changed."""
    text, said = BROKEN[kind]
    file = tmp_path / "file"
    file.write_text(text)
    assert f"error: {file}:{said}\nhint: edit line " in refuse(role, file)
    assert file.read_text() == text


def test_key_pair_is_not_overwritten(role: Sandbox, tmp_path: Path) -> None:
    """The file may hold the only copy."""
    file = tmp_path / "file"
    file.write_text(FILE)
    assert f"error: [other] in {file} holds a key pair, which would be lost\n" in refuse(
        role, file, "--section", "other"
    )
    assert file.read_text() == FILE


def test_section_of_a_role_is_refused(role: Sandbox, tmp_path: Path) -> None:
    """The AWS CLI would assume the role and ignore the session."""
    said = refuse(role, tmp_path / "file", "--section", "reader")
    assert "programs would not use the session in [reader]" in said
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("form", ["ini", "ini-config"])
@pytest.mark.parametrize("setting", ["role_arn = x", "SSO_SESSION: corp", "source_profile ="])
def test_section_that_names_a_role_in_the_file_itself_is_refused(
    role: Sandbox, tmp_path: Path, form: str, setting: str
) -> None:
    """The section need not be a profile in the config file. The file is not changed."""
    file = tmp_path / "file"
    file.write_text(f"[{'profile ' if form == 'ini-config' else ''}reader-session]\n{setting}\n")
    before = file.read_text()
    assert "programs would not use the session in [reader-session]" in refuse(role, file, "--format", form)
    assert file.read_text() == before


def test_format_must_fit_the_file(role: Sandbox, tmp_path: Path) -> None:
    """Headers in the config file start with `profile`, and other formats have no sections at all."""
    assert "hint: use --format ini-config\n" in refuse(role, role.config)
    assert "hint: use --format ini\n" in refuse(role, "~/.aws/credentials", "--format", "ini-config")
    assert "the format is 'env'" in refuse(role, tmp_path / "file", "--format", "env")
    done = role.run("export", "reader", "--section", "x")
    assert (done.returncode, done.stdout) == (2, "")


def test_unsuitable_path_fails_and_shows_no_secret(role: Sandbox, tmp_path: Path) -> None:
    """For example a folder where others can replace files, or a path that is not a file."""
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    for file in (open_folder / "file", tmp_path):
        done = role.run("export", "reader", "--write", str(file))
        assert (done.returncode in (2, 5), done.stdout) == (True, ""), done.stderr
        assert not [secret for secret in role.aws.world.secrets() if secret in done.stderr]
    assert not list(open_folder.iterdir())


def test_nothing_secret_is_shown_on_a_terminal(role: Sandbox, tmp_path: Path) -> None:
    """So --reveal is not needed. The notice says how to use the session."""
    with open_terminal(role, [SHELLVAULT, "export", "reader", "--write", str(tmp_path / "file")]) as terminal:
        assert terminal.wait_for_exit() == 0
    assert "aws --profile reader-session" in terminal.output
    assert not [secret for secret in role.aws.world.secrets() if secret in terminal.output]


@pytest.mark.parametrize("form", ["ini", "ini-config"])
def test_the_notice_about_a_custom_file_can_be_typed(role: Sandbox, tmp_path: Path, form: str) -> None:
    """The AWS CLI does not read that file unless it is told to."""
    done = role.run("export", "reader", "--format", form, "--write", str(tmp_path / "my file"))
    line = done.stderr.rpartition("to use it: ")[2].strip()
    assert (
        role.command(["sh", "-c", f"{line.replace('aws ', f'{aws_cli()} ', 1)} {' '.join(QUERY)}"]).stdout.strip()
        == ARN
    )


def test_a_dash_is_not_taken_for_a_file(role: Sandbox) -> None:
    """In other programs it means standard output, and nobody would look for a secret in a file of that name."""
    assert "leave out --write to print the session" in refuse(role, "-")
    assert not list(role.home.glob("**/-"))


def test_key_pair_without_a_session_replaces_the_token(role: Sandbox, tmp_path: Path) -> None:
    """With --no-session, the token and expiry of the previous export are removed."""
    file = tmp_path / "file"
    write(role, file, "--section", "x")
    done = role.run("export", "base", "--no-session", "--write", str(file), "--section", "x")
    assert done.returncode == 0, done.stderr
    found = raw_config_parse(str(file))["x"]
    assert set(found) == {"aws_access_key_id", "aws_secret_access_key"}, json.dumps(sorted(found))
