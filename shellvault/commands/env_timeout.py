"""Credentials within a time limit, where nobody may be asked: a new session, or at least one that is still valid."""

from __future__ import annotations

from shellvault.core import environment
from shellvault.storage import status_file
from shellvault.system.deadline import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.app import App
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair, Session
    from shellvault.core.shell_memory import Changes


def credentials_in_time(
    app: App, resolved: ResolvedChain, region: str, render: Callable[[Changes], str], failure: str
) -> Session | KeyPair:
    """Return the credentials within --timeout.

    When the time is up, the process ends: with the statements of a cached session that is still valid, or with
    `failure` on stdout.
    """
    settings, name, chain = app.settings, resolved.profile.name, resolved.chain
    status = status_file.find_path(settings.runtime_dir, settings.home, name)

    def render_valid() -> str:
        cached = None if chain.stored_key else app.storage.session_cache().get(chain.identity)
        return render(environment.enter(settings.environ, name, cached, region, status)) if cached else ""

    with Deadline(settings.timeout, failure, render_valid):
        return app.credentials(resolved)
