"""The Windows credential store in a dictionary, as the two pywin32 modules that keyring calls."""

from __future__ import annotations

from types import ModuleType
from typing import Any

LIMIT = 2560  # bytes, CRED_MAX_CREDENTIAL_BLOB_SIZE
NOT_FOUND = 1168
LOCAL_MACHINE = 2
ENTERPRISE = 3


class WinError(Exception):
    """pywintypes.error."""

    def __init__(self, code: int, function: str, text: str) -> None:
        super().__init__(code, function, text)
        self.winerror = code
        self.funcname = function


class CredentialStore:
    """Credentials by target name, whose case Windows ignores."""

    def __init__(self) -> None:
        self.credentials: dict[str, dict[str, Any]] = {}

    def read(self, Type: int, TargetName: str) -> dict[str, Any]:  # noqa: N803 - CredRead's own names
        """CredRead."""
        self._check(Type, TargetName, "CredRead")
        return self.credentials[TargetName.casefold()]

    def write(self, credential: dict[str, Any], _flags: int) -> None:
        """CredWrite, which takes the blob as text and keeps it as UTF-16."""
        blob = credential["CredentialBlob"].encode("utf-16-le")
        if len(blob) > LIMIT:
            raise WinError(1783, "CredWrite", "The stub received bad data")
        self.credentials[credential["TargetName"].casefold()] = credential | {"CredentialBlob": blob}

    def delete(self, Type: int, TargetName: str) -> None:  # noqa: N803 - CredDelete's own names
        """CredDelete."""
        self._check(Type, TargetName, "CredDelete")
        del self.credentials[TargetName.casefold()]

    def _check(self, kind: int, name: str, function: str) -> None:
        if kind != 1 or name.casefold() not in self.credentials:
            raise WinError(NOT_FOUND, function, "Element not found.")


def modules(store: CredentialStore) -> dict[str, ModuleType]:
    """Return the modules that keyring imports, by name."""
    pywintypes = _module("pywintypes", error=WinError)
    win32cred = _module(
        "win32cred",
        CRED_TYPE_GENERIC=1,
        CRED_PERSIST_LOCAL_MACHINE=LOCAL_MACHINE,
        CRED_PERSIST_ENTERPRISE=ENTERPRISE,
        CredRead=store.read,
        CredWrite=store.write,
        CredDelete=store.delete,
    )
    package = _module("win32ctypes.pywin32", pywintypes=pywintypes, win32cred=win32cred)
    return {"win32ctypes": _module("win32ctypes", pywin32=package), "win32ctypes.pywin32": package}


def _module(name: str, **content: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(content)
    return module
