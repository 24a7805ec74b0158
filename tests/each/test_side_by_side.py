"""`each` obtains sessions side by side, and not one after another."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

from tests.each.conftest import add_role
from tests.sandbox import SHELLVAULT, TIME_LIMIT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

AT_ONCE = 6


def test_each_asks_aws_for_several_sessions_at_the_same_time(sandbox: Sandbox) -> None:
    """As many as --jobs allows: AWS has all their requests before it answers one of them."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key(), "--no-config")
    for number in range(AT_ONCE + 3):
        add_role(sandbox, f"dev-{number}", f"{300000000000 + number}")
    faults = sandbox.aws.faults
    faults.latency = TIME_LIMIT
    words = [SHELLVAULT, "each", "dev-*", "--jobs", f"{AT_ONCE}", "--", "true"]
    with subprocess.Popen(words, env=sandbox.env, stdout=-1, stderr=-1, text=True) as each:
        end = time.monotonic() + TIME_LIMIT / 2
        while faults.waiting < AT_ONCE and time.monotonic() < end:
            time.sleep(0.02)
        at_once = faults.waiting
        each.terminate()
    assert at_once == AT_ONCE
