"""`doctor`: finds each problem, says what fixes it, and changes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shellvault.core.record import Record
from tests.commands.plaintext import DEV, OPS, write_credentials

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

FIX = "      -> "


class DoctorResult(Record):
    """The exit status of one run, and each finding's state and fix by its message."""

    status: int
    findings: dict[str, tuple[str, str]]

    def find(self, *words: str) -> tuple[str, str]:
        """Return state and fix of the one finding whose message contains these words."""
        (found,) = (value for message, value in self.findings.items() if all(word in message for word in words))
        return found

    def find_states(self, words: str) -> list[str]:
        """Return the states of the findings whose messages begin with these words."""
        return [state for message, (state, _fix) in self.findings.items() if message.startswith(words)]


def run_doctor(sandbox: Sandbox, **environ: str) -> DoctorResult:
    """Run `doctor --json`."""
    done = sandbox.run("doctor", "--json", **environ)
    assert "Traceback" not in done.stderr
    found = {one["message"]: (one["state"], one["fix"] or "") for one in json.loads(done.stdout)}
    return DoctorResult(done.returncode, found)


def test_several_names_for_one_key_pair_are_warned_of(healthy: Sandbox) -> None:
    """This includes a name in another vault, where `rotate` cannot replace the key pair."""
    shared = healthy.aws.world.user("alice").access_key()
    for name in ("dev", "default"):
        healthy.add(name, shared, "--no-config")
    found = run_doctor(healthy).find(f"the key pair …{shared.id[-4:]} is stored as 'dev', 'default': rotating one")
    assert found == ("warn", "")
    index = healthy.vault / "index"
    line = next(line for line in index.read_text().splitlines() if line.endswith(" dev"))
    index.write_text(index.read_text().replace(line, line.replace("sealed", "keychain", 1)))
    found = run_doctor(healthy).find("is stored as 'default', and in another vault as 'dev' (keychain)")
    assert found == ("warn", "after rotate, store the new key pair there, or remove it")


def test_a_healthy_setup_has_no_problems(healthy: Sandbox) -> None:
    """Everything is checked, and the status is 0; the text has one line for each finding, with its fix below."""
    found = run_doctor(healthy).findings
    assert {state for state, _fix in found.values()} == {"ok", "warn"}
    assert [message for message, (state, _fix) in found.items() if state == "warn"] == [
        f"credentials come from {healthy.aws.url}, not from AWS"
    ]
    for part in ("sealed vault", "kernel keyring", "plaintext", "profile", "'s clock", "hook"):
        assert any(part in message for message in found)
    done = healthy.run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(line.startswith(("ok    ", "warn  ", FIX)) for line in done.stdout.splitlines())


def test_json_has_the_same_keys_for_every_finding(healthy: Sandbox) -> None:
    """A fix that does not exist is null."""
    found = json.loads(healthy.run("doctor", "--json").stdout)
    assert {tuple(each) for each in found} == {("check", "state", "message", "fix")}
    checks = ["vault", "agent", "plaintext", "profiles", "clock", "key age", "credentials", "hook"]
    assert list(dict.fromkeys(each["check"] for each in found)) == checks
    assert {each["fix"] for each in found if each["state"] == "ok"} == {None}


def test_a_section_under_two_headers_is_warned_of(healthy: Sandbox) -> None:
    """Quotes make no other name, and `default` needs no kind; some programs use the first section, some the last."""
    healthy.configure('[profile "role"]\nregion = x\n[default]\nregion = x\n[profile default]\nregion = y\n')
    found = run_doctor(healthy)
    assert found.find('[profile role] and [profile "role"] are one section; only the last counts')[0] == "warn"
    assert found.find("[default] and [profile default] are one section; only the last counts")[0] == "warn"


def test_the_quota_of_the_kernel_keyring_is_shown(healthy: Sandbox) -> None:
    """In percent."""
    assert run_doctor(healthy).find("sessions are cached in the kernel keyring; ", "% of your quota")[0] == "ok"


def test_findings_are_harmless_on_a_terminal(healthy: Sandbox) -> None:
    """A config file can come from anywhere, and its escape sequences would act on the terminal."""
    healthy.configure("[profile a\x1b[31m]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = \x1b[8mb\n")
    shown = healthy.run("doctor").stdout
    assert "'a?[31m'" in shown
    assert "-> shellvault add '?[8mb'" in shown
    assert shown.replace("\n", "").isprintable()


def test_doctor_changes_nothing(healthy: Sandbox) -> None:
    """AWS gets one call without credentials, and every file stays as it was, once the age of each key pair is known."""
    healthy.run("doctor")
    first = [call.action for call in healthy.aws.world.calls]
    before = {path: path.read_bytes() for path in healthy.files()}
    healthy.run("doctor")
    assert {path: path.read_bytes() for path in healthy.files()} == before
    second = [(call.action, call.access_key_id) for call in healthy.aws.world.calls[len(first) :]]
    assert (first, second) == (["GetCallerIdentity", "ListAccessKeys"], [("GetCallerIdentity", "")])


