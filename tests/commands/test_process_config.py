"""`--process`: programs ask shellvault for each profile's credentials; the environment holds no secret."""

from __future__ import annotations

import configparser
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.system.file_lock import FileLock
from tests.commands.role_profiles import add_mfa_role
from tests.commands.shell_syntax import SNAPSHOT, parse_snapshots, write_eval, write_snapshot_script
from tests.sandbox import SESSION_NAME, SHELLVAULT, TIME_LIMIT, aws_cli, parse_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.sandbox import Sandbox

ROLE = "arn:aws:sts::111122223333:assumed-role"
ALICE = "arn:aws:iam::111122223333:user/alice"
QUERY = ("sts", "get-caller-identity", "--output", "text", "--query", "Arn")
BOTO3 = "import sys, boto3; print(boto3.Session(profile_name=sys.argv[1]).client('sts').get_caller_identity()['Arn'])"
OTHERS = """\
[default]
output = text
region = eu-north-1
include_profile = guarded
[profile 'odd name']
source_profile = base
role_arn = {odd}
s3 =
  addressing_style = path
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Viewer
region = eu-central-1
[profile 'own program']
credential_process = {program}
[profile plain]
cli_pager = cat
[profile broken]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = nowhere
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
[services lan]
s3 =
  endpoint_url = http://minio.lan:9000
"""
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
UNPRIVILEGED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.getuid() == 0 else ()
"""What starts a program as other users start it: root may write to every file."""
ASKING = ("base", "guarded", "default", "odd name", "sso", "own program", "stored only")


