"""`doctor` and what cannot be used or read: variables, broken files, folders, loops, and missing regions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shellvault.argparser import Option
from shellvault.commands import VERBS
from shellvault.doctor.settings_check import check_settings
from tests.commands.plaintext import DEV, OPS, write_credentials
from tests.commands.test_doctor import run_doctor

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

WRONG = {
    "AWS_MIN_TTL": "soon",
    "AWS_ASSUME_ROLE_TTL": "soon",
    "AWS_VAULT_PROMPT": "xx",
    "SHELLVAULT_AGENT": "foo",
    "SHELLVAULT_BACKEND": "foo",
    "SHELLVAULT_DURATION": "5",
    "SHELLVAULT_FRESH": "perhaps",
    "SHELLVAULT_JOBS": "many",
    "SHELLVAULT_KEY_AGE": "old",
    "SHELLVAULT_LEND_FOR": "ever",
    "SHELLVAULT_LOCK_AFTER": "lunch",
    "SHELLVAULT_LOGIN_IN": "space",
    "SHELLVAULT_MFA_PROMPT": "xx",
    "SHELLVAULT_MFA_TOKEN": "12",
    "SHELLVAULT_NO_SESSION": "perhaps",
    "SHELLVAULT_READ_ONLY": "perhaps",
    "SHELLVAULT_REGION": "EU",
    "SHELLVAULT_SESSION_NAME": "a b",
    "SHELLVAULT_SHELL": "foo",
    "SHELLVAULT_SSO_FLOW": "dance",
    "SHELLVAULT_TICK": "x",
    "SHELLVAULT_TIMEOUT": "soon",
}


@pytest.mark.parametrize("variable", WRONG)
def test_a_variable_that_cannot_be_used_fails(healthy: Sandbox, variable: str) -> None:
    """Status 2; the message names the variable, and there is a fix, once. The value may be empty."""
    done = healthy.run("doctor", "--json", **{variable: WRONG[variable]})
    found = [one for one in json.loads(done.stdout) if one["state"] == "fail"]
    assert done.returncode == 2
    assert [variable in one["message"] and "--" not in one["message"] + one["fix"] for one in found] == [True]
    assert found[0]["fix"]
    assert healthy.run("doctor", **{variable: ""}).returncode == 0


def test_each_option_with_a_kind_is_checked() -> None:
    """A new option's variable is, too, without a line of its own."""
    option = Option("--new", "", "", "TIME", "SHELLVAULT_NEW", kind="duration")
    (found,) = check_settings({"SHELLVAULT_NEW": "soon"}, [option])
    assert (found.status, found.message) == (2, "SHELLVAULT_NEW: 'soon' is not a duration")
    assert VERBS


@pytest.mark.parametrize("place", ["config", "credentials"])
def test_a_broken_file_does_not_hide_a_key(healthy: Sandbox, place: str) -> None:
    """The keys of both files are found line by line, and what was not checked is said."""
    if place == "config":
        healthy.config.write_text(f"[profile a\n{OPS.lines}")
        write_credentials(healthy, f"[dev]\n{DEV.lines}")
    else:
        write_credentials(healthy, f"[tmp]\naws_session_token = x\n[dev\n{DEV.lines}[dev]\n{OPS.lines}[dev]\n")
    done = healthy.run("doctor")
    assert done.returncode == 2
    for key in (DEV, OPS):
        assert key.secret not in done.stdout
    assert f"fail  the key pair {DEV.id[-4:]}" in done.stdout.replace("…", "")
    assert "-> mend the broken file, then: shellvault import --scrub\n" in done.stdout
    skipped = "".join(line for line in done.stdout.splitlines() if line.startswith("warn  not checked"))
    assert "which credentials programs in this shell would use" in skipped
    assert "which of its keys are in the vault" in skipped
    assert ("this machine's clock" in skipped) == (place == "config")


def test_a_folder_in_place_of_a_file_is_no_matter_of_permissions(healthy: Sandbox) -> None:
    """Neither of the config file nor of the credentials file."""
    for name in ("config", "credentials"):
        path = healthy.home / ".aws" / name
        path.unlink(missing_ok=True)
        path.mkdir()
        result = run_doctor(healthy)
        state, fix = result.find(f"cannot read {path}: Is a directory")
        assert (state, fix.partition(",")[0]) == ("fail", "put a file in its place")
        assert result.find_states("other users") == []
        path.rmdir()


def test_a_loop_of_several_profiles_is_one_warning(healthy: Sandbox) -> None:
    """A profile that leads into it is not at fault; another loop is another fault."""
    role = "role_arn = arn:aws:iam::111122223333:role/x\nsource_profile = "
    names = {"a": "b", "b": "a", "c": "a", "d": "e", "e": "d"}
    healthy.configure("".join(f"[profile {name}]\n{role}{source}\n" for name, source in names.items()))
    found = [message for message in run_doctor(healthy).findings if "loops" in message]
    assert found == [
        "profile 'a': source_profile loops: a -> b -> a",
        "profile 'd': source_profile loops: d -> e -> d",
    ]


def test_profiles_without_a_region_are_named(healthy: Sandbox) -> None:
    """The AWS CLI asks for one; the environment's is enough for all, and nothing is wrong."""
    given = {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}
    healthy.configure("[profile far]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/x\n")
    state, _fix = run_doctor(healthy, **given).find("no region is set for 'base', 'role', nor in AWS_REGION")
    assert state == "ok"
    assert not run_doctor(healthy, AWS_REGION="eu-west-1").find_states("no region is set")


def test_no_home_is_no_switched_off_agent(healthy: Sandbox) -> None:
    """The variable was not set."""
    del healthy.env["HOME"]
    told = healthy.run("doctor", SHELLVAULT_AGENT="", XDG_DATA_HOME="").stdout
    assert "no agent is used (HOME is not set)" in told
