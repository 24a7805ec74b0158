"""The files with which systemd and launchd run an agent, for those who want it supervised."""

from __future__ import annotations

from xml.sax.saxutils import escape

from shellvault import find_socket
from shellvault.agent.spawn import LOCALE, MODULE, STAYS
from shellvault.system.own_program import find_module_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LABEL = "shellvault-agent"

_UNIT = """\
[Unit]
Description=shellvault's agent: AWS sessions for shells and programs

[Service]
Environment={locale}
ExecStart={words}
Restart=on-failure
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""
_PLIST = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>{label}</string>
  <key>ProgramArguments</key>
  <array>
{words}
  </array>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
</dict>
</plist>
"""


def format_unit(environ: Mapping[str, str]) -> str:
    """Return a systemd user unit."""
    locale = " ".join(f"{name}={value}" for name, value in LOCALE.items())
    return _UNIT.format(locale=locale, words=" ".join(_quote_for_systemd(word) for word in _words(environ)))


def format_plist(environ: Mapping[str, str]) -> str:
    """Return a launchd property list."""
    words = "\n".join(f"    <string>{escape(word)}</string>" for word in _words(environ))
    return _PLIST.format(label=LABEL, words=words)


def _words(environ: Mapping[str, str]) -> list[str]:
    return [*find_module_program(MODULE), find_socket(environ, ("agent",)), STAYS]


def _quote_for_systemd(word: str) -> str:
    """Quote a word of a command line for systemd, to which `%` and `$` are special even in quotes."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
