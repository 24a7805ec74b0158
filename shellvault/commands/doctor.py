"""`doctor`: looks at everything that a session depends on, and says what is wrong with it and what to type."""

from __future__ import annotations

from shellvault.argparser import EVERYWHERE, JSON, Command
from shellvault.commands import Answer
from shellvault.core.text import sanitize
from shellvault.doctor import BAD, clock_check, plaintext_check, profiles_check, shell_check, vault_check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shellvault.app import App
    from shellvault.argparser import Arguments
    from shellvault.doctor import Finding

COMMAND = Command(
    "doctor",
    "look for what is wrong: vault, clock, plaintext keys, profiles, this shell",
    options=(JSON, *EVERYWHERE),
    details="""\
Each line is `ok`, a `note`, or `bad`, with what to type under it. Nothing is changed, and no key is used: AWS is asked
for the time, without credentials.

Exit status: 0, unless something is bad: 5 for a vault that cannot be reached or is damaged, 2 for a key pair in
plaintext or a setting that cannot be used, 7 for a clock by which AWS refuses every request. The first of these counts.
""",
)

_LOOKS = (vault_check.look, plaintext_check.look, profiles_check.look, clock_check.look, shell_check.look)
_GRAVEST = (5, 2, 7)


def run(app: App, arguments: Arguments) -> Answer:
    """Return what was found."""
    findings = list(dict.fromkeys(finding for look in _LOOKS for finding in look(app)))
    output = _json(findings) if arguments.has("--json") else "".join(map(_text, findings))
    return Answer(output, _status(findings))


def _status(findings: list[Finding]) -> int:
    there = {finding.status for finding in findings if finding.mark == BAD}
    return next((status for status in (*_GRAVEST, *sorted(there)) if status in there), 0)


def _text(finding: Finding) -> str:
    line = f"{finding.mark:<6}{sanitize(finding.what)}\n"
    return line + (f"      -> {sanitize(finding.mend)}\n" if finding.mend else "")


def _json(findings: list[Finding]) -> str:
    import json

    document = [{"mark": finding.mark, "what": finding.what, "mend": finding.mend or None} for finding in findings]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
