"""A profile's `endpoint_url`, `services`, `ca_bundle` and switches reach programs that do not read the profile."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import botocore.httpsession
import pytest

from tests.commands.role_profiles import add_role
from tests.commands.shell_syntax import SNAPSHOT, parse_snapshots, write_eval, write_snapshot_script
from tests.sandbox import SESSION_NAME, aws_cli, parse_environment

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

SERVICES = "[services lan]\ns3 =\n  endpoint_url = http://minio.lan:9000\nelastic_beanstalk =\n  endpoint_url = https://eb.lan\n"
CERTIFICATES = botocore.httpsession.DEFAULT_CA_BUNDLE
IDENTITY = f"{aws_cli()} sts get-caller-identity --query Arn --output text"


@pytest.fixture
def lan(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with endpoints in its config file; `base` and `reader` spell the same address differently."""
    url = sandbox.env.pop("AWS_ENDPOINT_URL")
    add_role(
        sandbox, more=f"endpoint_url = {url.replace('127.0.0.1', 'localhost')}\nservices = lan\nregion = eu-west-1"
    )
    text = sandbox.config.read_text().replace("[profile base]\n", f"[profile base]\nendpoint_url = {url}\n")
    sandbox.config.write_text(text + SERVICES)
    return sandbox


def seen_by_program(sandbox: Sandbox, *words: str, **extra: str) -> dict[str, str]:
    """Return where a program run by `exec` would look for AWS."""
    done = sandbox.run("exec", *words, "--", "env", "-0", **extra)
    assert done.returncode == 0, done.stderr
    return select_reach(dict(parse_environment(done.stdout)))


def select_reach(environ: dict[str, str]) -> dict[str, str]:
    """Return the variables that say where to find AWS."""
    named = ("AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "AWS_USE_", "AWS_IGNORE")
    return {name: value for name, value in environ.items() if name.startswith(named)}


def expected(sandbox: Sandbox) -> dict[str, str]:
    """Return the variables that match the profile `reader`."""
    return {
        "AWS_ENDPOINT_URL": sandbox.aws.url.replace("127.0.0.1", "localhost"),
        "AWS_ENDPOINT_URL_S3": "http://minio.lan:9000",
        "AWS_ENDPOINT_URL_ELASTIC_BEANSTALK": "https://eb.lan",
    }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "dash"])
def test_shell_and_its_programs_get_the_endpoints(lan: Sandbox, shell: str) -> None:
    """The AWS CLI calls the profile's endpoint without knowing the profile; `--unset` removes the variables."""
    script = write_snapshot_script(write_eval(shell, "reader"), SNAPSHOT, IDENTITY, write_eval(shell, "--unset"))
    done = lan.shell(shell, script)
    before, inside, after = parse_snapshots(done.stdout)
    assert select_reach(inside) == expected(lan)
    assert "assumed-role/reader/" in done.stdout
    assert after == before


def test_program_of_exec_gets_the_endpoints(lan: Sandbox) -> None:
    """They are the same as with `env`, and a shell run by `exec` can remove them again."""
    assert seen_by_program(lan, "reader") == expected(lan)
    script = 'eval "$(shellvault env --unset)"; env -0'
    left = lan.run("exec", "reader", "--", "bash", "--norc", "-c", script)
    assert select_reach(dict(parse_environment(left.stdout))) == {}


@pytest.mark.parametrize("words", ["env --process reader", "exec --process reader -- bash --norc -c"])
def test_programs_that_ask_for_credentials_read_the_endpoints_themselves(lan: Sandbox, words: str) -> None:
    """`--process` leaves them in the profile, and the AWS CLI calls the endpoint that the profile names."""
    script = f"{IDENTITY}; env -0; cat $AWS_CONFIG_FILE"
    run = f'eval "$(shellvault {words})"; {script}' if words.startswith("env") else f"shellvault {words} '{script}'"
    lan.config.write_text(
        lan.config.read_text().replace(
            "services = lan\n",
            f"services = lan\nca_bundle = {CERTIFICATES}\nuse_fips_endpoint = false\nuse_dualstack_endpoint = false\n",
        )
    )
    done = lan.shell("bash", run)
    assert f"assumed-role/reader/{SESSION_NAME}" in done.stdout, done.stderr
    assert select_reach(dict(parse_environment(done.stdout))) == {}
    url = expected(lan)["AWS_ENDPOINT_URL"]
    for line in ("services = lan", f"ca_bundle = {CERTIFICATES}", f"endpoint_url = {url}", "use_fips_endpoint = false"):
        assert f"\n{line}\n" in done.stdout
    assert "\n[services lan]\n" in done.stdout


def test_switching_leaves_nothing_of_the_previous_profile(lan: Sandbox) -> None:
    """The next profile's endpoint replaces the old one, or none is left if it has none."""
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


def test_one_profiles_endpoint_does_not_apply_to_another(lan: Sandbox) -> None:
    """When switching, each keeps its own endpoint, and no session is obtained again or from elsewhere."""
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
    """A renewal calls the endpoint that the session came from, and is refused if the profile now names another."""
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