@pytest.fixture
def full(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with many kinds of profiles; the one MFA code it needs has been given."""
    device = add_mfa_role(sandbox, "region = eu-west-1")
    odd = sandbox.aws.world.role("odd").arn
    key = sandbox.aws.world.user("alice").access_key()
    program = f"echo '{json.dumps({'Version': 1, 'AccessKeyId': key.id, 'SecretAccessKey': key.secret})}'"
    script = sandbox.home / "program"
    script.write_text(f"#!/bin/sh\n{program}\n")
    script.chmod(0o700)
    sandbox.configure(OTHERS.format(odd=odd, program=script))
    sandbox.add("stored only", key, "--no-config")
    done = sandbox.run("exec", "guarded", "--mfa-token", device.next_code(), "--", "true")
    assert done.returncode == 0, done.stderr
    return sandbox


def enter(sandbox: Sandbox, words: str = "", **extra: str) -> dict[str, str]:
    """Return a shell's environment after `env --process`."""
    done = sandbox.shell("bash", f'eval "$(shellvault env --process {words})" && env -0', **extra)
    assert done.returncode == 0, done.stderr
    return dict(parse_environment(done.stdout))


def parse(file: str | Path) -> dict[str, dict[str, str]]:
    """Return a file's sections, as botocore's parser reads them."""
    parser = configparser.RawConfigParser()
    parser.read(file)
    return {name: dict(parser[name]) for name in parser.sections()}


def header(name: str) -> str:
    """Return the header of a profile's section, quoted for botocore."""
    return name if name == "default" else f"profile '{name}'" if " " in name else f"profile {name}"


def ask(sandbox: Sandbox, shell: dict[str, str], *words: str) -> str:
    """Return what a program prints in this shell, or its errors."""
    done = sandbox.command(["env", *(f"{name}={value}" for name, value in shell.items()), *words])
    return done.stdout.strip() or done.stderr


def test_every_profile_works_in_every_program(full: Sandbox) -> None:
    """With the AWS CLI, by variable and by option, and with boto3; MFA profiles share one session and one code."""
    shell = enter(full, "guarded")
    given = {"AWS_DEFAULT_REGION": "eu-west-1"}
    assert ask(full, shell, aws_cli(), *QUERY) == f"{ROLE}/guarded/{SESSION_NAME}"
    assert ask(full, shell, aws_cli(), "--profile", "default", *QUERY) == f"{ROLE}/guarded/{SESSION_NAME}"
    assert ask(full, {**shell, **given, "AWS_PROFILE": "base"}, aws_cli(), *QUERY) == ALICE
    for name, arn in (("odd name", f"{ROLE}/odd/{SESSION_NAME}"), ("own program", ALICE), ("stored only", ALICE)):
        assert ask(full, {**shell, **given}, sys.executable, "-c", BOTO3, name) == arn
    tokens = [call for call in full.aws.world.calls if call.action == "GetSessionToken"]
    assert len(tokens) == 3, "one with the code, and one for each of the two key pairs"
    assert shell["AWS_PROFILE"] == "guarded"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_no_secret_enters_the_shell_and_unset_restores_it(full: Sandbox, shell: str) -> None:
    """Keys, profile and file variables that the user had set come back."""
    own = {
        "AWS_CONFIG_FILE": str(full.config),
        "AWS_PROFILE": "plain",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "mine",
        "AWS_REGION": "eu-south-1",
    }
    script = write_snapshot_script(write_eval(shell, "--process guarded"), SNAPSHOT, write_eval(shell, "--unset"))
    before, inside, after = parse_snapshots(full.shell(shell, script, **own).stdout)
    assert after == before
    assert "AWS_ACCESS_KEY_ID" not in inside
    assert "mine" not in "\n".join(inside.values())
    assert not _leaks(full, inside)
    assert inside["AWS_REGION"] == "eu-south-1"
    assert not {"AWS_ACCOUNT_ID", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & set(inside)


def test_generated_config_keeps_everything_else(full: Sandbox) -> None:
    """Profiles that ask keep no setting that an SDK would prefer. Sections and other settings are unchanged."""
    shell = enter(full)
    own, made = parse(full.config), parse(shell["AWS_CONFIG_FILE"])
    asking = {header(name) for name in ASKING}
    profiles = {name for name in own if not name.startswith(("services", "sso-"))}
    assert set(made) == profiles | {"services lan", "sso-session corp", header("stored only")}
    for section in set(own) & set(made) - asking:
        assert made[section] == own[section]
    kept = {section: {key for key in made[section] if key != "credential_process"} for section in asking}
    assert kept == {
        "default": {"output", "region"},
        "profile base": set(),
        "profile guarded": {"region"},
        "profile 'odd name'": {"s3"},
        "profile sso": {"region"},
        "profile 'own program'": set(),
        "profile 'stored only'": set(),
    }
    assert all(" -m shellvault exec " in made[section]["credential_process"] for section in asking)
    assert made["default"]["region"] == "eu-north-1"


def test_included_settings_are_written_out(full: Sandbox) -> None:
    """SDKs do not follow include_profile."""
    full.configure("[profile child]\ninclude_profile = guarded\n")
    made = parse(enter(full)["AWS_CONFIG_FILE"])["profile child"]
    assert (made["region"], set(made)) == ("eu-west-1", {"region", "credential_process"})


def test_a_wrong_include_is_told_to_whoever_uses_that_profile(full: Sandbox) -> None:
    """All others work. What should have been included might have narrowed the session, so none comes without it."""
    odd = full.aws.world.role("odd").arn
    full.configure(f"[profile astray]\ninclude_profile = nosuch\nrole_arn = {odd}\nsource_profile = base\n")
    full.configure("[profile ring]\ninclude_profile = loop\n[profile loop]\ninclude_profile = ring\noutput = json\n")
    shell = enter(full, "guarded")
    assert ask(full, shell, aws_cli(), *QUERY) == f"{ROLE}/guarded/{SESSION_NAME}"
    said = ask(full, shell, aws_cli(), "--profile", "astray", *QUERY)
    assert "error: profile 'astray' names include_profile 'nosuch', which is not in the config file" in said
    made = parse(shell["AWS_CONFIG_FILE"])
    assert (set(made["profile astray"]), made["profile loop"]["output"]) == ({"credential_process"}, "json")
    done = full.command(["sh", "-c", made["profile ring"]["credential_process"]])
    assert (done.returncode, "error: include_profile loops: ring -> loop -> ring" in done.stderr) == (2, True)


def test_without_a_name_the_users_own_profile_stays(full: Sandbox) -> None:
    """No profile is selected by shellvault."""
    shell = enter(full, AWS_PROFILE="odd name", AWS_VAULT="", AWS_DEFAULT_REGION="eu-west-1")
    assert (shell["AWS_PROFILE"], "SHELLVAULT_PROFILE" in shell) == ("odd name", False)
    assert ask(full, shell, aws_cli(), *QUERY) == f"{ROLE}/odd/{SESSION_NAME}"
    assert "AWS_PROFILE" not in enter(full)


def test_region_is_exported_only_on_request(full: Sandbox) -> None:
    """The previous session's region is removed, so that each profile uses its own."""
    script = 'eval "$(shellvault env guarded)"; eval "$(shellvault env --process guarded)"; env -0'
    assert "AWS_REGION" not in parse_environment(full.shell("bash", script).stdout)
    assert enter(full, "guarded --region us-west-2")["AWS_REGION"] == "us-west-2"


def test_a_session_and_process_mode_replace_each_other(full: Sandbox) -> None:
    """Neither leaves a trace of the other, and `env -` goes back."""
    lines = ("guarded", "--process base", "-", "--unset")
    script = write_snapshot_script(*(line for words in lines for line in (write_eval("bash", words), SNAPSHOT)))
    before, session, process, back, after = parse_snapshots(full.shell("bash", script).stdout)[:5]
    assert (process["SHELLVAULT_PROFILE"], "SHELLVAULT_EXPIRES_AT" in process) == ("base", False)
    assert "AWS_CONFIG_FILE" in process
    assert (back["SHELLVAULT_PROFILE"], "AWS_CONFIG_FILE" in back) == ("guarded", False)
    assert back["AWS_ACCESS_KEY_ID"] == session["AWS_ACCESS_KEY_ID"]
    assert after == before


@pytest.mark.parametrize("words", [("guarded",), ()])
def test_exec_can_run_a_program_in_process_mode(full: Sandbox, words: tuple[str, ...]) -> None:
    """The program gets no secret, and no profile unless one was named."""
    done = full.run("exec", "--process", *words, "--", aws_cli(), *QUERY)
    assert done.stdout.strip() == f"{ROLE}/guarded/{SESSION_NAME}", done.stderr
    seen = parse_environment(full.run("exec", "--process", *words, "--", "env", "-0").stdout)
    assert not _leaks(full, seen)
    assert seen.get("AWS_PROFILE") == (words[0] if words else None)


def test_program_that_asks_can_open_a_locked_vault(full: Sandbox) -> None:
    """It inherits the passphrase file, since nobody may be there to type when it asks."""
    script = f"shellvault lock; shellvault clear base; {aws_cli()} {' '.join(QUERY)}"
    done = full.run("exec", "--process", "base", "--", "sh", "-c", script, AWS_DEFAULT_REGION="eu-west-1")
    assert done.stdout.splitlines()[-1:] == [ALICE], done.stderr


def test_shell_in_exec_gets_the_users_files_back(full: Sandbox) -> None:
    """`--unset` restores them, as it does outside `exec`."""
    own = {"AWS_CONFIG_FILE": str(full.config), "AWS_SHARED_CREDENTIALS_FILE": str(full.home / "keys")}
    (full.home / "keys").write_text(f"[guarded]\n{KEYS}")
    script = 'echo "$AWS_SHARED_CREDENTIALS_FILE"; eval "$(shellvault env --unset)"; env -0'
    done = full.run("exec", "--process", "--", "bash", "--norc", "-c", script, **own)
    hidden, _line_end, left = done.stdout.partition("\n")
    assert hidden != own["AWS_SHARED_CREDENTIALS_FILE"]
    assert {name: parse_environment(left).get(name) for name in own} == own


def test_exec_process_prints_no_json(full: Sandbox) -> None:
    """The two options contradict each other."""
    done = full.run("exec", "guarded", "--process", "--json")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    "words", [("exec", "--process", "raeder", "--", "true"), ("env", "--process", "raeder", "--shell", "bash")]
)
def test_unknown_profile_is_an_error(full: Sandbox, words: tuple[str, ...]) -> None:
    """It comes before anything is exported, and suggests the closest name."""
    done = full.run(*words)
    assert (done.returncode, "error: no profile or key pair is named 'raeder'" in done.stderr) == (3, True)


def test_generated_config_is_updated_when_a_program_asks(full: Sandbox) -> None:
    """With a new profile, a new key pair, and a changed setting. Without changes, it is not written."""
    shell = enter(full, "guarded")
    text = full.config.read_text().replace("output = text", "output = json")
    full.config.write_text(f"{text}[profile new]\ninclude_profile = guarded\n")
    full.run("add", "newer", "--env", "--no-config", **_key(full))
    assert ask(full, shell, aws_cli(), *QUERY) == f"{ROLE}/guarded/{SESSION_NAME}"
    made = parse(shell["AWS_CONFIG_FILE"])
    assert {"profile new", "profile newer"} <= set(made)
    assert made["default"]["output"] == "json"
    before = Path(shell["AWS_CONFIG_FILE"]).stat().st_ino
    assert ask(full, shell, aws_cli(), *QUERY) == f"{ROLE}/guarded/{SESSION_NAME}"
    assert Path(shell["AWS_CONFIG_FILE"]).stat().st_ino == before, "written though nothing had changed"


def test_a_change_while_another_shell_writes_the_file_is_not_lost(full: Sandbox) -> None:
    """A profile that was added after the config file was read asks too."""
    made = enter(full)["AWS_CONFIG_FILE"]
    with FileLock(f"{made}.lock"):
        argv = [SHELLVAULT, "env", "--process", "--shell", "bash"]
        waiting = subprocess.Popen(argv, env=full.env, stdout=subprocess.DEVNULL)
        time.sleep(2)  # if it is slower than that, the test shows nothing, but does not fail
        full.configure("[profile late]\nsource_profile = base\n")
    assert waiting.wait(TIME_LIMIT) == 0
    assert "credential_process" in parse(made)["profile late"]


def test_a_line_in_the_profile_of_the_login_reaches_programs_of_the_desktop(full: Sandbox) -> None:
    """There is no terminal and no shell around them, and each names the profile that it wants."""
    path = Path(sys.executable).parent
    (full.home / ".profile").write_text(f'PATH={path}:$PATH\neval "$(shellvault env --process --shell sh)"\n')
    done = full.command(["dash", "-l", "-c", f'exec {sys.executable} -c "$0" "$@"', BOTO3, "guarded"])
    assert done.stdout == f"{ROLE}/guarded/{SESSION_NAME}\n", done.stderr
    assert full.command(["dash", "-l", "-c", "printenv AWS_ACCESS_KEY_ID AWS_PROFILE"]).stdout == ""


def test_a_session_on_top_of_every_profile_gives_way_to_it_again(full: Sandbox) -> None:
    """`off` restores what was there: programs ask for each profile, as a line in ~/.profile wants; then, nothing."""
    show = "printf '%s ' \"${AWS_CONFIG_FILE:+asks}:${AWS_ACCESS_KEY_ID:+keys}:${SHELLVAULT_PROFILE-}\""
    steps = ("--process", "base", "guarded", "--unset", "base", "--unset", "--unset")
    script = "; ".join(f'eval "$(shellvault env {words})"; {show}' for words in steps)
    done = full.shell("bash", script)
    expected = "asks:: :keys:base :keys:guarded asks:: :keys:base asks:: ::"
    assert done.stdout.split() == expected.split(), done.stderr


def test_a_pipe_as_config_file_is_refused(full: Sandbox) -> None:
    """Programs that ask would find it empty. A device is read as empty each time."""
    script = "AWS_CONFIG_FILE=<(echo '[profile base]') shellvault exec --process base -- true"
    done = full.shell("bash", script)
    assert (done.returncode, "is a pipe" in done.stderr) == (2, True)
    assert full.run("exec", "--process", "base", "--", "true", AWS_CONFIG_FILE="/dev/null").returncode == 0


def test_a_current_config_on_a_read_only_file_system_is_used(full: Sandbox) -> None:
    """One that would have to change is an error."""
    enter(full)
    folder = full.vault / "profiles"
    script = f'mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && exec "$@"'
    shut = ["unshare", "-Urm", "sh", "-c", script, "sh", SHELLVAULT, "exec", "--process", "guarded", "--", "true"]
    assert full.command(shut).returncode == 0
    full.configure("[profile new]\nregion = eu-west-1\n")
    done = full.command(shut)
    assert (done.returncode, "Read-only file system" in done.stderr) == (5, True)


def test_new_endpoints_of_an_untrusted_file_do_not_reach_programs(full: Sandbox) -> None:
    """They get into the generated file neither when the hook refreshes it nor when a program asks."""
    other = full.home / "project"
    other.write_text("[profile base]\nregion = eu-west-1\n")
    shell = _ours(enter(full, AWS_CONFIG_FILE=str(other)))
    made = Path(shell["AWS_CONFIG_FILE"])
    other.write_text("[profile base]\nregion = eu-west-1\nendpoint_url = https://evil.example\n")
    full.run("exec", "base", "--json", "--no-input", **shell)
    done = full.run("env", "--process", "--refresh", "--shell", "bash", **shell)
    assert (done.returncode, done.stdout, f"shellvault trust {other}" in done.stderr) == (2, "false\n", True)
    assert "evil" not in made.read_text()


def test_a_hook_can_have_the_config_regenerated(full: Sandbox) -> None:
    """Afterwards the generated file is always newer than the user's, even if that is dated in the future."""
    shell = enter(full)
    made, own = Path(shell["AWS_CONFIG_FILE"]), Path(shell["SHELLVAULT_CONFIG_FILE"])
    assert made.stat().st_mtime > own.stat().st_mtime
    full.configure("[profile new]\nregion = eu-west-1\n")
    os.utime(own, (4_000_000_000, 4_000_000_000))
    assert made.stat().st_mtime < own.stat().st_mtime
    done = full.run("env", "--process", "--refresh", "--shell", "bash", **_ours(shell))
    assert (done.returncode, done.stdout, done.stderr) == (0, "true\n", "")
    assert "profile new" in parse(made)
    assert made.stat().st_mtime > own.stat().st_mtime


def test_a_failed_refresh_keeps_the_file_and_is_not_repeated(full: Sandbox) -> None:
    """It is tried again when the user's file changes. A program that asks tries in any case."""
    shell = enter(full)
    made, own = Path(shell["AWS_CONFIG_FILE"]), Path(shell["SHELLVAULT_CONFIG_FILE"])
    before = made.read_text()
    own.rename(f"{own}.away")
    own.mkdir()
    os.utime(own, (4_000_000_000, 4_000_000_000))
    done = full.run("env", "--process", "--refresh", "--shell", "bash", **_ours(shell))
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"cannot read {own}" in done.stderr
    assert made.read_text() == before
    assert made.stat().st_mtime > own.stat().st_mtime


def test_refresh_needs_a_shell_in_process_mode(full: Sandbox) -> None:
    """Other shells have no generated file."""
    done = full.run("env", "--process", "--refresh", "--shell", "bash")
    assert (done.returncode, done.stdout) == (2, "false\n")


def test_the_aws_cli_does_not_write_what_would_be_lost(full: Sandbox) -> None:
    """`aws configure` fails, because shellvault makes the generated file again."""
    found = enter(full)
    file = Path(found["AWS_CONFIG_FILE"])
    before = file.read_bytes()
    done = full.command([*UNPRIVILEGED, aws_cli(), "configure", "set", "region", "eu-north-1"], **found)
    assert done.returncode != 0
    assert "Permission denied" in done.stderr
    assert file.read_bytes() == before


def test_two_config_files_do_not_mix(full: Sandbox) -> None:
    """Each has its own generated file, which only its owner can read."""
    other = full.home / "other config"
    other.write_text("[profile elsewhere]\nregion = eu-west-1\n")
    first, second = enter(full), enter(full, AWS_CONFIG_FILE=str(other))
    assert "profile guarded" in parse(first["AWS_CONFIG_FILE"])
    assert "profile guarded" not in parse(second["AWS_CONFIG_FILE"])
    assert "profile elsewhere" in parse(second["AWS_CONFIG_FILE"])
    for file in (Path(first["AWS_CONFIG_FILE"]), Path(second["AWS_CONFIG_FILE"])):
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o400, 0o700)


