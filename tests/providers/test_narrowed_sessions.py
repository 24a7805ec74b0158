"""Narrowed sessions: AWS refuses what the scope does not allow, and a narrow and a wide one never serve each other."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.providers.test_roles_without_profiles import environment_after

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.sso import Sso
    from tests.sandbox import Sandbox

ACCOUNT = "111122223333"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/team/parameters"
READ_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssm:Get*", "Resource": "*"}]}
PROGRAM = (
    sys.executable,
    "-c",
    """
import boto3
ssm = boto3.client("ssm", region_name="eu-west-1")
def tried(call, **given):
    try:
        call(**given)
        return "yes"
    except ssm.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
print(tried(ssm.get_parameter, Name="/app/url"), tried(ssm.put_parameter, Name="/app/url", Value="b", Overwrite=True))
""",
)
NARROW, WIDE = "yes AccessDeniedException\n", "yes yes\n"


@pytest.fixture
def reader(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a role `ops` over the key pair `base`, and a parameter that both may read and write."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure("region = eu-west-1\n")
    arn = sandbox.aws.world.role("ops").arn
    sandbox.configure(f"[profile ops]\nrole_arn = {arn}\nsource_profile = base\nregion = eu-west-1\n")
    made = sandbox.run("exec", "base", "--", *PROGRAM[:2], PROGRAM[2].replace(", Overwrite=True", ", Type='String'"))
    assert made.stdout.endswith("yes\n"), made.stderr
    return sandbox


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """Return a file with a policy."""
    file = tmp_path / "only get.json"
    file.write_text(json.dumps(READ_ALL, indent=4))
    return str(file)


def run(sandbox: Sandbox, *words: str, **extra: str) -> str:
    """Return what the program may do under `exec` with these words; anything else is an error."""
    done = sandbox.run("exec", *words, "--", *PROGRAM, **extra)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_narrow_and_a_wide_session_never_serve_each_other(reader: Sandbox, policy: str) -> None:
    """Each scope has a session of its own in the cache, and the same scope shares one."""
    for words in (("--read-only",), (), ("--read-only",), ("--policy", policy), ()):
        assert run(reader, "ops", *words) == (NARROW if words else WIDE)
    assert reader.aws.world.count("AssumeRole") == 3
    shown = json.loads(reader.run("list", "--json", "ops").stdout)[0]
    assert shown["scope"] in (None, "ro", "only get")


@pytest.mark.parametrize("words", [("--read-only",), ("--policy-arn", OWN), ("--policy",)])
@pytest.mark.parametrize("profile", ["ops", "base"])
def test_roles_and_key_pairs_are_narrowed(reader: Sandbox, policy: str, profile: str, words: tuple[str, ...]) -> None:
    """A key pair by GetFederationToken: a notice says what it cannot call."""
    reader.aws.world.managed_policy(OWN, json.dumps(READ_ALL))
    given = (*words, policy) if words == ("--policy",) else words
    done = reader.run("exec", profile, *given, "--", *PROGRAM)
    assert done.stdout == NARROW, done.stderr
    assert ("call neither IAM nor STS" in done.stderr) == (profile == "base")


def test_a_shell_keeps_its_scope_through_renewal_and_shows_it(reader: Sandbox, policy: str) -> None:
    """`use -` comes back to the narrow session; --unset leaves nothing of it; another `env` of the profile is wide."""
    script = f"""
        eval "$(shellvault env ops --read-only --policy '{policy}')"
        rm '{policy}'
        shellvault clear >&2
        eval "$(shellvault env --refresh)"
        shellvault status --json | grep scope >&2
        [ "$(shellvault doctor | grep -c 'have changed since')" = 0 ]
        eval "$(shellvault env base)"
        [ -z "${{SHELLVAULT_SCOPE-}}" ]
        eval "$(shellvault env -)"
        printf '%s|' "$SHELLVAULT_SCOPE" >&2
        {PROGRAM[0]} -c '{PROGRAM[2]}' >&2
    """
    done = reader.shell("bash", f"set -e; {script}")
    assert '"scope": "ro+only get"' in done.stderr
    assert f"ro+only get|{NARROW}" in done.stderr, done.stderr
    both = 'eval "$(shellvault env ops --read-only)"; eval "$(shellvault env ops)"'
    assert reader.shell("bash", f"{both}; {PROGRAM[0]} -c '{PROGRAM[2]}'").stdout == WIDE


def test_a_profile_may_be_narrow_by_its_settings(reader: Sandbox, policy: str) -> None:
    """An option replaces them; an empty setting is an error, and never the wider session."""
    reader.configure(f"session_policy = {policy}\n")
    assert run(reader, "ops") == NARROW
    found = environment_after(reader, 'eval "$(shellvault env ops)"')
    assert found["SHELLVAULT_SCOPE"] == "only get"
    reader.configure("session_policy_arns =\n")
    done = reader.run("exec", "ops", "--", "true")
    assert (done.returncode, "session_policy_arns of profile 'ops' is empty" in done.stderr) == (2, True)
    done = reader.run("exec", "ops", "--read-only", "--", *PROGRAM)
    assert done.stdout == NARROW, done.stderr


def test_a_role_with_a_web_identity_is_narrowed(reader: Sandbox, tmp_path: Path) -> None:
    """By the parameters of AssumeRoleWithWebIdentity."""
    token = tmp_path / "token"
    token.write_text(reader.aws.world.provider.token("repo:main"))
    arn = reader.aws.world.role("ci", trusts=("web:repo:main",)).arn
    reader.configure(f"[profile ci]\nrole_arn = {arn}\nweb_identity_token_file = {token}\nregion = eu-west-1\n")
    assert [run(reader, "ci", *words) for words in ((), ("--read-only",))] == [WIDE, NARROW]


@pytest.mark.parametrize("profile", ["ops", "base"])
def test_a_console_is_opened_with_the_narrowed_session(reader: Sandbox, profile: str) -> None:
    """The session that signs in is limited by the policy; AWS gives the console no more than that."""
    done = reader.run("login", profile, "--read-only", "--stdout")
    assert done.returncode == 0, done.stderr
    minted = json.loads((reader.vault / "log").read_text().splitlines()[-1])
    credential = reader.aws.world.credential(minted["key_id"])
    assert (minted["scope"], minted["profile"]) == ("ro", profile)
    assert credential is not None
    assert credential.session is not None
    assert credential.session.policies is not None
    assert credential.session.policies.arns == ("arn:aws:iam::aws:policy/ReadOnlyAccess",)


def test_only_the_last_link_of_a_chain_is_narrowed(reader: Sandbox) -> None:
    """A narrowed session below a role could not even assume it."""
    above = reader.aws.world.role("above", trusts=(reader.aws.world.role("ops").arn,)).arn
    reader.configure(f"[profile above]\nrole_arn = {above}\nsource_profile = ops\n")
    assert run(reader, "above", "--read-only") == NARROW


@pytest.mark.usefixtures("sso", "browser")
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("ops", "--policy-arn", ""), 2, "--policy-arn is empty"),
        (("ops", "--policy-arn", OWN, "--policy-arn", ""), 2, "--policy-arn is empty"),
        (("ops", "--policy", ""), 2, "--policy is empty"),
        (("ops", "--policy", "/missing/file"), 2, "--policy: /missing/file cannot be read: No such file"),
        (("ops", "--policy-arn", "ReadOnlyAccess"), 2, "'ReadOnlyAccess' is not the ARN of a managed policy"),
        (
            ("ops", *(f"--policy-arn={OWN}{n}" for n in range(11))),
            2,
            "AWS takes 10 managed policies at most, not 11",
        ),
        (("ops", "--policy-arn", f"{OWN}-gone"), 7, "AWS refused AssumeRole"),
        (("base", "--no-session", "--read-only"), 2, "a key pair itself cannot be narrowed"),
        (("admin", "--read-only"), 2, "AWS cannot narrow the session of 'admin'"),
        (("--process", "ops", "--read-only"), 2, "--process narrows no session"),
    ],
)
def test_what_cannot_be_narrowed_is_refused_and_never_wide(
    reader: Sandbox, sso: Sso, words: tuple[str, ...], status: int, said: str
) -> None:
    """The error names what is wrong; for IAM Identity Center, a role over it is the way."""
    del sso
    done = reader.run("env", "--shell", "bash", *words)
    assert (done.returncode, done.stdout) == (status, "false\n"), done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not an IAM policy"),
        ('{"Version": "2012-10-17"}', "it has no Statement"),
        (json.dumps({"Statement": ["x" * 2048]}), "AWS takes 2,048 at most"),
        ('{"Statement": ["日本"]}', "characters that AWS does not take"),
    ],
)
def test_a_file_that_is_no_session_policy_is_explained(reader: Sandbox, policy: str, text: str, said: str) -> None:
    """Before AWS is asked."""
    with open(policy, "w", encoding="utf-8") as file:  # noqa: PTH123 - a path as a word
        file.write(text)
    calls = reader.aws.world.count("AssumeRole")
    done = reader.run("exec", "ops", "--policy", policy, "--", "true")
    assert done.returncode == 2
    assert said in done.stderr
    assert reader.aws.world.count("AssumeRole") == calls


@pytest.mark.parametrize(
    "change",
    [
        "unset SHELLVAULT_VIA",
        "export SHELLVAULT_VIA=",
        "export SHELLVAULT_VIA=read-only",
        "export SHELLVAULT_VIA=polic=x",
        "export SHELLVAULT_VIA=policy=%7B",
        f"export SHELLVAULT_VIA=policy-arn={OWN}",
    ],
)
def test_a_lost_or_changed_memory_gives_no_session(reader: Sandbox, change: str) -> None:
    """The prompt says `ro`, and a renewal that cannot keep to that fails; --unset still works."""
    done = reader.shell(
        "bash",
        f'eval "$(shellvault env ops --read-only)"; {change}; shellvault clear >&2; '
        "shellvault env --refresh; echo $?; shellvault env --unset --shell bash | head -c 1",
    )
    assert done.stdout == "false\n2\n{", done.stderr


def test_renewal_keeps_what_the_profiles_settings_said(reader: Sandbox, policy: str) -> None:
    """In a shell and behind an endpoint alike, whatever becomes of the setting and the file."""
    reader.configure(f"session_policy = {policy}\n")
    script = f"""
        eval "$(shellvault env ops)"
        sed -i /session_policy/d ~/.aws/config
        shellvault clear >&2
        eval "$(shellvault env --refresh)"
        echo "$SHELLVAULT_SCOPE"
        {PROGRAM[0]} -c '{PROGRAM[2]}'
    """
    done = reader.shell("bash", script)
    assert done.stdout == f"only get\n{NARROW}", done.stderr
    assert run(reader, "ops") == WIDE


def test_a_role_over_a_narrowed_profile_is_narrowed_like_it(reader: Sandbox, policy: str) -> None:
    """Its own settings hold until an option replaces them."""
    above = reader.aws.world.role("above", trusts=(reader.aws.world.role("ops").arn,)).arn
    reader.configure(f"session_policy = {policy}\n")
    assert run(reader, "ops", "--role-arn", above) == NARROW


def test_no_other_policy_is_called_ro(reader: Sandbox, tmp_path: Path) -> None:
    """A prompt that says `ro` must be right; a name without letters is no name."""
    for name, label in (("ro.json", "policy ro"), (" .json", "policy"), ("a\x1b[31mb.json", "a?[31mb")):
        file = tmp_path / name
        file.write_text(json.dumps(READ_ALL))
        found = environment_after(reader, f"eval \"$(shellvault env ops --policy '{file}')\"")
        assert found["SHELLVAULT_SCOPE"] == label


def test_a_variable_narrows(reader: Sandbox) -> None:
    """As every option's does; a switch that is off is no scope."""
    assert run(reader, "ops", SHELLVAULT_READ_ONLY="1") == NARROW
    assert run(reader, "ops", SHELLVAULT_READ_ONLY="0") == WIDE
    done = reader.run("exec", "ops", "--read-only", *(f"--policy-arn={OWN}{n}" for n in range(10)), "--", "true")
    assert (done.returncode, "--read-only is one" in done.stderr) == (2, True)


