"""The scripts that sh runs on the far side of an ssh connection over which something is lent. Pure.

The guard makes a folder for what is lent, and removes it when its stdin ends, as it does when the connection is cut.
Neither the token nor anything else about the lend is in arguments: the guard reads it all from its stdin.
"""

from __future__ import annotations

from shlex import quote

from shellvault.core.environment import (
    ABOUT,
    ACCOUNT,
    CONTAINER_TOKEN_FILE,
    CONTAINER_URI,
    CREDENTIALS,
    NAMES,
    REGIONS,
    SCOPE,
    SHADOWS,
)
from shellvault.core.record import Secret
from shellvault.core.shell_memory import CONFIG_FILES, TOKEN_FILE, is_reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_START = """sh -c 'eval "$(dd bs=1 count={length} 2>/dev/null)"'"""
"""Every login shell reads this as sh does: nothing within the quotes is special to any of them."""
_GUARD = """\
umask 077
set -C
folder=
for parent in "${XDG_RUNTIME_DIR-}" "/run/user/$(id -u)" "${TMPDIR-}" /tmp "${HOME-}"; do
  case $parent in /*) ;; *) continue ;; esac
  case $parent in *[!A-Za-z0-9/._-]*) continue ;; esac
  case $parent in "${XDG_RUNTIME_DIR-}" | /run/user/*) [ -O "$parent" ] || continue ;; esac 2>/dev/null
  mkdir -m 700 "$parent/MARK" 2>/dev/null && folder=$parent/MARK && break
done
end() {
  cd /
  [ -z "$folder" ] || rm -rf "$folder"
  echo "MARK gone"
}
trap end EXIT
trap 'exit 1' HUP INT TERM
echo "MARK folder $folder"
if cd "${folder:-/nowhere}" 2>/dev/null && IFS=' ' read -r token script; then
  dd bs=1 count="$token" >token 2>/dev/null && dd bs=1 count="$script" >run 2>/dev/null && : >empty && echo "MARK ready"
  while read -r line; do :; done
fi
"""
_CREDENTIALS_OF_DEFAULT = r"""
/^\[/ { is_default = /^\[[ \t]*(profile[ \t]+)?["']?default["']?[ \t]*\]/ }
is_default && /^(aws_access_key_id|credential_process|login_session|role_arn|sso_|web_identity)/ { found = 1 }
END { exit !found }
"""
"""Makes awk tell whether the default profile of a config file has credentials: SDKs prefer those to the endpoint."""
_GONE = (*SHADOWS, *CREDENTIALS, *ABOUT, TOKEN_FILE)


def make_guard(mark: str) -> tuple[str, str]:
    """Return a command that starts the guard, and the script that it reads first.

    It prints lines that begin with `mark`, a word that is also the name of the folder: first `folder` and its path,
    which is empty if there can be none. It then reads what `pack_loan` returns, prints `ready`, and at its end `gone`.
    """
    script = _GUARD.replace("MARK", mark)
    return _START.format(length=len(script)), script


def pack_loan(token: str, script: str) -> Secret:
    """Return what the guard writes into its folder: the token, and the script that `make_runner` returns."""
    return Secret(f"{len(token.encode())} {len(script.encode(errors='surrogateescape'))}\n{token}{script}")


def find_runner(folder: str) -> str:
    """Return the command that runs that script."""
    return f"sh {folder}/run"


def make_runner(folder: str, url: str, variables: Mapping[str, str], command: str) -> str:
    """Return the script that becomes a command, or if that is empty a login shell, whose programs ask at `url`."""
    config, credentials = CONFIG_FILES
    empty = f"{folder}/empty"
    lent = {CONTAINER_URI: url, CONTAINER_TOKEN_FILE: f"{folder}/token", credentials: empty, **variables}
    lines = [
        f"unset {' '.join(_GONE)}",
        *(f"{name}={quote(value)}; export {name}" for name, value in lent.items()),
        f'if awk {quote(_CREDENTIALS_OF_DEFAULT)} "${{{config}:-$HOME/.aws/config}}" 2>/dev/null; then',
        f"  {config}={empty}; export {config}",
        "fi",
        f'exec "${{SHELL:-/bin/sh}}" {f"-c {quote(command)}" if command else "-l"}',
    ]
    return "".join(f"{line}\n" for line in lines)


def choose_variables(profile: str, region: str, account: str, about: Mapping[str, str]) -> dict[str, str]:
    """Return what the far side is told about a profile; of its variables, `about`, those that mean the same there."""
    found = {**dict.fromkeys(REGIONS, region), NAMES[0]: profile, ACCOUNT: account, SCOPE: about.get(SCOPE, "")}
    found |= {name: value for name, value in about.items() if is_reach(name) and not value.startswith("/")}
    return {name: value for name, value in found.items() if value}