@pytest.mark.parametrize("lost", [(), ("SHELLVAULT_CONFIG_FILE",), ("SHELLVAULT_CONFIG_FILE", "SHELLVAULT_RESTORE")])
def test_shellvault_itself_reads_the_users_file(full: Sandbox, lost: tuple[str, ...]) -> None:
    """Even in a program that only gets AWS's own variables: the generated file says which file it comes from."""
    shell = {name: value for name, value in _ours(enter(full, "guarded")).items() if name not in lost}
    full.run("clear", "odd name")
    done = full.run("exec", "odd name", "--json", **shell)
    assert done.returncode == 0, done.stderr
    full.run("add", "added", "--env", **_key(full), **shell)
    assert "[profile added]" in full.config.read_text()


def test_newline_in_the_path_of_the_users_file(full: Sandbox) -> None:
    """The generated file's first line still leads back to it."""
    odd = full.home / "odd %0A\nfolder"
    odd.mkdir()
    (odd / "config").write_text(full.config.read_text())
    assert full.run("trust", str(odd / "config")).returncode == 0
    shell = _ours(enter(full, AWS_CONFIG_FILE=str(odd / "config")))
    del shell["SHELLVAULT_CONFIG_FILE"], shell["SHELLVAULT_RESTORE"]
    full.config.unlink()
    assert full.run("exec", "guarded", "--json", **shell).returncode == 0


