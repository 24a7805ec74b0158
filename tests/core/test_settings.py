"""What each option and variable means: set, unset, empty and invalid."""

from __future__ import annotations

import sys
from operator import attrgetter
from typing import TYPE_CHECKING

import pytest

from shellvault.compat.awsvault import variables
from shellvault.compat.awsvault.variables import find_federation_duration
from shellvault.core.chain.resolve import SessionOptions
from shellvault.core.errors import UsageError
from shellvault.settings import AWS_VAULT_VARIABLES, LOCK_AFTER, SSO_FLOWS
from tests.core.sample_settings import CWD, make_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.settings import Settings

USER_HOME = {"HOME": "/home/alice"}


@pytest.mark.parametrize(
    ("field", "option"),
    [
        ("duration", "--duration"),
        ("region", "--region"),
        ("backend", "--backend"),
        ("shell", "--shell"),
        ("timeout", "--timeout"),
        ("mfa_token", "--mfa-token"),
    ],
)
def test_options_are_taken_as_they_are_written(field: str, option: str) -> None:
    """An option that is not given is empty."""
    assert getattr(make_settings(options={option: "value"}), field) == "value"
    assert getattr(make_settings(), field) == ""


@pytest.mark.parametrize(
    ("field", "option"),
    [
        ("no_session", "--no-session"),
        ("no_input", "--no-input"),
        ("debug", "--debug"),
        ("use_device_code", "--use-device-code"),
    ],
)
def test_switches_are_on_only_if_given(field: str, option: str) -> None:
    """A switch that its variable turned off has an empty value."""
    values = [getattr(make_settings(options=options), field) for options in ({option: "1"}, {option: ""}, {})]
    assert values == [True, False, False]


@pytest.mark.parametrize(
    ("options", "driver"), [({}, "terminal"), ({"--prompt": ""}, "terminal"), ({"--prompt": "ykman"}, "ykman")]
)
def test_mfa_codes_come_from_the_terminal_by_default(options: dict[str, str], driver: str) -> None:
    """An empty choice means the default."""
    assert make_settings(options=options).mfa_driver == driver


def test_environment_and_folder_are_kept() -> None:
    """Programs that are started get the environment of the command."""
    settings = make_settings({"A": "1"})
    assert (settings.environ, settings.cwd) == ({"A": "1"}, CWD)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, SessionOptions()),
        ({"--duration": "1h30m"}, SessionOptions(duration=5400)),
        ({"--no-session": "1"}, SessionOptions(no_session=True)),
    ],
)
def test_session_options_come_from_the_command_line(options: dict[str, str], expected: SessionOptions) -> None:
    """Without a duration it is left open."""
    assert make_settings(options=options).session_options == expected


