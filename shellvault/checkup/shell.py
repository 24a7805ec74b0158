"""What stands in this shell: variables that win over a session, a session that is out of date, and the hook."""

from __future__ import annotations

TYPE_CHECKING = False

_HOOKS = {
    "bash": (("~/.bashrc", "~/.bash_profile", "~/.profile"), 'eval "$(shellvault hook bash)"'),
    "zsh": (("~/.zshrc", "~/.zshenv"), 'eval "$(shellvault hook zsh)"'),
    "fish": (("~/.config/fish/config.fish", "~/.config/fish/conf.d/shellvault.fish"), "shellvault hook fish | source"),
}
"""Shell -> where its hook is loaded, and the line."""