def test_the_users_variables_override_the_profile(lan: Sandbox) -> None:
    """As in SDKs: a variable for all services even overrides the profile's `services`."""
    url = lan.aws.url
    assert seen_by_program(lan, "reader", AWS_ENDPOINT_URL=url) == {"AWS_ENDPOINT_URL": url}
    mine = {"AWS_ENDPOINT_URL_S3": "http://mine:1", "AWS_CA_BUNDLE": CERTIFICATES}
    assert seen_by_program(lan, "reader", **mine) == {**expected(lan), **mine}
    reader, base = write_eval("bash", "reader"), write_eval("bash", "base")
    changed = f"{reader}; export AWS_ENDPOINT_URL_S3=http://mine:1; {base}; env -0"
    found = select_reach(dict(parse_environment(lan.shell("bash", changed).stdout)))
    assert found == {"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_S3": "http://mine:1"}


def test_empty_variable_is_restored_as_empty(lan: Sandbox) -> None:
    """Empty counts as unset, but `--unset` still restores the difference."""
    script = write_snapshot_script(write_eval("bash", "reader"), write_eval("bash", "--unset"))
    before, after = parse_snapshots(lan.shell("bash", script, AWS_ENDPOINT_URL="", AWS_CA_BUNDLE="").stdout)
    assert select_reach(after) == select_reach(before) == {"AWS_ENDPOINT_URL": "", "AWS_CA_BUNDLE": ""}


@pytest.mark.parametrize("where", ["profile", "environment"])
def test_ignored_endpoints_are_not_exported(lan: Sandbox, where: str) -> None:
    """A profile's switch is exported, so that programs ignore endpoints in the environment too."""
    ignore = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    if where == "profile":
        lan.configure("[profile off]\nendpoint_url = https://aws.lan\nignore_configured_endpoint_urls = True\n")
    lan.add("off", lan.aws.world.user("alice").access_key(), "--no-config")
    given = {} if where == "profile" else ignore
    words = ("off", "-n") if where == "profile" else ("base", "-n")
    assert seen_by_program(lan, *words, **given) == ignore


def test_one_profiles_certificates_do_not_apply_to_another(lan: Sandbox) -> None:
    """A variable exported by `env` needs no trust, and is not mistaken for the user's own."""
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
    """The author of a project's config file would get what programs send, even to services we never call."""
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


def test_missing_services_section_is_refused_as_by_the_aws_cli(lan: Sandbox) -> None:
    """Requests that are meant for this network must not go to AWS instead; the nearest name is suggested."""
    lan.config.write_text(lan.config.read_text().replace("services = lan", "services = lann"))
    for words in (("exec", "reader", "--", "true"), ("export", "reader"), ("env", "reader", "--shell", "bash")):
        done = lan.run(*words)
        assert (done.returncode, "names services 'lann', which is not in the config file" in done.stderr) == (2, True)
        assert "hint: did you mean lan? " in done.stderr
    assert "names services 'lann'" in lan.run("doctor").stdout
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}
    refused = lan.command([aws_cli(), "sts", "get-caller-identity"], AWS_PROFILE="reader", **keys)
    assert (refused.returncode != 0, "lann" in refused.stderr) == (True, True)
    for variable in ("AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        value = lan.aws.url if variable == "AWS_ENDPOINT_URL" else "true"
        found = lan.run("exec", "base", "--", "true", **{variable: value}).stderr
        assert "lann" not in found, "the AWS CLI does not look at the section either"


def test_export_formats_include_the_endpoints(lan: Sandbox) -> None:
    """As variables or as ini settings; the JSON of credential_process has no field for them."""
    url = expected(lan)["AWS_ENDPOINT_URL"]
    assert "AWS_ENDPOINT_URL_S3='http://minio.lan:9000'" in lan.run("export", "reader", "--format", "export-env").stdout
    assert f"\nendpoint_url = {url}\n" in lan.run("export", "reader", "--format", "ini").stdout
    assert "lan" not in lan.run("export", "reader", "--format", "json").stdout


@pytest.mark.parametrize(
    "name", ["AWS_ENDPOINT_URL_$(touch REACHED)", "AWS_ENDPOINT_URL_", "AWS_ENDPOINT_URL_S3;x", "AWS_ENDPOINT_URLX"]
)
def test_forged_restore_variable_runs_nothing(lan: Sandbox, name: str) -> None:
    """Otherwise the name in it would become part of a shell statement."""
    done = lan.shell(
        "bash", 'eval "$(shellvault env --unset)"', SHELLVAULT_RESTORE=f"{name}:-=x", SHELLVAULT_PROFILE="a"
    )
    assert done.returncode == 0
    assert not (lan.home / "REACHED").exists()
    assert name not in lan.run("env", "--unset", "--shell", "bash", SHELLVAULT_RESTORE=f"{name}:-=x").stdout
