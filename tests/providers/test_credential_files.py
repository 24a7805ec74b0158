"""Files with tokens and cached sign-ins: reading them never waits for a pipe, and always has a limit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.system.atomic_file import read_bytes
from tests.providers.metadata_service import MetadataService
from tests.providers.test_ambient_credentials import add_reader, key, service_answer
from tests.providers.test_sso_aws_cli import cache_entry, write_cache
from tests.providers.test_web_identity import add_ci_profile, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.aws.identities import AccessKey
    from tests.aws.sso import Sso
    from tests.sandbox import Sandbox

__all__ = ["key", "token"]

TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"


def make_large(path: str) -> None:
    """Create a file of 64 GiB."""
    with Path(path).open("w") as file:
        file.truncate(1 << 36)


NO_FILES: dict[str, Callable[[str], None]] = {
    "it is not a file": os.mkfifo,
    "it is larger than 65536 bytes": make_large,
    "No such file or directory": lambda _path: None,
}


def project(file: Path) -> Path:
    """Return a link to a link to a file, as Kubernetes does for projected tokens."""
    folder = file.parent / "..2026_01_01"
    folder.mkdir()
    file.rename(folder / "token")
    (file.parent / "..data").symlink_to("..2026_01_01")
    file.symlink_to("..data/token")
    return file


@pytest.mark.parametrize("reason", NO_FILES)
def test_an_unreadable_web_identity_token_is_an_error(sandbox: Sandbox, tmp_path: Path, reason: str) -> None:
    """The error comes at once, and names the path."""
    path = tmp_path / "token"
    NO_FILES[reason](str(path))
    add_ci_profile(sandbox, f"web_identity_token_file = {path}")
    done = sandbox.run("env", "ci", "--shell", "bash")
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"error: the web identity token {path} cannot be read: {reason}\n" in done.stderr


def test_a_projected_web_identity_token_is_read(sandbox: Sandbox, token: Path) -> None:
    """The path is a symbolic link to a file."""
    add_ci_profile(sandbox, f"web_identity_token_file = {project(token)}")
    done = sandbox.run("env", "ci", "--shell", "bash")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("reason", NO_FILES)
def test_an_unreadable_container_token_is_an_error(
    sandbox: Sandbox, key: AccessKey, tmp_path: Path, reason: str
) -> None:
    """The error comes at once, and names the path; the service is not called without a token."""
    path = tmp_path / "token"
    NO_FILES[reason](str(path))
    add_reader(sandbox, "EcsContainer")
    with MetadataService(service_answer(sandbox, key)) as service:
        variables = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{service.url}/role", TOKEN_FILE: str(path)}
        done = sandbox.run("env", "reader", "--shell", "bash", **variables)
    assert (done.returncode, done.stdout, service.asked) == (2, "false\n", [])
    assert f"error: the container's token {path} cannot be read: {reason}\nhint: correct {TOKEN_FILE}\n" in done.stderr


def test_a_projected_container_token_is_read(sandbox: Sandbox, key: AccessKey, tmp_path: Path) -> None:
    """Its trailing newline is removed, as no header can contain one."""
    (tmp_path / "token").write_text("let me in\n")
    add_reader(sandbox, "EcsContainer")
    with MetadataService(service_answer(sandbox, key), authorization="let me in") as service:
        variables = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{service.url}/role"}
        done = sandbox.run(
            "env", "reader", "--shell", "bash", **variables, **{TOKEN_FILE: str(project(tmp_path / "token"))}
        )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("make", [os.mkfifo, make_large])
def test_an_unreadable_cached_sign_in_is_ignored(sandbox: Sandbox, sso: Sso, make: Callable[[str], None]) -> None:
    """The user is told to sign in, as if there were none."""
    assert sso.start_url
    write_cache(sandbox, cache_entry(sandbox))
    (path,) = (sandbox.home / ".aws" / "sso" / "cache").iterdir()
    path.unlink()
    make(str(path))
    done = sandbox.run("env", "reader", "--shell", "bash", "--no-input")
    assert (done.returncode, done.stdout) == (6, "false\n")


def test_reading_a_file_that_is_too_large_fails(tmp_path: Path) -> None:
    """It is never silently truncated."""
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_bytes(str(path), limit=5) == b"12345"
    with pytest.raises(OSError, match="it is larger than 4 bytes"):
        read_bytes(str(path), limit=4)
