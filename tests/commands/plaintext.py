"""Keys as they lie about before they are imported: AWS files, the console's CSV, and aws-vault's entries."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from shellvault.core.record import Record

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox


class Key(Record):
    """An access key that is nobody's."""

    id: str
    secret: str

    @property
    def lines(self) -> str:
        """The key as the AWS CLI writes it into a section."""
        return f"aws_access_key_id = {self.id}\naws_secret_access_key = {self.secret}\n"


DEV = Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
OPS = Key("AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")
SHOW = 'printf "%s %s" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"'


def credentials(sandbox: Sandbox, text: str) -> Path:
    """Write the shared credentials file, byte for byte, and return it."""
    path = sandbox.home / ".aws" / "credentials"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    path.chmod(0o600)
    return path


def stored(sandbox: Sandbox, name: str) -> Key | None:
    """Return the key that the vault has under a name."""
    done = sandbox.run("exec", name, "-n", "--", "sh", "-c", SHOW)
    return Key(*done.stdout.split()) if done.returncode == 0 else None


def names(sandbox: Sandbox) -> list[str]:
    """Return the names of all stored key pairs."""
    return sandbox.run("list", "--credentials").stdout.split()


def entry(name: str, key: Key) -> str:
    """Return what aws-vault keeps under a name: an item whose data is JSON in base64."""
    kept = {"AccessKeyID": key.id, "SecretAccessKey": key.secret, "SessionToken": "", "Source": "", "CanExpire": False}
    item = {"Key": name, "Data": base64.b64encode(json.dumps(kept).encode()).decode(), "Label": f"aws-vault ({name})"}
    return json.dumps({**item, "Description": "", "KeychainNotTrustApplication": True})
