"""An endpoint for many tests, and a sandbox for those that need one of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.endpoint.serving import prepare, serve
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.endpoint.serving import Serving


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Return an endpoint that the tests of a module share."""
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("serving"), aws)
        prepare(sandbox)
        with serve(sandbox) as served:
            yield served
        sandbox.purge()


@pytest.fixture
def reader(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with the profile `reader`."""
    prepare(sandbox)
    return sandbox