def test_plaintext_keys_do_not_override_a_profiles_session(full: Sandbox) -> None:
    """SDKs look there first, so the credentials file is hidden if all profiles in it ask shellvault."""
    file = full.home / ".aws" / "credentials"
    file.write_text(f"[guarded]\n{KEYS}")
    shell = enter(full, "guarded")
    assert ask(full, shell, aws_cli(), *QUERY) == f"{ROLE}/guarded/{SESSION_NAME}"
    assert "Import" in full.run("import", "guarded", "--no-input", "--force", **_ours(shell)).stdout
    assert "is in plaintext in" in full.run("doctor", **_ours(shell)).stdout


def test_plaintext_keys_that_exist_nowhere_else_stay_usable(full: Sandbox) -> None:
    """The file is not hidden then. A notice, `status` and `doctor` name the profile that does not ask."""
    file = full.home / ".aws" / "credentials"
    file.write_text(f"[guarded]\n{KEYS}\n[legacy]\n{KEYS}")
    done = full.shell("bash", 'eval "$(shellvault env --process guarded)"; env -0')
    said = f"shellvault: programs use the keys of 'guarded' in {file} and do not ask: "
    assert f"{said}shellvault import guarded --scrub\n" in done.stderr
    shell = _ours(dict(parse_environment(done.stdout)))
    assert "AWS_SHARED_CREDENTIALS_FILE" not in shell
    found = json.loads(full.run("status", "--json", **shell).stdout)["findings"]
    assert found == [f"programs use the keys of 'guarded' in {file} and do not ask: shellvault import guarded --scrub"]
    assert found[0].partition(": ")[0] in full.run("doctor", **shell).stdout
    every = json.loads(full.run("status", "--json", **_ours(enter(full))).stdout)["findings"]
    assert every == found  # without a chosen profile, too; 'legacy' does not ask anyway


