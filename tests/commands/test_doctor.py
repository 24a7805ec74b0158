"""`doctor`: each thing that can be wrong is found, told with what mends it, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, credentials

if TYPE_CHECKING:
    from tests.house import House

MENDED = "      -> "


def findings(house: House, **environ: str) -> dict[str, tuple[str, str]]:
    """Return each finding's sentence, with its mark and what to type."""
    done = house.run("doctor", "--json", **environ)
    assert "Traceback" not in done.stderr
    return {found["what"]: (found["mark"], found["mend"] or "") for found in json.loads(done.stdout)}


def statuses(house: House, **environ: str) -> int:
    """Return the exit status."""
    return house.run("doctor", **environ).returncode


def one(house: House, *words: str, **environ: str) -> tuple[str, str]:
    """Return mark and mend of the one finding whose sentence has these words."""
    (found,) = (value for what, value in findings(house, **environ).items() if all(word in what for word in words))
    return found


@pytest.fixture
def healthy(house: House) -> House:
    """Return a house with nothing wrong in it but that its AWS is on this machine."""
    house.add("base", house.aws.world.user("alice").access_key())
    Path(house.env["SHELLVAULT_PASSPHRASE_FILE"]).chmod(0o600)
    for shell, file in (("bash", ".bashrc"), ("zsh", ".zshrc"), ("fish", ".config/fish/config.fish")):
        (house.home / file).parent.mkdir(parents=True, exist_ok=True)
        (house.home / file).write_text(f"shellvault hook {shell}\n")
    house.configure("[profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n")
    return house


def test_all_is_well(healthy: House) -> None:
    """Every region is looked at, and status is 0; the text is one line each, with what to type below."""
    found = findings(healthy)
    assert {mark for mark, _mend in found.values()} == {"ok", "note"}
    assert [what for what, (mark, _mend) in found.items() if mark == "note"] == [
        f"credentials come from {healthy.aws.url}, not from AWS"
    ]
    for part in ("sealed vault", "kernel keyring", "plaintext", "profile", "'s clock", "hook"):
        assert any(part in what for what in found)
    done = healthy.run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert all(line.startswith(("ok    ", "note  ", MENDED)) for line in lines)


def test_it_uses_no_key_and_changes_nothing(healthy: House) -> None:
    """AWS sees one call without credentials; no file is other than before."""
    before = {path: path.read_bytes() for path in healthy.files()}
    healthy.run("doctor")
    assert {path: path.read_bytes() for path in healthy.files()} == before
    assert [(call.action, call.access_key_id) for call in healthy.aws.world.calls] == [("GetCallerIdentity", "")]


@pytest.mark.parametrize("place", ["credentials", "config"])
def test_a_key_pair_in_plaintext_is_bad(healthy: House, place: str) -> None:
    """Status 2, and what it says to type mends it."""
    if place == "credentials":
        credentials(healthy, f"[dev]\n{DEV.lines}")
    else:
        healthy.configure(f"[profile dev]\n{DEV.lines}")
    assert one(healthy, "…MPLE of 'dev'", f"in plaintext in {healthy.home}/.aws/{place}")[0] == "bad"
    done = healthy.run("doctor")
    assert (done.returncode, DEV.secret in done.stdout, DEV.id in done.stdout) == (2, False, False)
    _mark, mend = one(healthy, "in plaintext")
    assert healthy.shell("bash", f"{mend} --force").returncode == 0
    assert statuses(healthy) == 0


def test_copies_beside_the_files_are_found(healthy: House) -> None:
    """An editor's, a person's, the console's download; each mend works."""
    (healthy.config.parent / "credentials~").write_text(f"[dev]\n{DEV.lines}")
    (healthy.config.parent / "keys.csv").write_text(f"Access key ID,Secret access key\n{OPS.id},{OPS.secret}\n")
    for file, name in (("credentials~", ""), ("keys.csv", "ops")):
        mark, mend = one(healthy, f"/{file} has key pairs in plaintext")
        assert mark == "bad"
        assert healthy.shell("bash", f"{mend.replace('NAME', name)} --force").returncode == 0
    assert statuses(healthy) == 0
    assert healthy.run("list", "--credentials").stdout == "base\ndev\nops\n"


def test_a_key_pair_in_the_environment_is_bad(healthy: House) -> None:
    """A session is not, nor is what shellvault itself put there."""
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    assert one(healthy, "…MPLE is in this shell's environment", **given)[0] == "bad"
    assert statuses(healthy, **given) == 2
    assert statuses(healthy, **given, AWS_SESSION_TOKEN="t") == 0  # noqa: S106 - a sample
    for options in ("", "--no-session"):
        done = healthy.shell("bash", f'eval "$(shellvault env base {options})"; shellvault doctor')
        assert done.returncode == 0
        assert "ok    the session of 'base' in this shell is in order\n" in done.stdout


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("export AWS_SECRET_ACCESS_KEY=abc", True),
        ("  set -gx AWS_SECRET_ACCESS_KEY 'abc'", True),
        ("AWS_SECRET_ACCESS_KEY=abc terraform", True),
        ("# export AWS_SECRET_ACCESS_KEY=abc", False),
        ("export AWS_SECRET_ACCESS_KEY=$(pass show x)", False),
        ('export AWS_SECRET_ACCESS_KEY="$KEY"', False),
        ("unset AWS_SECRET_ACCESS_KEY", False),
        ("export AWS_SECRET_ACCESS_KEY=", False),
    ],
)
def test_a_secret_in_a_shells_file_is_bad(healthy: House, line: str, bad: bool) -> None:  # noqa: FBT001
    """With the line's number and not its text; what only mentions it is no finding."""
    (healthy.home / ".bashrc").write_text(f"\n{line}\n")
    found = findings(healthy).get(f"line 2 of {healthy.home}/.bashrc sets AWS_SECRET_ACCESS_KEY")
    assert (found is not None and found[0] == "bad") is bad


def test_caches_of_the_aws_cli_are_noted(healthy: House) -> None:
    """They end by themselves, so status is 0."""
    for folder in ("sso", "cli"):
        path = healthy.config.parent / folder / "cache" / "abc.json"
        path.parent.mkdir(parents=True)
        path.write_text('{"accessToken": "t"}')
    assert one(healthy, "sign-in tokens in plaintext (1 in") == ("note", "aws sso logout")
    assert one(healthy, "sessions in plaintext (1 in") == ("note", "rm -r ~/.aws/cli/cache")
    assert statuses(healthy) == 0


@pytest.mark.parametrize(
    ("file", "mode", "said"),
    [("credentials", 0o644, "read"), ("config", 0o666, "write"), (".", 0o777, "write"), ("config", 0o644, "")],
)
def test_files_that_others_may_touch_are_noted(healthy: House, file: str, mode: int, said: str) -> None:
    """Reading a config file gives nothing away; writing it starts programs."""
    credentials(healthy, "")
    path = healthy.config.parent / file
    path.chmod(mode)
    found = [value for what, value in findings(healthy).items() if what.startswith("others may")]
    assert [mark for mark, _mend in found] == (["note"] if said else [])
    if said:
        assert one(healthy, f"others may {said} ", f"(mode {mode:o})")
        healthy.shell("bash", found[0][1])
        assert not [what for what in findings(healthy) if what.startswith("others may")]
