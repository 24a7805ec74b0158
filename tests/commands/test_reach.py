"""A profile's `endpoint_url`, `services`, `ca_bundle` and switches reach programs, which read no profile."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import botocore.httpsession
import pytest

from tests.commands.role_profiles import add_role
from tests.commands.shell_syntax import SNAPSHOT, parse_snapshots, write_eval, write_snapshot_script
from tests.sandbox import aws_cli, parse_environment

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

SERVICES = "[services lan]\ns3 =\n  endpoint_url = http://minio.lan:9000\nelastic_beanstalk =\n  endpoint_url = https://eb.lan\n"
CERTIFICATES = botocore.httpsession.DEFAULT_CA_BUNDLE
IDENTITY = f"{aws_cli()} sts get-caller-identity --query Arn --output text"


@pytest.fixture
def lan(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox whose endpoints are in the config file; `base` and `reader` spell this machine differently."""
    url = sandbox.env.pop("AWS_ENDPOINT_URL")
    add_role(
        sandbox, more=f"endpoint_url = {url.replace('127.0.0.1', 'localhost')}\nservices = lan\nregion = eu-west-1"
    )
    text = sandbox.config.read_text().replace("[profile base]\n", f"[profile base]\nendpoint_url = {url}\n")
    sandbox.config.write_text(text + SERVICES)
    return sandbox


def seen_by_program(sandbox: Sandbox, *words: str, **extra: str) -> dict[str, str]:
    """Return where a program that `exec` runs would find AWS."""
    done = sandbox.run("exec", *words, "--", "env", "-0", **extra)
    assert done.returncode == 0, done.stderr
    return select_reach(dict(parse_environment(done.stdout)))


def select_reach(environ: dict[str, str]) -> dict[str, str]:
    """Return the variables that say where AWS is."""
    named = ("AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "AWS_USE_", "AWS_IGNORE")
    return {name: value for name, value in environ.items() if name.startswith(named)}


def expected(sandbox: Sandbox) -> dict[str, str]:
    """Return the variables that say what the profile `reader` does."""
    return {
        "AWS_ENDPOINT_URL": sandbox.aws.url.replace("127.0.0.1", "localhost"),
        "AWS_ENDPOINT_URL_S3": "http://minio.lan:9000",
        "AWS_ENDPOINT_URL_ELASTIC_BEANSTALK": "https://eb.lan",
    }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "dash"])
def test_shell_and_its_programs_get_the_endpoints(lan: Sandbox, shell: str) -> None:
    """The AWS CLI, which is told no profile there, calls the profile's endpoint; `--unset` takes them out again."""
    script = write_snapshot_script(write_eval(shell, "reader"), SNAPSHOT, IDENTITY, write_eval(shell, "--unset"))
    done = lan.shell(shell, script)
    before, inside, after = parse_snapshots(done.stdout)
    assert select_reach(inside) == expected(lan)
    assert "assumed-role/reader/" in done.stdout
    assert after == before


def test_program_of_exec_gets_the_endpoints(lan: Sandbox) -> None:
    """As `env` exports them; a shell in it can take them out again."""
    assert seen_by_program(lan, "reader") == expected(lan)
    script = 'eval "$(shellvault env --unset)"; env -0'
    left = lan.run("exec", "reader", "--", "bash", "--norc", "-c", script)
    assert select_reach(dict(parse_environment(left.stdout))) == {}


def test_switch_leaves_nothing_of_the_profile_before(lan: Sandbox) -> None:
    """Another profile's endpoint replaces it, and one that names none has none."""
    lan.configure("[profile other]\ninclude_profile = base\nuse_fips_endpoint = false\n")
    lan.configure("[profile plain]\nregion = eu-west-1\n")
    lan.add("plain", lan.aws.world.user("alice").access_key(), "--no-config")
    script = write_snapshot_script(
        *(line for words in ("reader", "other", "plain -n") for line in (write_eval("bash", words), SNAPSHOT))
    )
    reader, other, plain = map(select_reach, parse_snapshots(lan.shell("bash", script).stdout)[1:4])
    assert reader == expected(lan)
    assert other == {"AWS_ENDPOINT_URL": lan.aws.url, "AWS_USE_FIPS_ENDPOINT": "false"}
    assert plain == {}


def test_endpoint_of_one_profile_does_not_count_for_another(lan: Sandbox) -> None:
    """In the shell with the session, each link keeps its own endpoint: nothing is obtained anew, or from elsewhere."""
    script = write_snapshot_script(
        *(line for name in ("base", "reader", "base", "reader") for line in (write_eval("bash", name), SNAPSHOT))
    )
    done = lan.shell("bash", script)
    found = [each["SHELLVAULT_ENDPOINT"] for each in parse_snapshots(done.stdout)[1:5]]
    own, both = lan.aws.url, f"{expected(lan)['AWS_ENDPOINT_URL']}"
    assert (found[0], found[2]) == (own, own)
    assert (found[1], found[3]) == (both, both)
    calls = [call.action for call in lan.aws.world.calls]
    assert sorted(calls) == ["AssumeRole", "GetSessionToken"]
    assert "names http" not in done.stderr


def test_renewal_keeps_the_endpoints(lan: Sandbox) -> None:
    """It comes from where the session came from; once the profile names another endpoint, it is refused."""
    moved = expected(lan)["AWS_ENDPOINT_URL"]
    refresh = 'eval "$(shellvault env --refresh)"'
    move = f"sed -i 's|{moved}|http://127.0.0.1:9|' {lan.config}"
    lines = (
        write_eval("bash", "reader"),
        "shellvault clear reader",
        refresh,
        "echo status $?",
        SNAPSHOT,
        move,
        refresh,
    )
    done = lan.shell("bash", write_snapshot_script(*lines, "echo status $?"))
    assert select_reach(
        parse_snapshots(done.stdout.replace("status 0\n", "").replace("status 1\n", ""))[1]
    ) == expected(lan)
    assert done.stdout.count("status 0") == 1, done.stderr
    assert lan.aws.world.count("AssumeRole") == 2
    assert f"comes from {moved}, so it is not renewed from http://127.0.0.1:9" in done.stderr


