"""Certificates that only the environment names are trusted once, by content; a proxy alone reads nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.aws.authority import write_certificates
from tests.commands.terminal import open_terminal
from tests.trust.foreign_server import NOBODY
from tests.trust.inspecting_proxy import InspectingProxy

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.broker.conftest import MfaUser

ENV = ("env", "reader", "--shell", "bash")


@pytest.fixture
def proxy(user: MfaUser, tmp_path: Path) -> Iterator[InspectingProxy]:
    """Return a company's proxy between the sandbox and AWS; the environment names it, but not its certificates."""
    folder = tmp_path / "corp"
    folder.mkdir()
    with InspectingProxy(folder, user.sandbox.aws.url) as here:
        user.sandbox.env |= {"HTTPS_PROXY": here.url, "NO_PROXY": "", "AWS_ENDPOINT_URL": ""}
        yield here


def check_refused(done: subprocess.CompletedProcess[str], user: MfaUser, proxy: InspectingProxy, variable: str) -> None:
    """Check that the certificates were refused before anything was sent, and that one error says why."""
    why = f"{variable} names it; whoever issues its certificates can read your credentials"
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert done.stderr.endswith(f"error: {proxy.ca} is not trusted, and {why}\nhint: shellvault trust {proxy.ca}\n")
    assert done.stderr.count(why) == 1
    assert (proxy.hosts, user.sandbox.aws.world.calls) == ([], [])


def test_a_proxy_without_its_certificates_reads_nothing(user: MfaUser, proxy: InspectingProxy) -> None:
    """It is used, and its TLS connection fails, as it should."""
    done = user.sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "the certificate of STS in eu-west-1 is not trusted" in done.stderr
    assert set(proxy.hosts) == {"sts.eu-west-1.amazonaws.com:443"}
    assert user.sandbox.aws.world.calls == []


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_certificates_of_the_environment_are_trusted_once(user: MfaUser, proxy: InspectingProxy, variable: str) -> None:
    """Until they change."""
    user.sandbox.env[variable] = str(proxy.ca)
    check_refused(user.sandbox.run(*ENV), user, proxy, variable)
    done = user.sandbox.run("trust", str(proxy.ca))
    assert (done.returncode, done.stdout) == (0, f"Trusted {proxy.ca}, as long as it has:\n  1 certificate\n")
    done = user.sandbox.run(*ENV)
    assert (done.returncode, user.sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr
    user.sandbox.run("clear")
    user.sandbox.aws.world.calls.clear()
    proxy.hosts.clear()
    write_certificates(proxy.ca.parent, proxy.ca)
    check_refused(user.sandbox.run(*ENV), user, proxy, variable)


def test_the_question_is_asked_where_it_arises(user: MfaUser, proxy: InspectingProxy) -> None:
    """A yes is remembered, and anything else is status 2."""
    user.sandbox.env["AWS_CA_BUNDLE"] = str(proxy.ca)
    words = ["sh", "-c", "shellvault env reader --shell bash >out"]
    for answer, status in (("n", 2), ("y", 0)):
        with open_terminal(user.sandbox, words) as terminal:
            terminal.expect(r"Trust \S+/corp-ca\.pem\? \[y/N\] ")
            terminal.type(answer)
            assert terminal.wait_for_exit() == status
        assert f"{proxy.ca} is not trusted yet, and AWS_CA_BUNDLE names it" in terminal.output
        assert "  1 certificate" in terminal.output
    assert user.sandbox.aws.world.count("AssumeRole", "ok") == 1
    user.sandbox.run("clear")
    assert user.sandbox.run(*ENV, "--no-input").returncode == 0


def test_tls_session_keys_are_not_logged(user: MfaUser, proxy: InspectingProxy, tmp_path: Path) -> None:
    """A recording proxy could decrypt traffic with them. The variable still reaches programs, which may want it."""
    keys = tmp_path / "keys"
    user.sandbox.env |= {"AWS_CA_BUNDLE": str(proxy.ca), "SSLKEYLOGFILE": str(keys)}
    user.sandbox.run("trust", str(proxy.ca))
    done = user.sandbox.run("exec", "reader", "--", "printenv", "SSLKEYLOGFILE")
    assert (done.returncode, done.stdout) == (0, f"{keys}\n")
    assert proxy.hosts
    assert not keys.exists()


def test_certificates_of_the_config_file_need_no_question(user: MfaUser, proxy: InspectingProxy) -> None:
    """Not even where the environment names them, too."""
    text = user.sandbox.config.read_text()
    user.sandbox.config.write_text(text.replace("role/reader", f"role/reader\nca_bundle = {proxy.ca}"))
    assert user.sandbox.run(*ENV).returncode == 0
    user.sandbox.run("clear")
    assert user.sandbox.run(*ENV, AWS_CA_BUNDLE=str(proxy.ca)).returncode == 0


def test_no_question_is_asked_where_no_certificate_is_used(user: MfaUser, proxy: InspectingProxy) -> None:
    """As on the way to LocalStack, which has none."""
    done = user.sandbox.run(*ENV, AWS_ENDPOINT_URL=user.sandbox.aws.url, AWS_CA_BUNDLE=str(proxy.ca))
    assert (done.returncode, proxy.hosts) == (0, [])


CHANGES: dict[str, Callable[[Path], object]] = {
    "mode": lambda file: file.chmod(0o666),
    "folder": lambda file: file.parent.chmod(0o777),
    "owner": lambda file: os.chown(file, NOBODY, NOBODY),
}


@pytest.mark.parametrize("change", CHANGES)
def test_certificates_that_others_can_write_are_refused_even_if_trusted(
    user: MfaUser, proxy: InspectingProxy, change: str
) -> None:
    """Anybody who can write the file could add a certificate of their own."""
    user.sandbox.env["AWS_CA_BUNDLE"] = str(proxy.ca)
    assert user.sandbox.run("trust", str(proxy.ca)).returncode == 0
    CHANGES[change](proxy.ca)
    done = user.sandbox.run(*ENV)
    assert (done.returncode, done.stdout, proxy.hosts) == (2, "false\n", [])
    assert str(proxy.ca) in done.stderr


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda file: file.unlink(), "AWS_CA_BUNDLE names {}, and there is no such file"),
        (lambda file: (file.unlink(), file.mkdir()), "AWS_CA_BUNDLE names {}, and there is no such file"),
        (lambda file: file.write_text("no certificate\n"), "{} has no certificates, and AWS_CA_BUNDLE names it"),
    ],
)
def test_a_file_without_certificates_is_named_without_a_trust_prompt(
    user: MfaUser, proxy: InspectingProxy, change: Callable[[Path], object], error: str
) -> None:
    """The hint names the variable to correct."""
    user.sandbox.env["AWS_CA_BUNDLE"] = str(proxy.ca)
    change(proxy.ca)
    done = user.sandbox.run(*ENV)
    assert (done.returncode, done.stdout, proxy.hosts) == (2, "false\n", [])
    assert done.stderr.endswith(f"error: {error.format(proxy.ca)}\nhint: correct or unset AWS_CA_BUNDLE\n")
    assert user.sandbox.run("trust").stdout == "No file is trusted.\n"


