"""A loopback endpoint that only the environment names gets nothing where another user listens."""

from __future__ import annotations

import os
import shlex
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.storage import status_file
from shellvault.system.loopback_sockets import find_listeners
from tests.commands.role_profiles import add_role
from tests.providers.test_sso_aws_cli import cache_entry, write_cache
from tests.sandbox import SHELLVAULT, parse_environment
from tests.trust.foreign_server import NOBODY, ForeignServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.broker.conftest import MfaUser
    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")
ADDRESSES = {
    "127.0.0.1": ("127.0.0.1", "localhost"),
    "0.0.0.0": ("127.0.0.1", "localhost"),  # noqa: S104 - another user's server listens everywhere
    "::ffff:127.0.0.1": ("127.0.0.1", "localhost"),
    "::ffff:0.0.0.0": ("127.0.0.1", "localhost"),
    "::": ("127.0.0.1", "[::1]", "localhost"),
    "::1": ("[::1]", "localhost"),
}
"""Where a server listens -> the hosts by which it is reached."""
REFUSED = "which is another user's server, and is not trusted with credentials\nhint: unset AWS_ENDPOINT_URL"


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[ForeignServer]:
    """Return a server of `nobody` on 127.0.0.1."""
    with ForeignServer(tmp_path, "127.0.0.1") as server:
        yield server


@pytest.mark.parametrize(("address", "host"), [(each, host) for each, hosts in ADDRESSES.items() for host in hosts])
def test_another_users_server_gets_no_credentials(user: MfaUser, tmp_path: Path, address: str, host: str) -> None:
    """Whatever it listens on, and by whatever name it is reached."""
    with ForeignServer(tmp_path, address) as server:
        done = user.sandbox.run(*ENV, AWS_ENDPOINT_URL=f"http://{host}:{server.port}")
    assert (done.returncode, done.stdout, server.heard) == (2, "false\n", b"")
    assert f"error: AWS_ENDPOINT_URL names http://{host}:{server.port}, {REFUSED}" in done.stderr


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_users_own_server_is_reached(user: MfaUser, tmp_path: Path, address: str) -> None:
    """With a notice that it is not AWS; root's server is reached, too."""
    with ForeignServer(tmp_path, address, uid=os.geteuid()) as server:
        url = f"http://{ADDRESSES[address][0]}:{server.port}"
        done = user.sandbox.run(*ENV, AWS_ENDPOINT_URL=url)
    assert f"shellvault: the credentials come from {url}, not from AWS\n" in done.stderr
    assert server.heard.startswith(b"POST / HTTP/1.1")


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_tables_of_the_kernel_name_each_listener(tmp_path: Path, address: str) -> None:
    """Both for IPv4 and IPv6."""
    with ForeignServer(tmp_path, address) as server:
        for host in ADDRESSES[address]:
            listeners = find_listeners(f"http://{host}:{server.port}/path")
            assert listeners is not None
            assert NOBODY in listeners  # the same port of the other address family may belong to another test's server


def test_one_stranger_among_the_listeners_is_enough(user: MfaUser, tmp_path: Path) -> None:
    """The system decides which of the two gets the connection."""
    port = int(user.sandbox.aws.url.rpartition(":")[2])
    with ForeignServer(tmp_path, "::1", port=port) as server:
        done = user.sandbox.run(*ENV, AWS_ENDPOINT_URL=f"http://localhost:{port}")
    assert (done.returncode, done.stdout, server.heard) == (2, "false\n", b"")
    assert f"error: AWS_ENDPOINT_URL names http://localhost:{port}, {REFUSED}" in done.stderr


def test_a_notice_says_if_the_servers_owner_cannot_be_determined(user: MfaUser) -> None:
    """It comes every time, as on macOS; here /proc is hidden."""
    url = user.sandbox.aws.url
    for _ in range(2):
        script = f"mount -t tmpfs none /proc && exec {shlex.join([SHELLVAULT, *ENV, '--fresh'])}"
        done = user.sandbox.command(["unshare", "--mount", "sh", "-c", script])
        assert done.returncode == 0, done.stderr
        assert f"AWS_ENDPOINT_URL names {url}, and this system does not tell whose server that is\n" in done.stderr