@pytest.mark.parametrize("setting", ["role_arn = {odd}\nsource_profile = base", "credential_process = false"])
def test_sources_in_the_credentials_file_do_not_override_a_profiles_session(full: Sandbox, setting: str) -> None:
    """SDKs prefer them to the config file's. They are reported if the file cannot be hidden, as others need it."""
    file = full.home / ".aws" / "credentials"
    own = f"[guarded]\n{setting.format(odd=full.aws.world.role('odd').arn)}\n"
    file.write_text(own)
    assert ask(full, enter(full, "guarded"), aws_cli(), *QUERY) == f"{ROLE}/guarded/{SESSION_NAME}"
    file.write_text(f"{own}[legacy]\n{KEYS}")
    done = full.shell("bash", 'eval "$(shellvault env --process guarded)"; shellvault status; shellvault doctor')
    key = setting.partition(" ")[0]
    said = f"programs use the {key} of 'guarded' in {file} and "
    assert f"shellvault: {said}do not ask: move {key} to the profile in the config file\n" in done.stderr
    assert done.stdout.count(f"{said}do not ask") == 2


def test_a_web_identity_in_the_environment_does_not_override_the_profile(full: Sandbox) -> None:
    """SDKs would use it instead of AWS_PROFILE, for example in a Kubernetes container. `--unset` restores it."""
    token = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(full.home / "token"), "AWS_ROLE_ARN": f"{ROLE}/pod"}
    (full.home / "token").write_text("token")
    shell = enter(full, "guarded", **token)
    assert ask(full, shell, aws_cli(), *QUERY) == f"{ROLE}/guarded/{SESSION_NAME}"
    assert "AWS_WEB_IDENTITY_TOKEN_FILE is set" in full.run("status", **_ours({**shell, **token})).stdout
    script = 'eval "$(shellvault env --process guarded)"; eval "$(shellvault env --unset)"; env -0'
    after = parse_environment(full.shell("bash", script, **token).stdout)
    assert {name: after.get(name) for name in token} == token


