"""`import --from aws-vault` from a real gnome-keyring, with a collection as aws-vault makes it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, entry, names, stored
from tests.stores.gnome import PASSWORD, gnome_keyring, session_bus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.house import House

IMPORT = ("import", "--from", "aws-vault")
