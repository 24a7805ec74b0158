"""What each page of docs/ takes for granted: profiles, key pairs, sign-ins, and what was typed before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.packaging.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"
_DEV = "[profile dev]\nregion = eu-west-1\n"
_CORP = """\
[sso-session corp]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
"""


def _role(profile: str, account: str, role: str, region: str = "eu-west-1") -> str:
    """Return a profile of a role over the key pair `dev`."""
    arn = f"arn:aws:iam::{account}:role/{role}"
    return f"[profile {profile}]\nrole_arn = {arn}\nsource_profile = dev\nregion = {region}\n"


class Setting(Record):
    """What is there before the first line of a page.

    Attributes:
        config: the AWS config file.
        keys: the names of the key pairs in the vault, each of `user` in `account`.
        administrator: the profile of somebody else in that account whose keys are in AWS's credentials file.
        assigned: role, account and account name of what IAM Identity Center gives beside the usual.
        typed: lines that bash has run.
        replaced: the role that IAM Identity Center gave then, and the one that it gives now.
        files: other files, by their paths in the home folder.
        environ: variables.
    """

    config: str = ""
    keys: tuple[str, ...] = ("dev",)
    user: str = "alice"
    account: str = "111122223333"
    administrator: str = ""
    assigned: tuple[tuple[str, str, str], ...] = ()
    typed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    environ: tuple[tuple[str, str], ...] = ()


_ADMIN = _role("admin", "111122223333", "admin")
_PROD = _role("prod", "444455556666", "deploy")
_SETTINGS = {
    "guide.md": Setting(_CORP + _DEV + _role("reader", "444455556666", "reader") + _ADMIN + _PROD),
    "each.md": Setting(
        "".join(
            _role(name, f"{number}" * 12, "reader") for number, name in enumerate(("dev-data", "dev-web", "ops"), 2)
        )
    ),
    "roles.md": Setting(_CORP + _DEV, assigned=(("Admin", "210987654321", "shop"),)),
    "log.md": Setting(
        _DEV + _role("prod", "123456789012", "deploy"),
        typed=(
            "mkdir ~/shop && cd ~/shop",
            "shellvault use prod",
            "shellvault exec prod -- terraform plan",
            'shellvault clear && eval "$(shellvault env --refresh)"',
        ),
    ),
    "endpoint.md": Setting(_DEV + _role("deploy", "111122223333", "deploy")),
    "agents.md": Setting(_DEV + _PROD),
    "lending.md": Setting(_DEV, files=(("untrusted-build.sh", "#!/bin/sh\nexec aws sts get-caller-identity\n"),)),
    "agent.md": Setting(_DEV + _role("reader", "444455556666", "reader"), typed=("shellvault agent start",)),
    "completion.md": Setting(_DEV),
    "console.md": Setting(_DEV + _ADMIN + _PROD),
    "sso-profiles.md": Setting(
        "[default]\nregion = eu-west-1\n" + _CORP,
        keys=(),
        assigned=(("Admin", "444455556666", "prod-eu"),),
        typed=("shellvault sso profiles --force",),
        replaced=("Viewer", "Auditor"),
    ),
    "incident.md": Setting(
        _DEV + _role("prod", "123456789012", "deploy"),
        user="ann",
        account="123456789012",
        administrator="security",
        typed=("shellvault use dev", "shellvault use prod"),
    ),
    "picker.md": Setting(_DEV + _PROD, environ=(("TERM", "dumb"),)),
    "accounts.md": Setting(
        _CORP
        + "[profile dev]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n"
        + _role("prod-admin", "444455556666", "AdministratorAccess")
        + "[profile data-readonly]\nsso_session = corp\nsso_account_id = 777788889999\nsso_role_name = ReadOnly\n"
        + "region = us-east-1\n",
        assigned=(("ReadOnly", "777788889999", "data"),),
        typed=("shellvault use dev", "shellvault use prod-admin", "shellvault login --sso"),
    ),
    "trust.md": Setting(_DEV, files=(("corp-ca.pem", "-----BEGIN CERTIFICATE-----\n"),)),
    "aws-vault.md": Setting(keys=()),
}
PAGES = (
    ROOT / "README.md",
    DOCS / "tour.md",
    *sorted(DOCS.glob("recipes/*.md")),
    *sorted(DOCS.glob("coming-from/*.md")),
)
PAGES += tuple(DOCS / name for name in _SETTINGS)
"""The pages of which every block is tried out as it stands."""
NOT_RUN = {
    "commands.md": "it is written from the tables of the commands, and compared with them: test_commands_page",
    "install.md": "it installs packages, from the network and as root: .ci/wheel builds and installs the wheel",
    "performance.md": "it is the bench, which runs for minutes: tests/bench/test_bench",
    "shells.md": "it is for other shells: tests/commands/test_shells_document types it there, but for PowerShell",
    "windows.md": "it is for Windows, where nothing has ever run",
}
"""The other pages with a block that somebody types, and why these tests do not."""


def find_setting(page: Path) -> Setting:
    """Return what a page takes for granted; README, the tour and the pages in folders say it themselves."""
    return _SETTINGS.get(page.name, Setting(keys=())) if page.parent == DOCS else Setting(keys=())
