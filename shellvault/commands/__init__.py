"""The commands, one module each: `COMMAND` is its grammar, and `run(app, arguments)` returns its answer.

A module whose name begins with a verb's and an underscore holds what only that verb needs.
"""

from __future__ import annotations

VERBS = {
    "env": "print shell commands that load a profile's session",
    "exec": "run a command with the session, or print it with --json",
    "each": "run a command once for each matching profile, many at a time",
    "serve": "answer programs that ask for a profile's credentials over HTTP, until Ctrl-C",
    "lend": "lend a profile over an ssh connection or to a command, show what is lent, or end it",
    "export": "print the session in a format that another program reads",
    "login": "open the AWS console in the browser",
    "hook": "print the hook that keeps sessions fresh in a shell and shows them in its prompt",
    "completion": "print what completes command lines in a shell without the hook",
    "use": "put a session into this shell, and keep it fresh (needs the hook)",
    "off": "take the session out of this shell, and restore what was there (needs the hook)",
    "add": "store a key pair under a name",
    "import": "import key pairs from ~/.aws/credentials, the console's CSV file, or aws-vault",
    "list": "show profiles, key pairs and sessions",
    "sso": "write a profile for every account and role of IAM Identity Center",
    "rotate": "replace an access key with a new one, and delete the old one",
    "revoke": "end the sessions of a profile's role or user at AWS",
    "panic": "take back stored keys and the sessions of their roles, at AWS and here",
    "remove": "delete a key pair, and every session made with it",
    "status": "show this shell's session and any problems",
    "log": "show which program got which session, and when",
    "doctor": "check for problems: vault, clock, plaintext keys, profiles, this shell",
    "clear": "forget cached sessions, all or a profile's",
    "lock": "lock the sealed vault now",
    "unlock": "ask for the sealed vault's passphrase in advance",
    "agent": "show, start or stop the agent, which answers for shells in the background",
    "trust": "trust a config file or certificates that only the environment names",
    "demo": "see it work, with no AWS account (if installed with it)",
}
"""Verb -> what it does, in the order in which help shows them; each is a module of this package."""

ALIASES = {"ls": "list", "rm": "remove"}

NOT_ON_WINDOWS = {
    "agent": "nothing needs it there: shellvault exec PROFILE -- COMMAND",
    "serve": "shellvault exec PROFILE -- COMMAND, or serve it in WSL",
    "lend": "shellvault exec PROFILE -- COMMAND, or lend it from WSL",
    "demo": "run the demo in WSL",
}
"""Verb that cannot work on Windows -> what to type instead."""