def test_doctor_uses_no_key_of_a_locked_vault(healthy: Sandbox) -> None:
    """Although a passphrase is at hand: nothing is unlocked."""
    healthy.run("lock")
    before = {path: path.read_bytes() for path in healthy.files()}
    healthy.run("doctor")
    assert {path: path.read_bytes() for path in healthy.files()} == before
    assert [(call.action, call.access_key_id) for call in healthy.aws.world.calls] == [("GetCallerIdentity", "")]


@pytest.mark.parametrize("place", ["credentials", "config"])
def test_a_key_pair_in_plaintext_fails(healthy: Sandbox, place: str) -> None:
    """Status 2; the output contains neither the id nor the secret, and the fix works."""
    if place == "credentials":
        write_credentials(healthy, f"[dev]\n{DEV.lines}")
    else:
        healthy.configure(f"[profile dev]\n{DEV.lines}")
    found = run_doctor(healthy)
    state, fix = found.find("…MPLE of 'dev'", f"in plaintext in {healthy.home}/.aws/{place}")
    assert (found.status, state) == (2, "fail")
    done = healthy.run("doctor")
    assert (done.returncode, DEV.secret in done.stdout, DEV.id in done.stdout) == (2, False, False)
    assert healthy.shell("bash", f"{fix} --force").returncode == 0
    assert run_doctor(healthy).status == 0


def test_copies_of_the_files_are_found(healthy: Sandbox) -> None:
    """An editor's backup and the console's download; each fix works."""
    (healthy.config.parent / "credentials~").write_text(f"[dev]\n{DEV.lines}")
    (healthy.config.parent / "keys.csv").write_text(f"Access key ID,Secret access key\n{OPS.id},{OPS.secret}\n")
    found = run_doctor(healthy)
    for file, name in (("credentials~", ""), ("keys.csv", "ops")):
        state, fix = found.find(f"/{file} has key pairs in plaintext")
        assert state == "fail"
        assert healthy.shell("bash", f"{fix.replace('NAME', name)} --force").returncode == 0
    assert run_doctor(healthy).status == 0
    assert healthy.run("list", "--credentials").stdout == "base\ndev\nops\n"


def test_a_key_pair_in_the_environment_fails(healthy: Sandbox) -> None:
    """A session is not, nor is a key pair that shellvault put there."""
    given = {"AWS_ACCESS_KEY_ID": DEV.id, "AWS_SECRET_ACCESS_KEY": DEV.secret}
    found = run_doctor(healthy, **given)
    assert (found.status, found.find("…MPLE is in this shell's environment")[0]) == (2, "fail")
    assert run_doctor(healthy, **given, AWS_SESSION_TOKEN="t").status == 0  # noqa: S106 - a sample
    for options in ("", "--no-session"):
        done = healthy.shell("bash", f'eval "$(shellvault env base {options})"; shellvault doctor')
        assert done.returncode == 0
        assert "ok    the session of 'base' in this shell is up to date\n" in done.stdout


@pytest.mark.parametrize(
    ("line", "states"),
    [
        ("export AWS_SECRET_ACCESS_KEY=abc", ["fail"]),
        ("  set -gx AWS_SECRET_ACCESS_KEY 'abc'", ["fail"]),
        ("AWS_SECRET_ACCESS_KEY=abc terraform", ["fail"]),
        ("# export AWS_SECRET_ACCESS_KEY=abc", []),
        ("export AWS_SECRET_ACCESS_KEY=$(pass show x)", []),
        ('export AWS_SECRET_ACCESS_KEY="$KEY"', []),
        ("unset AWS_SECRET_ACCESS_KEY", []),
        ("export AWS_SECRET_ACCESS_KEY=", []),
    ],
)
def test_a_secret_in_a_shell_file_fails(healthy: Sandbox, line: str, states: list[str]) -> None:
    """The message has the number of the line, not its text; mentioning the variable is fine."""
    (healthy.home / ".bashrc").write_text(f"\n{line}\n")
    assert run_doctor(healthy).find_states(f"line 2 of {healthy.home}/.bashrc sets AWS_SECRET_ACCESS_KEY") == states


def test_the_aws_clis_caches_are_warned_of(healthy: Sandbox) -> None:
    """Their contents expire, so the status is 0."""
    for folder in ("sso", "cli"):
        path = healthy.config.parent / folder / "cache" / "abc.json"
        path.parent.mkdir(parents=True)
        path.write_text('{"accessToken": "t"}')
    found = run_doctor(healthy)
    assert found.find("sign-in tokens in plaintext (1 in") == ("warn", "aws sso logout")
    assert found.find("sessions in plaintext (1 in") == ("warn", "rm -r ~/.aws/cli/cache")
    assert found.status == 0