def test_a_profile_whose_name_looks_like_an_option_asks_for_itself(full: Sandbox) -> None:
    """It must not ask for the profile that AWS_PROFILE names."""
    odd = full.aws.world.role("odd").arn
    for name in ("-n", "--fresh", "-"):
        full.configure(f"[profile {name}]\nrole_arn = {odd}\nsource_profile = base\nregion = eu-west-1\n")
    shell = enter(full, "guarded")
    for name in ("-n", "--fresh", "-"):
        assert f"{ROLE}/odd/" in ask(full, shell, sys.executable, "-c", BOTO3, name)


def test_status_and_doctor_understand_a_shell_in_process_mode(full: Sandbox) -> None:
    """They report no overriding variables and no replaced key pair."""
    shell = _ours(enter(full, "guarded"))
    text = full.run("status", **shell).stdout
    about = f"account    {ROLE.split(':')[4]}\nrole       guarded\nregion     eu-west-1\n"
    assert text.startswith(f"profile    guarded, through credential_process\n{about}vault ")
    assert "note" not in text
    document = json.loads(full.run("status", "--json", **shell).stdout)
    assert (document["profile"], document["source"], document["findings"]) == ("guarded", "credential_process", [])
    doctor = full.run("doctor", **shell).stdout
    assert "ok    programs in this shell ask shellvault for 'guarded', through credential_process\n" in doctor
    assert "AWS_PROFILE" not in doctor


