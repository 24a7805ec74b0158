"""`rotate`: puts a new access key in the place of a key pair, and deletes the old one at AWS."""

from __future__ import annotations

import os
import time

from shellvault.argparser import EVERYWHERE, FORCE, MFA_TOKEN, NO_SESSION, PROMPT, Command
from shellvault.awsconfig.endpoints import ca_bundle, is_loopback
from shellvault.commands import Answer
from shellvault.core.chain.links import SessionToken, StoredKey
from shellvault.core.errors import CancelledError, NoKeyPairError, VaultUnavailableError, quote_word
from shellvault.core.model import Session, digest
from shellvault.core.partitions import CONSOLES, partition
from shellvault.core.rotation.journal import signer
from shellvault.core.rotation.rotator import Rotator
from shellvault.core.text import last4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.aws.iam import IamAccessKeys
    from shellvault.core.chain.resolve import ResolvedChain
    from shellvault.core.model import KeyPair
    from shellvault.core.rotation.journal import Iam

COMMAND = Command(
    "rotate",
    "replace an access key by a new one, and delete the old one",
    positionals=("PROFILE",),
    options=(
        FORCE.replace(help="delete a key that a rotation made and lost, without asking"),
        NO_SESSION.replace(help="sign with the key pair itself, without an MFA session"),
        MFA_TOKEN,
        PROMPT,
        *EVERYWHERE,
    ),
    details="""\
Makes a new access key, keeps it beside the old one in the vault, waits until AWS knows it, puts it in the old one's
place, and deletes the old one at AWS. Cut short at any point, the same command goes on from there. For a role, it is
the key pair below the role. The user needs iam:ListAccessKeys, iam:CreateAccessKey and iam:DeleteAccessKey on itself.
""",
)


def run(app: App, arguments: Arguments) -> Answer:
    """Rotate the key pair at the foot of the profile's chain."""
    plan = app.plan(arguments.first)
    signing = signer(plan.chain, no_session=arguments.has("--no-session"))
    if signing is None:
        raise NoKeyPairError(f"profile '{arguments.first}' has no key pair to rotate", "shellvault list shows those")
    key = signing if isinstance(signing, StoredKey) else signing.source
    if key.name != arguments.first:
        app.notice(f"'{arguments.first}' has no key pair of its own: rotating that of '{key.name}'")
    with _Alone(app, key.name):
        try:
            return _rotate(app, plan, signing, key, force=arguments.has("--force"))
        except KeyboardInterrupt:
            raise CancelledError("interrupted", f"shellvault rotate {quote_word(key.name)} goes on from here") from None


def _rotate(app: App, plan: ResolvedChain, signing: StoredKey | SessionToken, key: StoredKey, *, force: bool) -> Answer:
    forgotten: list[str] = []

    def swap(new: KeyPair) -> None:
        app.keypairs().store(key.name, new)
        forgotten.append(app.forget_sessions(lambda note: note.key_name == key.name))

    def session() -> Session | None:
        return app.vault(plan).session(signing) if isinstance(signing, SessionToken) else None

    def confirm(question: str) -> bool:
        return force or app.confirm(question)

    iam: Iam = _iam(app, plan, signing, key)
    done = Rotator(
        key.name,
        journal=app.rotations(),
        iam=iam,
        current=lambda: app.keypairs().current(key.name),
        swap=swap,
        session=session,
        tell=app.notice,
        confirm=confirm,
        sleep=time.sleep,
    ).run()
    dropped = f"Forgot {forgotten[0]} made from the one before.\n" if any(forgotten) else ""
    return Answer(
        f"Rotated the key pair of '{key.name}': {last4(done.latest.access_key_id)} is in the {app.backend_name} vault, "
        f"{last4(done.old.access_key_id)} is deleted at AWS.\n{dropped}"
    )


def _iam(app: App, plan: ResolvedChain, signing: StoredKey | SessionToken, key: StoredKey) -> IamAccessKeys:
    from shellvault.aws.iam import IamAccessKeys, IamEndpoints
    from shellvault.core.chain.sts_parameters import sts_region

    book = app.book()
    profile = book.profile(key.name) or plan.profile
    endpoint, sts_endpoint = book.endpoint(profile, "iam"), book.endpoint(profile)
    if is_loopback(endpoint):
        app.notice(f"the new key comes from {endpoint}, not from AWS")
    region = sts_region(profile, "", sts_endpoint)
    place = IamEndpoints(
        iam_region=CONSOLES[partition(region)].home_region if partition(region) in CONSOLES else region,
        iam_endpoint=endpoint,
        sts_region=region,
        sts_endpoint=sts_endpoint,
        ca_bundle=ca_bundle(profile, app.environ),
    )
    return IamAccessKeys(place, key.name, signing)


class _Alone:
    """A context that only one process at a time is in, for one key pair; another one is told so at once."""

    def __init__(self, app: App, name: str) -> None:
        self._name = name
        self._path = os.path.join(app.home, "locks", f"rotation-{digest('rotation', name)}")

    def __enter__(self) -> None:
        from shellvault.system.file_lock import PRIVATE_FILE, PRIVATE_FOLDER, try_lock

        try:
            os.makedirs(os.path.dirname(self._path), PRIVATE_FOLDER, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        except OSError as error:
            raise VaultUnavailableError(
                f"cannot write {self._path}: {error.strerror}", "make room on its disk, or mend the folder's rights"
            ) from error
        if not try_lock(self._file):
            os.close(self._file)
            raise VaultUnavailableError(
                f"the key pair of '{self._name}' is being rotated by another shellvault", "wait until that is done"
            )

    def __exit__(self, *_raised: object) -> None:
        os.close(self._file)