@pytest.mark.parametrize("setting", ["session_policy_arn", "policy_arns", "read_only"])
def test_a_misspelt_setting_never_gives_the_wide_session(reader: Sandbox, setting: str) -> None:
    """The error says what to write."""
    reader.configure(f"{setting} = {OWN}\n")
    done = reader.run("exec", "ops", "--", *PROGRAM)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {setting} of profile 'ops' narrows nothing\nhint: write session_policy_arns = " in done.stderr


def test_a_key_that_occurs_twice_in_a_policy_is_refused(reader: Sandbox, tmp_path: Path) -> None:
    """Parsers keep one of the two, and it might be the one that allows more."""
    file = tmp_path / "twice.json"
    file.write_text(
        '{"Version":"2012-10-17","Statement":[],"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    )
    done = reader.run("exec", "ops", "--policy", str(file), "--", *PROGRAM)
    assert (done.returncode, done.stdout, "has 'Statement' twice" in done.stderr) == (2, "", True)


def test_a_policy_file_cannot_pass_for_read_only(reader: Sandbox, tmp_path: Path) -> None:
    """Its name is marked as that of a policy, and a long one is shortened."""
    for name, shown in (("ro+x", "policy ro+x"), ("n" * 60, "n" * 39 + "…")):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(READ_ALL))
        found = environment_after(reader, f"eval \"$(shellvault env ops --policy '{file}')\"")
        assert found["SHELLVAULT_SCOPE"] == shown