def test_variables_of_the_user_stay_before_the_profile(lan: Sandbox) -> None:
    """SDKs prefer them, so that one for all services also comes before the profile's `services`."""
    url = lan.aws.url
    assert seen_by_program(lan, "reader", AWS_ENDPOINT_URL=url) == {"AWS_ENDPOINT_URL": url}
    mine = {"AWS_ENDPOINT_URL_S3": "http://mine:1", "AWS_CA_BUNDLE": CERTIFICATES}
    assert seen_by_program(lan, "reader", **mine) == {**expected(lan), **mine}
    reader, base = write_eval("bash", "reader"), write_eval("bash", "base")
    changed = f"{reader}; export AWS_ENDPOINT_URL_S3=http://mine:1; {base}; env -0"
    found = select_reach(dict(parse_environment(lan.shell("bash", changed).stdout)))
    assert found == {"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_S3": "http://mine:1"}


def test_empty_variable_comes_back_empty(lan: Sandbox) -> None:
    """Empty counts as unset, and is another state for `--unset`."""
    script = write_snapshot_script(write_eval("bash", "reader"), write_eval("bash", "--unset"))
    before, after = parse_snapshots(lan.shell("bash", script, AWS_ENDPOINT_URL="", AWS_CA_BUNDLE="").stdout)
    assert select_reach(after) == select_reach(before) == {"AWS_ENDPOINT_URL": "", "AWS_CA_BUNDLE": ""}


@pytest.mark.parametrize("where", ["profile", "environment"])
def test_ignored_endpoints_are_not_exported(lan: Sandbox, where: str) -> None:
    """The profile's switch reaches programs, so that they ignore the environment's endpoints too."""
    ignore = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    if where == "profile":
        lan.configure("[profile off]\nendpoint_url = https://aws.lan\nignore_configured_endpoint_urls = True\n")
    lan.add("off", lan.aws.world.user("alice").access_key(), "--no-config")
    given = {} if where == "profile" else ignore
    words = ("off", "-n") if where == "profile" else ("base", "-n")
    assert seen_by_program(lan, *words, **given) == ignore


def test_certificates_of_one_profile_are_not_taken_for_the_environments(lan: Sandbox) -> None:
    """The variable that `env` exported asks for no trust, and does not count for another profile."""
    ca = lan.home / "corp ca.pem"
    shutil.copy(CERTIFICATES, ca)
    lan.config.write_text(
        lan.config.read_text().replace("services = lan\n", "services = lan\nca_bundle = ~/corp ca.pem\n")
    )
    lan.configure("[profile tls]\ninclude_profile = base\nendpoint_url = https://localhost:9\n")
    script = f'{write_eval("bash", "reader")}; echo "$AWS_CA_BUNDLE"; shellvault env tls --shell bash; echo status $?'
    done = lan.shell("bash", script)
    assert done.stdout.startswith(f"{ca}\n")
    assert "trust" not in done.stderr
    assert done.stdout.endswith("false\nstatus 8\n"), done.stderr


def test_endpoints_of_an_untrusted_config_file_are_not_exported(lan: Sandbox) -> None:
    """Whoever wrote a project's config file would get what programs send, even to a service that we do not call."""
    project = lan.home / "project"
    project.mkdir()
    text = "[profile base]\nregion = eu-west-1\nservices = lan\n"
    (project / "config").write_text(text + SERVICES)
    given = {"AWS_CONFIG_FILE": str(project / "config")}
    for words in (
        ("exec", "base", "-n", "--", "env"),
        ("exec", "--process", "base", "--", "env"),
        ("export", "base", "-n"),
    ):
        done = lan.run(*words, **given)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"hint: shellvault trust '{project}/config'" in done.stderr or "shellvault trust" in done.stderr
    assert lan.run("trust", str(project / "config")).returncode == 0
    assert seen_by_program(lan, "base", "-n", **given)["AWS_ENDPOINT_URL_S3"] == "http://minio.lan:9000"


def test_exported_formats_have_the_endpoints(lan: Sandbox) -> None:
    """As variables, or as settings of an ini section; the JSON of credential_process has no place for them."""
    url = expected(lan)["AWS_ENDPOINT_URL"]
    assert "AWS_ENDPOINT_URL_S3='http://minio.lan:9000'" in lan.run("export", "reader", "--format", "export-env").stdout
    assert f"\nendpoint_url = {url}\n" in lan.run("export", "reader", "--format", "ini").stdout
    assert "lan" not in lan.run("export", "reader", "--format", "json").stdout


@pytest.mark.parametrize(
    "name", ["AWS_ENDPOINT_URL_$(touch REACHED)", "AWS_ENDPOINT_URL_", "AWS_ENDPOINT_URL_S3;x", "AWS_ENDPOINT_URLX"]
)
def test_forged_memory_of_endpoints_runs_nothing(lan: Sandbox, name: str) -> None:
    """The variable's name would become part of a statement."""
    done = lan.shell(
        "bash", 'eval "$(shellvault env --unset)"', SHELLVAULT_RESTORE=f"{name}:-=x", SHELLVAULT_PROFILE="a"
    )
    assert done.returncode == 0
    assert not (lan.home / "REACHED").exists()
    assert name not in lan.run("env", "--unset", "--shell", "bash", SHELLVAULT_RESTORE=f"{name}:-=x").stdout