SERVICES = {
    "login reader --stdout": "sts.eu-west-1.amazonaws.com:443",
    "rotate base": "sts.eu-west-1.amazonaws.com:443",
    "login --sso": "oidc.eu-west-1.amazonaws.com:443",
    "sso profiles": "oidc.eu-west-1.amazonaws.com:443",
    "doctor": "sts.us-east-1.amazonaws.com:443",
}


@pytest.mark.parametrize("command", SERVICES)
def test_every_service_goes_by_the_one_rule(user: MfaUser, proxy: InspectingProxy, command: str) -> None:
    """STS, IAM, Identity Center, the console, and the clock of `doctor`."""
    user.sandbox.configure("[sso-session corp]\nsso_start_url = https://d.awsapps.com/start\nsso_region = eu-west-1\n")
    done = user.sandbox.run(*command.split(), AWS_CA_BUNDLE=str(proxy.ca), AWS_REGION="us-east-1", BROWSER="true")
    assert (done.returncode, proxy.hosts) == (2, [])
    assert f"{proxy.ca} is not trusted, and AWS_CA_BUNDLE names it" in done.stdout + done.stderr


@pytest.mark.parametrize("service", ["signin", "iam"])
def test_the_service_that_is_called_last_goes_by_it_too(user: MfaUser, proxy: InspectingProxy, service: str) -> None:
    """The others are reached without TLS here, so that only this one needs certificates."""
    endpoint = {f"AWS_ENDPOINT_URL_{name}": user.sandbox.aws.url for name in ("STS", "SSO", "SSO_OIDC")}
    words = ("login", "reader", "--stdout") if service == "signin" else ("rotate", "base")
    done = user.sandbox.run(*words, **endpoint, AWS_CA_BUNDLE=str(proxy.ca))
    assert (done.returncode, proxy.hosts) == (2, [])
    assert f"error: {proxy.ca} is not trusted, and AWS_CA_BUNDLE names it" in done.stderr
