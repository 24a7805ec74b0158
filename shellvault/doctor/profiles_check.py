"""Whether each profile leads to something that gives credentials."""

from __future__ import annotations

from shellvault.awsconfig import endpoints
from shellvault.core.chain import resolve
from shellvault.core.errors import ShellvaultError
from shellvault.doctor import BAD, NOTE, OK, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from shellvault.app import App
    from shellvault.awsconfig.profiles import Profiles

_MOST = 500  # each looks through the whole file
_POINTERS = (
    "role_arn",
    "source_profile",
    "include_profile",
    "credential_source",
    "web_identity_token_file",
    "web_identity_token_process",
    "sso_session",
    "sso_account_id",
)
"""What says that a profile should lead somewhere; one with a region only is no mistake."""


def look(app: App) -> Iterator[Finding]:
    """Follow every profile's chain, on paper."""
    try:
        names = app.config.names()
        book = app.book()
    except ShellvaultError as error:
        yield Finding(BAD, error.message, error.hint, error.status)
        return
    wrong = [found for name in names[:_MOST] if (found := _wrong(app, name, book))]
    yield from wrong
    if len(names) > _MOST:
        yield Finding(NOTE, f"only the first {_MOST} of {len(names)} profiles were looked at", "shellvault env PROFILE")
    elif names and not wrong:
        yield Finding(OK, f"every profile that should lead to credentials does ({len(names)} in the config file)")
    if (named := app.environ.get("AWS_PROFILE")) and named not in book.names():
        yield Finding(NOTE, f"AWS_PROFILE names '{named}', which is no profile", "unset AWS_PROFILE")


def _wrong(app: App, name: str, book: Profiles) -> Finding | None:
    if not any(key in app.config.section(f"profile {name}") for key in _POINTERS):
        return None
    try:
        resolve.resolve(name, book, resolve.SessionOptions())
    except ShellvaultError as error:
        if error.message == _endpoint(app):  # that is the environment's fault, and told where the clock is compared
            return None
        what = error.message if f"'{name}'" in error.message else f"profile '{name}': {error.message}"
        return Finding(NOTE, what, error.hint)
    return None


def _endpoint(app: App) -> str:
    """Return what is wrong with the endpoint that the environment names, if anything."""
    try:
        endpoints.choose_endpoint("sts", None, app.config, app.environ)
    except ShellvaultError as error:
        return error.message
    return ""