@pytest.mark.parametrize(
    ("environ", "changes"),
    [
        ({"AWS_ASSUME_ROLE_TTL": "20m"}, {"role": 1200}),
        ({"AWS_SESSION_TOKEN_TTL": "20m"}, {"token": 1200}),
        ({"AWS_CHAINED_SESSION_TOKEN_TTL": "20m"}, {"shared_token": 1200}),
        ({"AWS_MFA_SERIAL": "GAHT12345678"}, {"every_profile": (("mfa_serial", "GAHT12345678"),)}),
        ({"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}, {"every_profile": (("sts_regional_endpoints", "legacy"),)}),
        ({"AWS_ROLE_SESSION_NAME": "x"}, {"own_profile": (("role_session_name", "x"),)}),
        ({"AWS_SESSION_TAGS": "a=b"}, {"own_profile": (("session_tags", "a=b"),)}),
        ({"AWS_TRANSITIVE_TAGS": "a"}, {"own_profile": (("transitive_session_tags", "a"),)}),
        ({"AWS_SOURCE_IDENTITY": "x"}, {"own_profile": (("source_identity", "x"),)}),
        ({"AWS_MFA_SERIAL": ""}, {}),
        ({"AWS_REGION": "eu-west-1"}, {}),
    ],
)
def test_session_options_include_the_variables_of_aws_vault(
    environ: dict[str, str], changes: dict[str, object]
) -> None:
    """They are added to what the command line says."""
    settings = make_settings(environ, {"--duration": "1h"})
    assert settings.session_options == SessionOptions(duration=3600).replace(**changes)


def test_settings_know_every_variable_of_aws_vault() -> None:
    """The module that reads them is loaded only if one of these is set."""
    assert {*variables.DURATIONS, *variables.EVERY_PROFILE, *variables.OWN_PROFILE} == AWS_VAULT_VARIABLES


@pytest.mark.parametrize(
    ("read", "variable", "default"),
    [
        (attrgetter("lock_after"), "SHELLVAULT_LOCK_AFTER", LOCK_AFTER),
        (lambda settings: find_federation_duration(settings.environ), "AWS_FEDERATION_TOKEN_TTL", 0),
    ],
)
def test_durations_in_variables_are_parsed(read: Callable[[Settings], int], variable: str, default: int) -> None:
    """An empty variable counts as unset; an invalid one is an error that names it."""
    assert read(make_settings({variable: "20m"})) == 1200
    assert read(make_settings({variable: ""})) == read(make_settings()) == default
    with pytest.raises(UsageError, match=f"^{variable}: 'soon' is not a duration"):
        read(make_settings({variable: "soon"}))


def test_invalid_duration_on_the_command_line_is_refused() -> None:
    """The error names the option."""
    with pytest.raises(UsageError, match=r"^--duration: 'soon' is not a duration"):
        _ = make_settings(options={"--duration": "soon"}).session_options


@pytest.mark.parametrize(
    ("environ", "file"),
    [
        ({}, "/home/alice/.aws/config"),
        ({"AWS_CONFIG_FILE": "/etc/aws"}, "/etc/aws"),
        ({"AWS_CONFIG_FILE": "~/aws"}, "/home/alice/aws"),
        ({"AWS_CONFIG_FILE": "$DIR/aws", "DIR": "/etc"}, "/etc/aws"),
        ({"AWS_CONFIG_FILE": "aws"}, f"{CWD}/aws"),
        ({"AWS_CONFIG_FILE": ""}, "/home/alice/.aws/config"),
        ({"AWS_CONFIG_FILE": "/generated", "SHELLVAULT_CONFIG_FILE": "/own"}, "/own"),
        ({"AWS_CONFIG_FILE": "/given", "SHELLVAULT_CONFIG_FILE": ""}, "/given"),
    ],
)
def test_config_file_is_expanded(environ: dict[str, str], file: str) -> None:
    """The user's own file comes before a generated one."""
    assert make_settings(USER_HOME | environ).config_file == file


@pytest.mark.parametrize(
    ("environ", "file"),
    [
        ({}, "/home/alice/.aws/credentials"),
        ({"AWS_SHARED_CREDENTIALS_FILE": ""}, "/home/alice/.aws/credentials"),
        ({"AWS_SHARED_CREDENTIALS_FILE": "~/${DIR}/keys", "DIR": "aws"}, "/home/alice/aws/keys"),
        ({"AWS_SHARED_CREDENTIALS_FILE": "keys"}, f"{CWD}/keys"),
    ],
)
def test_credentials_file_is_expanded(environ: dict[str, str], file: str) -> None:
    """Variables and a leading tilde are replaced, as the AWS CLI does."""
    assert make_settings(USER_HOME | environ).credentials_file == file


def test_home_is_the_data_folder() -> None:
    """The user's home folder is a different one."""
    settings = make_settings(USER_HOME)
    assert (settings.home, settings.user_home) == ("/home/alice/.local/share/shellvault", "/home/alice")
    assert make_settings(USER_HOME | {"SHELLVAULT_HOME": "vault"}).home == f"{CWD}/vault"


@pytest.mark.parametrize(
    ("value", "file"),
    [(None, ""), ("", ""), ("/run/pass", "/run/pass"), ("pass", f"{CWD}/pass"), ("~/p", "/home/alice/p")],
)
def test_passphrase_file_is_made_absolute(value: str | None, file: str) -> None:
    """A dollar sign in its name stays, because a shell has expanded the variable already."""
    environ = USER_HOME if value is None else USER_HOME | {"SHELLVAULT_PASSPHRASE_FILE": value}
    assert make_settings(environ).passphrase_file == file
    assert make_settings({"SHELLVAULT_PASSPHRASE_FILE": "/$HOME", "HOME": "/x"}).passphrase_file == "/$HOME"


def test_secrets_do_not_show_in_a_repr() -> None:
    """Neither the passphrase nor an MFA code."""
    settings = make_settings({"SHELLVAULT_PASSPHRASE": "open sesame"}, {"--mfa-token": "123456"})
    assert (settings.passphrase, settings.mfa_token) == ("open sesame", "123456")
    assert repr((settings.passphrase, settings.mfa_token)) == "(Secret('…'), Secret('…'))"
    assert make_settings().passphrase == ""


@pytest.mark.parametrize(
    ("name", "variable"), [("ca_bundle", "AWS_CA_BUNDLE"), ("fallback_ca_bundle", "REQUESTS_CA_BUNDLE")]
)
@pytest.mark.parametrize(
    ("path", "expected"),
    [("ca.pem", f"{CWD}/ca.pem"), ("~/ca.pem", "/home/alice/ca.pem"), ("/ca.pem", "/ca.pem"), ("", "")],
)
def test_a_file_of_certificates_is_an_absolute_path(name: str, variable: str, path: str, expected: str) -> None:
    """It is trusted by its path, whatever folder a command is started in."""
    assert getattr(make_settings(USER_HOME | {variable: path}), name) == expected


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("aws_vault_backend", "AWS_VAULT_BACKEND"),
        ("minimum_time_left", "AWS_MIN_TTL"),
    ],
)
def test_plain_variables_are_taken_as_they_are(name: str, variable: str) -> None:
    """An unset variable is empty."""
    assert getattr(make_settings({variable: "value"}), name) == "value"
    assert getattr(make_settings(), name) == ""


