"""The user of the broker's tests."""

from __future__ import annotations

from tests.broker.conftest import user

__all__ = ["user"]
