"""The table of providers: each link that calls somebody has a row, and all providers have one shape."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from shellvault.core.chain.links import Link, StoredKey
from shellvault.providers import PROVIDERS


def test_every_link_except_a_stored_key_has_a_provider() -> None:
    """The vault gives stored keys."""
    assert set(PROVIDERS) | {StoredKey} == set(Link.__subclasses__())


@pytest.mark.parametrize("row", sorted(set(PROVIDERS.values())))
def test_a_provider_takes_a_context_and_is_called_with_link_and_source(row: str) -> None:
    """The table imports it by name, so no type checker compares them."""
    module, name = row.split(":")
    provider = getattr(import_module(f"shellvault.providers.{module}"), name)
    assert list(inspect.signature(provider).parameters) == ["context"]
    call = [parameter.lstrip("_") for parameter in inspect.signature(provider.__call__).parameters]
    assert call == ["self", "link", "source"]