@pytest.mark.parametrize(
    ("environ", "arn"),
    [
        ({}, ""),
        ({"AWS_ROLE_ARN": "arn"}, "arn"),
        ({"AWS_ROLE_ARN": "arn", "AWS_WEB_IDENTITY_TOKEN_FILE": ""}, "arn"),
        ({"AWS_ROLE_ARN": "arn", "AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, ""),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, ""),
    ],
)
def test_role_in_the_environment_is_ignored(environ: dict[str, str], arn: str) -> None:
    """With a web identity token it is for the SDKs, so there is nothing to report."""
    assert make_settings(environ).ignored_role_arn == arn


@pytest.mark.parametrize(
    ("environ", "options", "flow"),
    [
        ({}, {}, "auto"),
        ({"SHELLVAULT_SSO_FLOW": ""}, {}, "auto"),
        *(({"SHELLVAULT_SSO_FLOW": flow}, {}, flow) for flow in SSO_FLOWS),
        ({}, {"--use-device-code": "1"}, "device"),
        ({"SHELLVAULT_SSO_FLOW": "browser"}, {"--use-device-code": "1"}, "device"),
    ],
)
def test_sso_flow_is_chosen_by_option_or_variable(environ: dict[str, str], options: dict[str, str], flow: str) -> None:
    """The option wins."""
    assert make_settings(environ, options).sso_flow == flow


@pytest.mark.parametrize("flow", ["Browser", "code", " auto"])
def test_unknown_sso_flow_is_refused(flow: str) -> None:
    """The hint lists the flows."""
    with pytest.raises(UsageError, match=f"SHELLVAULT_SSO_FLOW is '{flow}'") as raised:
        _ = make_settings({"SHELLVAULT_SSO_FLOW": flow}).sso_flow
    assert raised.value.hint == "set it to one of: auto, browser, device"


@pytest.mark.parametrize(
    ("value", "ignored"), [(None, False), ("", False), ("true", True), ("TRUE", True), ("1", False), ("false", False)]
)
def test_configured_endpoints_are_ignored_only_for_true(value: str | None, ignored: bool) -> None:  # noqa: FBT001 - a column
    """The SDKs accept this word in any case, and no other."""
    environ = {} if value is None else {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": value}
    assert (make_settings(environ).endpoint_urls is None) is ignored


def test_variables_that_name_endpoints_are_collected() -> None:
    """Empty ones do not count, and neither do other variables."""
    named = {"AWS_ENDPOINT_URL": "https://a", "AWS_ENDPOINT_URL_SSO_OIDC": "https://b"}
    assert make_settings({**named, "AWS_ENDPOINT_URL_STS": "", "AWS_REGION": "c"}).endpoint_urls == named
    assert make_settings({}).endpoint_urls == {}


@pytest.mark.parametrize(
    ("environ", "region"),
    [
        ({}, ""),
        ({"AWS_DEFAULT_REGION": "b"}, "b"),
        ({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}, "a"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "b"}, "b"),
    ],
)
def test_aws_region_wins_over_aws_default_region(environ: dict[str, str], region: str) -> None:
    """This is the order of the newer SDKs."""
    assert make_settings(environ).default_region == region


@pytest.mark.parametrize(
    ("platform", "environ", "display", "browser"),
    [
        ("linux", {}, False, False),
        ("linux", {"DISPLAY": ":0"}, True, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True, True),
        ("linux", {"DISPLAY": ""}, False, False),
        ("linux", {"DISPLAY": ":0", "SSH_CONNECTION": "x"}, True, False),
        ("linux", {"DISPLAY": ":0", "SSH_TTY": "x"}, True, False),
        ("linux", {"BROWSER": "w3m"}, False, True),
        ("linux", {"BROWSER": "w3m", "SSH_TTY": "x"}, False, True),
        ("darwin", {}, True, True),
        ("darwin", {"SSH_TTY": "x"}, True, False),
        ("win32", {}, True, True),
    ],
)
def test_display_and_browser_depend_on_platform_and_environment(
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    environ: dict[str, str],
    display: bool,  # noqa: FBT001 - a table's column
    browser: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Over SSH the browser of this machine is not one that the user sees."""
    monkeypatch.setattr(sys, "platform", platform)
    settings = make_settings(USER_HOME | {"SHELLVAULT_HOME": "/vault"} | environ)
    assert (settings.has_display, settings.has_local_browser) == (display, browser)


@pytest.mark.parametrize(
    ("value", "profiles"), [(None, ()), ("", ()), ("dev", ("dev",)), ("dev\nprod eu\n", ("dev", "prod eu"))]
)
def test_profiles_that_programs_were_started_for_are_listed(value: str | None, profiles: tuple[str, ...]) -> None:
    """The variable has one profile a line."""
    environ = {} if value is None else {"SHELLVAULT_ASKED": value}
    assert make_settings(environ).asked_for == profiles


def test_what_gives_codes_has_a_variable_for_each_part() -> None:
    """An account and a device for ykman, and an entry for pass."""
    environ = {"YKMAN_OATH_CREDENTIAL_NAME": "a", "YKMAN_OATH_DEVICE_SERIAL": "1", "PASS_OATH_CREDENTIAL_NAME": "e"}
    assert (make_settings(environ).code_sources, make_settings().code_sources) == (("a", "1", "e"), ("", "", ""))
