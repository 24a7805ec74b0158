"""Lets the calls of many commands share one botocore client, which takes milliseconds to create.

The client itself has no secret, certificate or proxy: credentials and the HTTP session are those of the current call.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.credentials import Credentials, ReadOnlyCredentials

from shellvault.aws.refusals import SIGNED_BY
from shellvault.core.model import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.aws.http_session import BoundedSession
    from shellvault.core.model import KeyPair

SEND = "shellvault-send"
"""The name of the event handler that sends requests in botocore's place."""


class _MadeWith(NamedTuple):
    """What a call is made with. Never show it: it contains secrets."""

    http: BoundedSession
    credentials: KeyPair | Session | None


_call: ContextVar[_MadeWith] = ContextVar("call")


class CallCredentials(Credentials):
    """The credentials of the current call, in the form that botocore asks for."""

    def __init__(self) -> None:
        super().__init__("", "")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the credentials of the current call."""
        found = _call.get().credentials
        if found is None:
            return ReadOnlyCredentials("", "", None)
        token = (found.session_token or None) if isinstance(found, Session) else None
        return ReadOnlyCredentials(found.access_key_id, found.secret_access_key, token)


def prepare_client(created: Any) -> None:
    """Make a client send each call through the HTTP session of that call.

    Each answer's metadata names the access key that signed the request, under `SIGNED_BY`.
    """
    created.meta.events.register("before-send", lambda request, **_more: _call.get().http.send(request), unique_id=SEND)
    created.meta.events.register("after-call", lambda parsed, **_more: _add_metadata(parsed))


def _add_metadata(answer: dict[str, Any]) -> None:
    credentials = _call.get().credentials
    answer.setdefault("ResponseMetadata", {})[SIGNED_BY] = credentials.access_key_id if credentials else ""


class BoundClient:
    """A client for one command: botocore's, with its operations bound to credentials and an HTTP session.

    Args:
        client: botocore's client.
        http: sends the requests.
        credentials: sign the requests.
        forget: makes later commands use a new client, because one that has counted many failures retries less often.
    """

    def __init__(
        self, client: Any, http: BoundedSession, credentials: KeyPair | Session | None, forget: Callable[[], None]
    ) -> None:
        self._client = client
        self._made_with = _MadeWith(http, credentials)
        self._forget = forget
        self.meta = client.meta

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return self._bind(found) if name in self.meta.method_to_api_mapping else found

    def _bind(self, operation: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def call(**parameters: Any) -> dict[str, Any]:
            before = _call.set(self._made_with)
            try:
                return operation(**parameters)
            except Exception:
                self._forget()
                raise
            finally:
                _call.reset(before)

        return call