def test_status_follows_the_users_changes(full: Sandbox) -> None:
    """Another profile, keys that override it, an unknown profile, and another config file."""
    shell = _ours(enter(full))
    assert "profile    whichever a program names, through credential_process\n" in full.run("status", **shell).stdout
    other = full.run("status", **shell, AWS_PROFILE="base").stdout
    assert other.startswith("profile    base, through credential_process\n")
    keys = full.run("status", **shell, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE").stdout
    assert "note       AWS_ACCESS_KEY_ID is set, so programs may use it and not ask: unset AWS_ACCESS_KEY_ID\n" in keys
    document = full.run("status", "--json", **shell, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE").stdout
    assert json.loads(document)["shadowed_by"] == ["AWS_ACCESS_KEY_ID"]
    assert "no profile or key pair is named 'raeder'" in full.run("status", **shell, AWS_PROFILE="raeder").stdout
    shell["AWS_CONFIG_FILE"] = str(full.config)
    assert "credential_process" not in full.run("status", **shell).stdout


def test_config_with_indentation_and_crlf(full: Sandbox) -> None:
    """Editors write such files. The AWS CLI reads the generated one, and no line becomes a continuation."""
    odd = full.aws.world.role("odd").arn
    lines = [
        "[profile a]",
        "  ; note",
        "  role_arn = " + odd,
        "  source_profile = base",
        "  region = eu-west-1",
        "",
        "[profile b]",
    ]
    full.config.write_bytes("\r\n".join([*lines, f"role_arn={odd}", "source_profile=base", "region=x"]).encode())
    shell = enter(full)
    made = parse(shell["AWS_CONFIG_FILE"])
    assert {name: set(each) for name, each in made.items() if name in ("profile a", "profile b")} == {
        "profile a": {"credential_process", "region"},
        "profile b": {"credential_process", "region"},
    }
    assert ask(full, shell, aws_cli(), "--profile", "a", *QUERY) == f"{ROLE}/odd/{SESSION_NAME}"


def _leaks(sandbox: Sandbox, environ: Mapping[str, str]) -> list[str]:
    """Return the variables that contain a secret."""
    hidden = sandbox.aws.world.secrets()
    return [name for name, value in environ.items() if any(secret in value for secret in hidden)]


def _ours(shell: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in shell.items() if name.startswith(("AWS", "SHELLVAULT"))}


def _key(sandbox: Sandbox) -> dict[str, str]:
    key = sandbox.aws.world.user("bob").access_key()
    return {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
