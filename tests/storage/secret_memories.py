"""Secret memories that tests use besides the kernel keyring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.agent.memory import AgentMemory
from shellvault.agent.remote_memory import RemoteMemory, answer_memory

if TYPE_CHECKING:
    from shellvault.core.secret_memory import SecretMemory

MEMORIES = ("kernel", "agent", "remote agent")


def open_agent_memory(*, remote: bool) -> SecretMemory:
    """Return the memory of a new agent, as the agent itself or a client sees it."""
    memory = AgentMemory()
    return see_remotely(memory) if remote else memory


def see_remotely(memory: SecretMemory) -> RemoteMemory:
    """Return this memory as a client of the agent sees it."""
    return RemoteMemory(lambda fields: answer_memory(memory, fields))
