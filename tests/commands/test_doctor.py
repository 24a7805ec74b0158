"""`doctor`: each thing that can be wrong is found, told with what mends it, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.core.record import Record
from tests.commands.plaintext import DEV, OPS, credentials

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

MENDED = "      -> "


class Checkup(Record):
    """What one run gave: the exit status, and each finding's sentence with its mark and what to type."""

    status: int
    findings: dict[str, tuple[str, str]]

    def one(self, *words: str) -> tuple[str, str]:
        """Return mark and mend of the one finding whose sentence has these words."""
        (found,) = (value for what, value in self.findings.items() if all(word in what for word in words))
        return found

    def begin(self, words: str) -> list[str]:
        """Return the marks of the findings whose sentences begin so."""
        return [mark for what, (mark, _mend) in self.findings.items() if what.startswith(words)]


def checkup(sandbox: Sandbox, **environ: str) -> Checkup:
    """Run it."""
    done = sandbox.run("doctor", "--json", **environ)
    assert "Traceback" not in done.stderr
    found = {one["what"]: (one["mark"], one["mend"] or "") for one in json.loads(done.stdout)}
    return Checkup(done.returncode, found)


@pytest.fixture
def healthy(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with nothing wrong in it but that its AWS is on this machine."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    Path(sandbox.env["SHELLVAULT_PASSPHRASE_FILE"]).chmod(0o600)
    for shell, file in (("bash", ".bashrc"), ("zsh", ".zshrc"), ("fish", ".config/fish/config.fish")):
        (sandbox.home / file).parent.mkdir(parents=True, exist_ok=True)
        (sandbox.home / file).write_text(f"shellvault hook {shell}\n")
    sandbox.configure("[profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n")
    return sandbox


def test_all_is_well(healthy: Sandbox) -> None:
    """Every region is looked at, and status is 0; the text is one line each, with what to type below."""
    found = checkup(healthy).findings
    assert {mark for mark, _mend in found.values()} == {"ok", "note"}
    assert [what for what, (mark, _mend) in found.items() if mark == "note"] == [
        f"credentials come from {healthy.aws.url}, not from AWS"
    ]
    for part in ("sealed vault", "kernel keyring", "plaintext", "profile", "'s clock", "hook"):
        assert any(part in what for what in found)
    done = healthy.run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(line.startswith(("ok    ", "note  ", MENDED)) for line in done.stdout.splitlines())


def test_it_uses_no_key_and_changes_nothing(healthy: Sandbox) -> None:
    """AWS sees one call without credentials; no file is other than before."""
    before = {path: path.read_bytes() for path in healthy.files()}
    healthy.run("doctor")
    assert {path: path.read_bytes() for path in healthy.files()} == before
    assert [(call.action, call.access_key_id) for call in healthy.aws.world.calls] == [("GetCallerIdentity", "")]


@pytest.mark.parametrize("place", ["credentials", "config"])
def test_a_key_pair_in_plaintext_is_bad(healthy: Sandbox, place: str) -> None:
    """Status 2, nothing of the secret, and what it says to type mends it."""
    if place == "credentials":
        credentials(healthy, f"[dev]\n{DEV.lines}")
    else:
        healthy.configure(f"[profile dev]\n{DEV.lines}")
    found = checkup(healthy)
    mark, mend = found.one("…MPLE of 'dev'", f"in plaintext in {healthy.home}/.aws/{place}")
    assert (found.status, mark) == (2, "bad")
    done = healthy.run("doctor")
    assert (done.returncode, DEV.secret in done.stdout, DEV.id in done.stdout) == (2, False, False)
    assert healthy.shell("bash", f"{mend} --force").returncode == 0
    assert checkup(healthy).status == 0


def test_copies_beside_the_files_are_found(healthy: Sandbox) -> None:
    """An editor's, a person's, the console's download; each mend works."""
    (healthy.config.parent / "credentials~").write_text(f"[dev]\n{DEV.lines}")
    (healthy.config.parent / "keys.csv").write_text(f"Access key ID,Secret access key\n{OPS.id},{OPS.secret}\n")
    found = checkup(healthy)
    for file, name in (("credentials~", ""), ("keys.csv", "ops")):
        mark, mend = found.one(f"/{file} has key pairs in plaintext")
        assert mark == "bad"
        assert healthy.shell("bash", f"{mend.replace('NAME', name)} --force").returncode == 0
    assert checkup(healthy).status == 0
    assert healthy.run("list", "--credentials").stdout == "base\ndev\nops\n"


def test_a_key_pair_in_the_environment_is_bad(healthy: Sandbox) -> None:
    """A session is not, nor is what shellvault itself put there."""
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    found = checkup(healthy, **given)
    assert (found.status, found.one("…MPLE is in this shell's environment")[0]) == (2, "bad")
    assert checkup(healthy, **given, AWS_SESSION_TOKEN="t").status == 0  # noqa: S106 - a sample
    for options in ("", "--no-session"):
        done = healthy.shell("bash", f'eval "$(shellvault env base {options})"; shellvault doctor')
        assert done.returncode == 0
        assert "ok    the session of 'base' in this shell is in order\n" in done.stdout


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("export AWS_SECRET_ACCESS_KEY=abc", ["bad"]),
        ("  set -gx AWS_SECRET_ACCESS_KEY 'abc'", ["bad"]),
        ("AWS_SECRET_ACCESS_KEY=abc terraform", ["bad"]),
        ("# export AWS_SECRET_ACCESS_KEY=abc", []),
        ("export AWS_SECRET_ACCESS_KEY=$(pass show x)", []),
        ('export AWS_SECRET_ACCESS_KEY="$KEY"', []),
        ("unset AWS_SECRET_ACCESS_KEY", []),
        ("export AWS_SECRET_ACCESS_KEY=", []),
    ],
)
def test_a_secret_in_a_shells_file_is_bad(healthy: Sandbox, line: str, marks: list[str]) -> None:
    """With the line's number and not its text; what only mentions it is no finding."""
    (healthy.home / ".bashrc").write_text(f"\n{line}\n")
    assert checkup(healthy).begin(f"line 2 of {healthy.home}/.bashrc sets AWS_SECRET_ACCESS_KEY") == marks


def test_caches_of_the_aws_cli_are_noted(healthy: Sandbox) -> None:
    """They end by themselves, so status is 0."""
    for folder in ("sso", "cli"):
        path = healthy.config.parent / folder / "cache" / "abc.json"
        path.parent.mkdir(parents=True)
        path.write_text('{"accessToken": "t"}')
    found = checkup(healthy)
    assert found.one("sign-in tokens in plaintext (1 in") == ("note", "aws sso logout")
    assert found.one("sessions in plaintext (1 in") == ("note", "rm -r ~/.aws/cli/cache")
    assert found.status == 0


@pytest.mark.parametrize(
    ("file", "mode", "said"),
    [("credentials", 0o644, "read"), ("config", 0o666, "write"), (".", 0o777, "write")],
)
def test_files_that_others_may_touch_are_noted(healthy: Sandbox, file: str, mode: int, said: str) -> None:
    """And what is to be typed mends it."""
    credentials(healthy, "")
    (healthy.config.parent / file).chmod(mode)
    mark, mend = checkup(healthy).one(f"others may {said} ", f"(mode {mode:o})")
    assert (mark, healthy.shell("bash", mend).returncode) == ("note", 0)
    assert checkup(healthy).begin("others may") == []


def test_a_config_file_may_be_read_by_others(healthy: Sandbox) -> None:
    """That gives nothing away; writing it would start programs."""
    healthy.config.chmod(0o644)
    assert checkup(healthy).begin("others may") == []
