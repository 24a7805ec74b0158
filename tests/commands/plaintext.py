"""Key pairs in plaintext, as `import` finds them, and what became of them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from shellvault.core.record import Record

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox


class SampleKey(Record):
    """An access key that belongs to nobody."""

    id: str
    secret: str

    @property
    def lines(self) -> str:
        """The key as the AWS CLI writes it to a section."""
        return f"aws_access_key_id = {self.id}\naws_secret_access_key = {self.secret}\n"


DEV = SampleKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
OPS = SampleKey("AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")
PRINT_KEY = 'printf "%s %s" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"'


def write_credentials(sandbox: Sandbox, text: str) -> Path:
    """Write the shared credentials file, byte for byte, and return its path."""
    path = sandbox.home / ".aws" / "credentials"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    path.chmod(0o600)
    return path


def read_stored_key(sandbox: Sandbox, name: str) -> SampleKey | None:
    """Return the key that the vault has under a name."""
    done = sandbox.run("exec", name, "-n", "--", "sh", "-c", PRINT_KEY)
    return SampleKey(*done.stdout.split()) if done.returncode == 0 else None


def list_stored_names(sandbox: Sandbox) -> list[str]:
    """Return the names of all stored key pairs."""
    return sandbox.run("list", "--credentials").stdout.split()


def aws_vault_entry(name: str, key: SampleKey) -> str:
    """Return what aws-vault stores under a name: an item whose data is JSON in base64."""
    data = {"AccessKeyID": key.id, "SecretAccessKey": key.secret, "SessionToken": "", "Source": "", "CanExpire": False}
    item = {"Key": name, "Data": base64.b64encode(json.dumps(data).encode()).decode(), "Label": f"aws-vault ({name})"}
    return json.dumps({**item, "Description": "", "KeychainNotTrustApplication": True})
