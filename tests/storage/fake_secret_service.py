"""A minimal Secret Service on a real bus, run as a script.

It keeps no secrets. `silent` owns the name and never answers; `answered` is locked until its prompt has been open for a
while; `dismissed` is locked, and its prompt is closed without an answer.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

if TYPE_CHECKING:
    from collections.abc import Callable

COLLECTION = "/org/freedesktop/secrets/collection/login"
PROMPT = DBusAddress("/org/freedesktop/secrets/prompt/p1", interface="org.freedesktop.Secret.Prompt")
THINKING = 2.0  # seconds that the user takes


class FakeSecretService:
    """One locked collection without items, and the prompt that unlocks it."""

    def __init__(self, connection: DBusConnection, *, dismissed: bool) -> None:
        self._connection = connection
        self._dismissed = dismissed
        self._locked = True
        self._answers: dict[str, Callable[[Message], tuple[str, tuple[Any, ...]]]] = {
            "ReadAlias": lambda _call: ("o", (COLLECTION,)),
            "Get": self._property,
            "Unlock": self._unlock,
            "Prompt": lambda _call: ("", ()),
            "SearchItems": lambda _call: ("ao", ([],)),
        }

    def serve(self, call: Message) -> None:
        """Answer one call; after the call that opens the prompt, act as the user."""
        member = call.header.fields[HeaderFields.member]
        self._connection.send(new_method_return(call, *self._answers[member](call)))
        if member == "Prompt":
            time.sleep(THINKING)
            self._locked = self._dismissed
            self._connection.send(new_signal(PROMPT, "Completed", "bv", (self._dismissed, ("ao", []))))

    def _property(self, call: Message) -> tuple[str, tuple[Any, ...]]:
        return "v", (("b", self._locked) if call.body[1] == "Locked" else ("s", "login"),)

    def _unlock(self, _call: Message) -> tuple[str, tuple[Any, ...]]:
        return "aoo", ([], PROMPT.object_path if self._locked else "/")


def main(behaviour: str) -> None:
    """Own the name and serve until killed."""
    connection = open_dbus_connection()
    service = FakeSecretService(connection, dismissed=behaviour == "dismissed")
    Proxy(message_bus, connection).RequestName("org.freedesktop.secrets")
    while True:
        message = connection.receive()
        if behaviour != "silent" and message.header.message_type is MessageType.method_call:
            service.serve(message)


if __name__ == "__main__":
    main(sys.argv[1])
