"""`import --from csv`: the console's file, in the shapes that it had over the years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, names, stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

NEW = f"\ufeffAccess key ID,Secret access key\r\n{DEV.id},{DEV.secret}\r\n"
OLD = "User name,Password,Access key ID,Secret access key,Console login link\r\n"
LINK = "https://111122223333.signin.aws.amazon.com/console"
USERS = f'{OLD}alice,,{DEV.id},{DEV.secret},{LINK}\r\n"bob",,{OPS.id},"{OPS.secret}",{LINK}\r\n'


def write(sandbox: Sandbox, text: str) -> Path:
    """Write the file with its downloaded name."""
    file = sandbox.home / "accessKeys.csv"
    file.write_bytes(text.encode())
    return file


@pytest.mark.parametrize("order", ["csv FILE dev", "dev csv FILE"])
@pytest.mark.parametrize(
    "text", [NEW, NEW.replace("\r\n", "\n").lstrip("\ufeff"), USERS.split('"', maxsplit=1)[0], f"{NEW}\r\n,\r\n"]
)
def test_a_single_key_takes_the_name_that_is_given(sandbox: Sandbox, text: str, order: str) -> None:
    """With byte order mark and carriage returns or without, the name before the file or after it."""
    file = write(sandbox, text)
    words = order.replace("csv", "--from csv").replace("FILE", str(file)).split()
    done = sandbox.run("import", *words)
    assert (done.returncode, done.stderr, stored(sandbox, "dev")) == (0, "", DEV)
    assert file.exists()


def test_users_names_are_profiles(sandbox: Sandbox) -> None:
    """Where the file has them; of several, those that are named."""
    file = write(sandbox, USERS)
    assert sandbox.run("import", "--from", "csv", str(file), "bob").returncode == 0
    assert names(sandbox) == ["bob"]
    assert sandbox.run("import", "--from=csv", str(file)).returncode == 0
    assert (stored(sandbox, "alice"), stored(sandbox, "bob")) == (DEV, OPS)


def test_a_key_without_a_name_needs_one(sandbox: Sandbox) -> None:
    """The hint has the line to type."""
    file = write(sandbox, NEW)
    done = sandbox.run("import", "--from", "csv", str(file))
    assert (done.returncode, names(sandbox)) == (2, [])
    assert done.stderr.endswith(f"hint: shellvault import --from csv {file} NAME\n")


def test_scrub_deletes_the_file(sandbox: Sandbox) -> None:
    """When all of it is in the vault."""
    file = write(sandbox, NEW)
    done = sandbox.run("import", "--from", "csv", str(file), "dev", "--scrub", "-f")
    assert f"Deleted {file}, which held 'dev'.\n" in done.stdout
    assert (file.exists(), stored(sandbox, "dev")) == (False, DEV)


def test_a_file_that_holds_more_is_not_deleted(sandbox: Sandbox) -> None:
    """The other user's key would be lost."""
    file = write(sandbox, USERS)
    done = sandbox.run("import", "--from", "csv", str(file), "bob", "--scrub", "-f")
    assert (done.returncode, file.exists(), stored(sandbox, "bob")) == (2, True, OPS)
    assert "holds other key pairs too, so it was not deleted" in done.stderr


@pytest.mark.parametrize(
    "text", ["", "\n", "name,age\nx,1\n", NEW.split("\r\n", maxsplit=1)[0], f"{NEW},\r\nx,\r\n", "\0\0,\0", '"' * 9]
)
def test_a_file_without_keys_is_told(sandbox: Sandbox, text: str) -> None:
    """Status 2, one error and one hint, whatever it is."""
    file = write(sandbox, text)
    done = sandbox.run("import", "--from", "csv", str(file), "dev")
    assert (done.returncode, names(sandbox)) == (2, [])
    assert done.stderr.startswith(f"error: {file} ")
    assert DEV.secret not in done.stderr


def test_the_file_alone_is_told_how_to_be_named(sandbox: Sandbox) -> None:
    """`--from FILE` is what people try first."""
    file = write(sandbox, NEW)
    done = sandbox.run("import", "--from", str(file), "dev")
    assert done.stderr.endswith(f"hint: --from csv {file}\n")