@pytest.mark.parametrize(
    ("file", "mode", "verb"),
    [("credentials", 0o644, "read"), ("config", 0o666, "write"), (".", 0o777, "write")],
)
def test_files_that_others_may_read_or_write_are_warned_of(healthy: Sandbox, file: str, mode: int, verb: str) -> None:
    """The fix works."""
    write_credentials(healthy, "")
    (healthy.config.parent / file).chmod(mode)
    state, fix = run_doctor(healthy).find(f"other users may {verb} ", f"(mode {mode:o})")
    assert (state, healthy.shell("bash", fix).returncode) == ("warn", 0)
    assert run_doctor(healthy).find_states("other users may") == []


def test_a_config_file_may_be_readable(healthy: Sandbox) -> None:
    """It contains no secret; only writing it would let others start programs."""
    healthy.config.chmod(0o644)
    assert run_doctor(healthy).find_states("other users may") == []


def test_a_broken_config_file_is_reported_once(healthy: Sandbox) -> None:
    """As a failure, with the line and what to write there."""
    healthy.configure("[profile dev\nregion = x\n")
    line = healthy.config.read_text().splitlines().index("[profile dev") + 1
    result = run_doctor(healthy)
    found = result.find(f"{healthy.config}:{line}: the header [profile dev has no closing bracket")
    assert (result.status, found) == (2, ("fail", f"edit line {line}: write [profile dev]"))


def test_profiles_without_credentials_are_counted_separately(healthy: Sandbox) -> None:
    """A profile with only settings, such as a region, is not a mistake."""
    everything = run_doctor(healthy)
    assert everything.find("all 2 profiles have a source of credentials (none was tried)") == ("ok", "")
    healthy.configure("[profile a]\nregion = x\n[profile b]\noutput = json\n[default]\nregion = x\n")
    told = "2 of 5 profiles have a source of credentials (none was tried); 3 have only settings"
    assert run_doctor(healthy).find(told) == ("ok", "")


@pytest.mark.parametrize(
    ("body", "kind"), [("", "is empty"), ("mfa_serial = arn:aws:iam::111122223333:mfa/me\n", "has an mfa_serial")]
)
def test_a_profile_left_by_a_removed_key_pair_is_warned_of(healthy: Sandbox, body: str, kind: str) -> None:
    """It looks as `add` writes it, and its key pair is neither in the vault nor in plaintext."""
    healthy.configure(f"[profile 'two words']\n{body}")
    found = run_doctor(healthy).find(f"profile 'two words' {kind}, and no key pair is stored for it")
    assert found == ("warn", "shellvault add 'two words', or remove [profile two words] from the config file")
    write_credentials(healthy, f"[two words]\n{DEV.lines}")
    assert run_doctor(healthy).find_states("profile 'two words'") == []


@pytest.mark.parametrize(
    ("header", "message", "fix"),
    [
        ("dev2", "[dev2] in the config file is not a profile", "change its header to [profile dev2]"),
        ("profile o'brien", "the AWS CLI ignores the section [profile o'brien]", '[profile "o\'brien"]'),
        ("profile team dev", "the AWS CLI ignores the section [profile team dev]", "[profile 'team dev']"),
        ("sso-session my corp", "the AWS CLI ignores the section [sso-session my corp]", "[sso-session 'my corp']"),
    ],
)
def test_a_section_not_read_as_a_profile_is_warned_of(healthy: Sandbox, header: str, message: str, fix: str) -> None:
    """The fix gives the correct header. Other programs' sections are left alone."""
    healthy.configure(f"[{header}]\nregion = x\n[plugins]\ncli_legacy_plugin_path = x\n")
    result = run_doctor(healthy)
    state, found = result.find(message)
    assert (state, found.endswith(fix), result.find_states("[plugins]")) == ("warn", True, [])


def test_a_plaintext_key_pair_that_differs_from_the_stored_one_is_reported(healthy: Sandbox) -> None:
    """Importing it would fail, so the fix lists the choices; the first one works."""
    write_credentials(healthy, f"[base]\n{DEV.lines}")
    state, fix = run_doctor(healthy).find("…MPLE of 'base' is in plaintext", "another key pair is stored as 'base'")
    assert (state, fix.endswith(f"to keep it, remove the lines from {healthy.home}/.aws/credentials")) == ("fail", True)
    command = fix.removeprefix("to replace the stored one: ").partition(";")[0]
    assert healthy.shell("bash", command).returncode == 0
    assert run_doctor(healthy).find_states("the key pair …MPLE of") == []
