"""`rotate`: replaces the access key of a key pair, and deletes the old one at AWS."""

from __future__ import annotations

import os
import time

from shellvault.argparser import COMMON, FORCE, MFA_TOKEN, NO_SESSION, PROMPT, Command
from shellvault.core.errors import CancelledError, NoKeyPairError, VaultUnavailableError
from shellvault.core.model import digest
from shellvault.core.partitions import PARTITIONS, partition_of_region
from shellvault.core.rotation.journal import signer
from shellvault.core.rotation.rotator import Rotator
from shellvault.core.text import last4, quote_word
from shellvault.core.urls import is_loopback
from shellvault.request import Answer
from shellvault.system.file_lock import exclusive_or_refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.aws.iam import IamEndpoints
    from shellvault.awsconfig.profiles import Profiles
    from shellvault.core.model import KeyPair, Profile, Session
    from shellvault.core.rotation.journal import Iam
    from shellvault.settings import Settings
    from shellvault.storage.opener import Storage
    from shellvault.system.file_lock import FileLock
    from shellvault.ui.user_interface import Ui

COMMAND = Command(
    "rotate",
    "replace an access key with a new one, and delete the old one",
    positionals=("PROFILE",),
    options=(
        FORCE.replace(help="delete a key left over from an interrupted rotation, without asking"),
        NO_SESSION.replace(help="sign with the key pair itself, without an MFA session"),
        MFA_TOKEN,
        PROMPT,
        *COMMON,
    ),
    details="""\
Creates an access key, stores it beside the old one in the vault, waits until AWS knows it, puts it in the old one's
place, and deletes the old one at AWS. If it is interrupted, run the same command again: it continues from there. For a
role, it rotates the key pair below the role. The user needs iam:ListAccessKeys, iam:CreateAccessKey and
iam:DeleteAccessKey for itself.
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Rotate the key pair at the root of the profile's chain."""
    resolved = app.resolve(arguments.first)
    signing = signer(resolved.chain, no_session=app.settings.no_session)
    if signing is None or (key := signing.own_key) is None:
        raise NoKeyPairError(f"profile '{arguments.first}' has no key pair to rotate", "see shellvault list")
    if key.name != arguments.first:
        app.ui.notice(f"'{arguments.first}' has no key pair of its own: rotating that of '{key.name}'")
    profile = app.profiles.profile(key.name) or resolved.profile
    with _lock(key.name, app.settings.home):
        from shellvault.aws.iam import IamAccessKeys

        iam = IamAccessKeys(_find_endpoints(profile, app.profiles, app.settings, app.ui), key.name, signing)
        broker = app.broker(resolved)
        report = _rotate(
            key.name,
            iam,
            lambda: None if signing.stored_key else broker.session(signing),
            app.storage,
            app.ui,
            force=arguments.has("--force"),
        )
    return Answer(stdout=report)


def _lock(name: str, home: str) -> FileLock:
    """Return a lock that one rotation of a key pair holds; another one fails at once."""
    refusal = VaultUnavailableError(
        f"the key pair of '{name}' is being rotated by another shellvault", "wait until that has finished"
    )
    return exclusive_or_refuse(os.path.join(home, "locks", f"rotation-{digest('rotation', name)}"), refusal)


def _rotate(
    name: str, iam: Iam, session: Callable[[], Session | None], storage: Storage, ui: Ui, *, force: bool
) -> str:
    """Rotate a key pair, and return what was done."""
    forgotten = ""

    def swap(new: KeyPair) -> None:
        nonlocal forgotten
        storage.key_pairs().store(name, new)
        forgotten = storage.forget_sessions(lambda note: note.key_name == name)

    rotator = Rotator(
        name,
        journal=storage.rotation_journal(),
        iam=iam,
        current=lambda: storage.key_pairs().current(name),
        swap=swap,
        session=session,
        tell=ui.notice,
        confirm=lambda question: force or ui.confirm(question),
        sleep=time.sleep,
    )
    try:
        done = rotator.run()
    except KeyboardInterrupt:
        raise CancelledError("interrupted", f"shellvault rotate {quote_word(name)} continues from here") from None
    new, old = last4(done.latest.access_key_id), last4(done.old.access_key_id)
    rotated = f"{new} is in the {storage.backend_name} vault, and {old} was deleted at AWS"
    dropped = f"Forgot {forgotten} made with the previous key pair.\n" if forgotten else ""
    return f"Rotated the key pair of '{name}': {rotated}.\n{dropped}"


def _find_endpoints(profile: Profile, profiles: Profiles, settings: Settings, ui: Ui) -> IamEndpoints:
    from shellvault.aws.iam import IamEndpoints
    from shellvault.aws.network import find_network
    from shellvault.core.chain.sts_parameters import sts_region

    endpoint, sts_endpoint = profiles.endpoint(profile, "iam"), profiles.endpoint(profile)
    if is_loopback(endpoint):
        ui.notice(f"the new key comes from {endpoint}, not from AWS")
    region = sts_region(profile, "", sts_endpoint)
    partition = PARTITIONS[partition_of_region(region)]
    return IamEndpoints(
        iam_region=partition.home_region if partition.console else region,  # else its home region is a guess
        iam_endpoint=endpoint,
        sts_region=region,
        sts_endpoint=sts_endpoint,
        network=find_network(settings, profiles.ca_bundle(profile), ui.progress),
    )
