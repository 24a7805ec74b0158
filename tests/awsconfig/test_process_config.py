"""The config file for programs that ask shellvault: whatever the user's file looks like, only credentials change."""

from __future__ import annotations

import time
from random import Random

import pytest

from shellvault.awsconfig.document import edit_profile
from shellvault.awsconfig.process_config import SOURCE_SETTINGS, write_process_config
from shellvault.awsconfig.profiles import Profiles
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from tests.awsconfig.generated_configs import make_config
from tests.core.sample_settings import make_settings

FILES, SEED = 3_000, 11
ASKED = {"credential_process": "ask"}
DEFAULTS = "[DEFAULT]\nrole_arn = arn\n  x\nsource_profile = a\nsso_region = eu-west-1\ncredential_source =\n"


def read(text: str, *kinds: str) -> dict[str, dict[str, str]]:
    """Return the settings of every section of these kinds, by kind and name."""
    config = Config(text)
    return {f"{kind} {name}": config.section(f"{kind} {name}") for kind in kinds for name in config.named(kind) if name}


def write(text: str, asking: list[str]) -> str:
    """Return the file for programs."""
    return write_process_config(text, Profiles(Config(text), {}, make_settings()), asking, lambda _name: "ask")


def generate(random: Random) -> str:
    """Return a generated file that the AWS CLI can read."""
    while True:
        text = make_config(random).decode("utf-8", "surrogateescape")
        try:
            Config(text)
        except UsageError:
            continue
        return text


def is_source(key: str) -> bool:
    """Return whether a setting is one of the credentials', or nested below one."""
    return key.partition(".")[0] in SOURCE_SETTINGS


def test_generated_files_keep_everything_but_the_credentials() -> None:
    """Profiles that ask have `credential_process` and no other source; other profiles and sections are as before."""
    random = Random(SEED)  # noqa: S311 - the same files in each run
    for _ in range(FILES):
        text = generate(random)
        if "DEFAULT" not in text and random.random() < 0.2:
            text = f"{text}\n{DEFAULTS}"
        names = [name for name in Config(text).names() if "include_profile" not in Config(text).section(name)]
        asking = [name for name in names if random.random() < 0.6]
        expected = read(text, "profile", "sso-session", "services")
        for name in asking:
            own = expected[f"profile {name}"]
            expected[f"profile {name}"] = {key: own[key] for key in own if not is_source(key)} | ASKED
        assert _without_long_values(read(write(text, asking), "profile", "sso-session", "services")) == (
            _without_long_values(expected)
        ), text


def test_generated_files_keep_everything_when_a_profile_gets_a_setting() -> None:
    """This includes files with indented headers, and empty profiles."""
    random = Random(SEED)  # noqa: S311 - the same files in each run
    for _ in range(FILES):
        text = generate(random)
        for name in Config(text).names():
            expected = read(text, "profile", "sso-session", "services")
            expected[f"profile {name}"] = {"mfa_serial": "123456789"} | expected[f"profile {name}"]
            edited = edit_profile(text, name, {"mfa_serial": "123456789"})
            assert read(edited, "profile", "sso-session", "services") == expected, text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_credentials_in_the_default_section_do_not_replace_credential_process(end: str) -> None:
    """In botocore, every section inherits the settings of [DEFAULT]. Profiles that do not ask keep them."""
    lines = ["[DEFAULT]", "role_arn = arn", "sso_region = eu-west-1", "region = eu-north-1", "[profile asks]"]
    lines += [
        "[profile not]",
        "role_arn = other",
        "[sso-session corp]",
        "sso_start_url = https://corp.awsapps.com/start",
    ]
    text = end.join(lines)
    assert read(write(text, ["asks"]), "profile", "sso-session") == {
        "profile asks": {"region": "eu-north-1", **ASKED},
        "profile not": {"region": "eu-north-1", "role_arn": "other", "sso_region": "eu-west-1"},
        "sso-session corp": {
            "region": "eu-north-1",
            "role_arn": "arn",
            "sso_region": "eu-west-1",
            "sso_start_url": "https://corp.awsapps.com/start",
        },
    }


def test_many_profiles_take_no_more_time_each_than_a_few() -> None:
    """Ten times as many profiles take about ten times as long, even if every name is quoted."""
    took = []
    for count in (300, 3_000):
        text = "".join(f"[profile 'p {number}']\nrole_arn = x\n" for number in range(count))
        start = time.perf_counter()
        names = Config(text).names()
        write(text, names)
        took.append(time.perf_counter() - start)
    assert took[1] < 40 * took[0]


def _without_long_values(sections: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Leave out inherited values of several lines, which no program can use as credentials."""
    return {
        name: {key: value for key, value in settings.items() if "\n" not in value or not is_source(key)}
        for name, settings in sections.items()
    }