def test_a_socket_that_is_only_connected_is_no_listener(user: MfaUser) -> None:
    """Its local end may have the very port."""
    with socket.create_connection(("127.0.0.1", int(user.sandbox.aws.url.rpartition(":")[2]))) as line:
        assert find_listeners(f"http://127.0.0.1:{line.getsockname()[1]}") == []


def test_where_nobody_listens_nothing_is_sent(user: MfaUser) -> None:
    """Somebody else might listen there a moment later: no row in the kernel's tables is not ours."""
    done = user.sandbox.run(*ENV, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (8, "false\n")
    assert "error: http://127.0.0.1:9 could not be reached: no program on this machine listens there\n" in done.stderr
    assert "hint: start it, or unset AWS_ENDPOINT_URL; for a forwarded port, set endpoint_url" in done.stderr


@pytest.mark.parametrize("port", ["0", "65536", "99999999999"])
def test_an_invalid_port_is_a_usage_error(user: MfaUser, port: str) -> None:
    """The error names the setting."""
    done = user.sandbox.run(*ENV, AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert "is not the URL of an endpoint" in done.stderr


def test_the_config_file_may_name_any_loopback_address(user: MfaUser, stranger: ForeignServer) -> None:
    """~/.aws/config is the user's own word: such as for a forwarded port."""
    text = user.sandbox.config.read_text()
    url = f"http://127.0.0.1:{stranger.port}"
    user.sandbox.config.write_text(text.replace("role/reader", f"role/reader\nendpoint_url = {url}"))
    user.sandbox.run(*ENV, AWS_ENDPOINT_URL="")
    assert stranger.heard.startswith(b"POST / HTTP/1.1")


def test_a_profile_that_names_no_endpoint_is_not_served_by_one_that_does(
    user: MfaUser, stranger: ForeignServer
) -> None:
    """What the config file says of one profile is no word for the profile below it."""
    url = f"http://127.0.0.1:{stranger.port}"
    arn = user.sandbox.aws.world.role("upper").arn
    user.sandbox.configure(f"[profile upper]\nrole_arn = {arn}\nsource_profile = reader\nendpoint_url = {url}\n")
    done = user.sandbox.run("env", "upper", "--shell", "bash", AWS_ENDPOINT_URL=url)
    assert (done.returncode, stranger.heard) == (2, b"")


def test_the_console_sign_in_gives_it_no_session(sandbox: Sandbox, stranger: ForeignServer) -> None:
    """The request would hold the whole session."""
    add_role(sandbox)
    variable = {"AWS_ENDPOINT_URL_SIGNIN": f"http://127.0.0.1:{stranger.port}"}
    done = sandbox.run("login", "reader", "--stdout", **variable)
    assert (done.returncode, done.stdout, stranger.heard) == (2, "", b"")
    assert "error: AWS_ENDPOINT_URL_SIGNIN names" in done.stderr


@pytest.mark.parametrize("command", [ENV, ("sso", "profiles", "--no-input"), ("login", "--sso")])
@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"])
def test_identity_center_gives_it_no_token(
    sandbox: Sandbox, stranger: ForeignServer, command: tuple[str, ...], variable: str
) -> None:
    """Neither a new one nor the AWS CLI's."""
    start_url = sandbox.aws.world.sso.start_url
    sandbox.configure(f"[sso-session corp]\nsso_start_url = {start_url}\nsso_region = eu-west-1\n")
    sandbox.configure("[profile reader]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = reader\n")
    sandbox.aws.world.sso.assign("reader")
    write_cache(sandbox, cache_entry(sandbox))
    done = sandbox.run(*command, **{variable: f"http://127.0.0.1:{stranger.port}"})
    assert (done.returncode, stranger.heard) == (2, b"")
    assert f"error: {variable} names" in done.stderr


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS"])
def test_rotate_gives_it_no_key_pair(sandbox: Sandbox, stranger: ForeignServer, variable: str) -> None:
    """Neither the old one, which signs, nor the new one, which is tried."""
    sandbox.add("dev", sandbox.aws.world.user("alice").access_key())
    done = sandbox.run("rotate", "dev", **{variable: f"http://127.0.0.1:{stranger.port}"})
    assert stranger.heard == b""
    assert f"error: {variable} names" in done.stderr
    assert done.returncode != 0


def test_doctor_does_not_ask_it_for_the_time(user: MfaUser, stranger: ForeignServer) -> None:
    """It says what is wrong instead."""
    done = user.sandbox.run("doctor", AWS_ENDPOINT_URL=f"http://127.0.0.1:{stranger.port}")
    assert (done.returncode, stranger.heard) == (2, b"")
    assert f"fail  AWS_ENDPOINT_URL names http://127.0.0.1:{stranger.port}, which is another user's" in done.stdout


def enter(user: MfaUser, **extra: str) -> dict[str, str]:
    """Return the environment of a shell that has entered `reader`, in which the session is due."""
    script = f'eval "$(shellvault {" ".join(ENV)})"; env -0'
    shell = dict(parse_environment(user.sandbox.shell("bash", script, **extra).stdout))
    assert shell["SHELLVAULT_PROFILE"] == "reader"
    assert user.sandbox.run("clear").returncode == 0
    return shell


def read_state(user: MfaUser) -> str:
    """Return what the hook shows of the last refresh."""
    return Path(status_file.find_path(str(user.sandbox.vault), "reader")).read_text().split()[2]


def test_the_hook_renews_nothing_from_another_users_server(user: MfaUser, stranger: ForeignServer) -> None:
    """Not even where the session came from this address, from which its own server has gone; and the hook shows it."""
    shell = enter(user)
    url = f"http://127.0.0.1:{stranger.port}"
    again = {"AWS_ENDPOINT_URL": url, "SHELLVAULT_ENDPOINT": url}
    done = user.sandbox.run("env", "--refresh", "--shell", "bash", "--no-input", **{**shell, **again})
    assert (done.returncode, done.stdout, stranger.heard) == (2, "false\n", b"")
    assert read_state(user) == "failed"


def test_the_hook_renews_nothing_from_another_endpoint(user: MfaUser) -> None:
    """A session of AWS must not become one of LocalStack, not even of the user's own; and the hook shows it."""
    shell = enter(user) | {"SHELLVAULT_ENDPOINT": ""}
    user.sandbox.aws.world.calls.clear()
    done = user.sandbox.run("env", "--refresh", "--shell", "bash", "--no-input", **shell)
    assert (done.returncode, done.stdout, user.sandbox.aws.world.calls) == (2, "false\n", [])
    assert (
        f"error: the session of 'reader' comes from AWS, so it is not renewed from {user.sandbox.aws.url}\n"
        in done.stderr
    )
    assert "hint: for a new one from there: shellvault env reader\n" in done.stderr
    assert read_state(user) == "failed"


def test_the_hook_renews_nothing_from_aws_that_came_from_elsewhere(user: MfaUser) -> None:
    """The other way round."""
    shell = enter(user) | {"AWS_ENDPOINT_URL": ""}
    assert shell["SHELLVAULT_ENDPOINT"] == user.sandbox.aws.url
    done = user.sandbox.run("env", "--refresh", "--shell", "bash", "--no-input", **shell)
    assert (done.returncode, done.stdout, read_state(user)) == (2, "false\n", "failed")


@pytest.mark.parametrize("words", [ENV, ("exec", "reader", "--", "env")])
def test_a_session_is_renewed_from_where_it_came(user: MfaUser, words: tuple[str, ...]) -> None:
    """In a shell, and in one that `exec` started."""
    if words is ENV:
        shell = enter(user)
    else:
        shell = dict(parse_environment(user.sandbox.run("exec", "reader", "--", "env", "-0").stdout))
        user.sandbox.run("clear")
    done = user.sandbox.run("env", "--refresh", "--shell", "bash", "--no-input", **shell)
    assert done.returncode == 0, done.stderr
    assert "AWS_SECRET_ACCESS_KEY" in done.stdout
