"""`import --from csv`: the console's file, in all the forms it has had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, list_stored_names, read_stored_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("cheap_vault")
NEW = f"\ufeffAccess key ID,Secret access key\r\n{DEV.id},{DEV.secret}\r\n"
OLD = "User name,Password,Access key ID,Secret access key,Console login link\r\n"
LINK = "https://111122223333.signin.aws.amazon.com/console"
USERS = f'{OLD}alice,,{DEV.id},{DEV.secret},{LINK}\r\n"bob",,{OPS.id},"{OPS.secret}",{LINK}\r\n'


def write_csv(sandbox: Sandbox, text: str) -> Path:
    """Write the file under its usual name."""
    file = sandbox.home / "accessKeys.csv"
    file.write_bytes(text.encode())
    return file


@pytest.mark.parametrize("order", ["csv FILE dev", "dev csv FILE"])
@pytest.mark.parametrize(
    "text", [NEW, NEW.replace("\r\n", "\n").lstrip("\ufeff"), USERS.split('"', maxsplit=1)[0], f"{NEW}\r\n,\r\n"]
)
def test_a_single_key_gets_the_given_name(sandbox: Sandbox, text: str, order: str) -> None:
    """The name may come before or after the file."""
    file = write_csv(sandbox, text)
    words = order.replace("csv", "--from csv").replace("FILE", str(file)).split()
    done = sandbox.run("import", *words)
    assert (done.returncode, done.stderr, read_stored_key(sandbox, "dev")) == (0, "", DEV)
    assert file.exists()


def test_user_names_become_profiles(sandbox: Sandbox) -> None:
    """All of them, or only those that are named."""
    file = write_csv(sandbox, USERS)
    assert sandbox.run("import", "--from", "csv", str(file), "bob").returncode == 0
    assert list_stored_names(sandbox) == ["bob"]
    assert sandbox.run("import", "--from=csv", str(file)).returncode == 0
    assert (read_stored_key(sandbox, "alice"), read_stored_key(sandbox, "bob")) == (DEV, OPS)


def test_a_key_without_a_user_name_needs_a_name(sandbox: Sandbox) -> None:
    """The hint has the command."""
    file = write_csv(sandbox, NEW)
    done = sandbox.run("import", "--from", "csv", str(file))
    assert (done.returncode, list_stored_names(sandbox)) == (2, [])
    assert done.stderr.endswith(f"hint: shellvault import --from csv {file} NAME\n")


def test_scrub_deletes_the_file(sandbox: Sandbox) -> None:
    """After everything in it is in the vault."""
    file = write_csv(sandbox, NEW)
    done = sandbox.run("import", "--from", "csv", str(file), "dev", "--scrub", "-f")
    assert f"Deleted {file}, which had the key pairs of 'dev'.\n" in done.stdout
    assert (file.exists(), read_stored_key(sandbox, "dev")) == (False, DEV)


def test_scrub_keeps_a_file_with_other_key_pairs(sandbox: Sandbox) -> None:
    """They would be lost."""
    file = write_csv(sandbox, USERS)
    done = sandbox.run("import", "--from", "csv", str(file), "bob", "--scrub", "-f")
    assert (done.returncode, file.exists(), read_stored_key(sandbox, "bob")) == (2, True, OPS)
    assert "also has other key pairs, so it was not deleted" in done.stderr


@pytest.mark.parametrize(
    "text", ["", "\n", "name,age\nx,1\n", NEW.split("\r\n", maxsplit=1)[0], f"{NEW},\r\nx,\r\n", "\0\0,\0", '"' * 9]
)
def test_a_file_without_keys_is_an_error(sandbox: Sandbox, text: str) -> None:
    """Status 2, whatever is in it."""
    file = write_csv(sandbox, text)
    done = sandbox.run("import", "--from", "csv", str(file), "dev")
    assert (done.returncode, list_stored_names(sandbox)) == (2, [])
    assert done.stderr.startswith(f"error: {file} ")
    assert DEV.secret not in done.stderr


def test_a_file_as_the_source_suggests_csv(sandbox: Sandbox) -> None:
    """`--from FILE` is what people try first."""
    file = write_csv(sandbox, NEW)
    done = sandbox.run("import", "--from", str(file), "dev")
    assert done.stderr.endswith(f"hint: --from csv {file}\n")
