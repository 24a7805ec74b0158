"""The user's own programs that provide credentials or codes are run by the client, never by the agent."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role

if TYPE_CHECKING:
    from tests.agent.agent_sandbox import AgentSandbox


@pytest.mark.parametrize("words", [(), ("--no-input",)])
def test_a_credential_process_works_beside_an_agent(agents: AgentSandbox, words: tuple[str, ...]) -> None:
    """The client runs it, without an error, and with prompting disabled too."""
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    found = {"Version": 1, "AccessKeyId": "AKIAX", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": end}
    script = agents.sandbox.home / "program"
    script.write_text(f"#!/bin/sh\necho $PPID >parent\necho '{json.dumps(found)}'\n")
    script.chmod(0o700)
    agents.sandbox.configure(f"[profile program]\ncredential_process = {script}\n")
    agent = agents.start()
    done = agents.run("exec", "program", *words, "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID $$")
    key_id, _space, parent = done.stdout.strip().partition(" ")
    assert (key_id, done.stderr) == ("AKIAX", "")
    assert (agents.sandbox.home / "parent").read_text().strip() == parent != str(agent)


def test_an_mfa_process_works_beside_an_agent(agents: AgentSandbox) -> None:
    """It works even with prompting disabled."""
    device = add_mfa_role(agents.sandbox, "")
    script = agents.sandbox.home / "code"
    script.write_text(f"#!/bin/sh\necho {device.next_code()}\n")
    script.chmod(0o700)
    agents.sandbox.configure(f"mfa_process = {script}\n")
    agents.start()
    done = agents.run("exec", "guarded", "--no-input", "--", "true")
    assert done.returncode == 0, done.stderr
