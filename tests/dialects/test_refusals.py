"""Unsupported values and names: the error names the variable and never repeats the value."""

from __future__ import annotations

import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.dialects import find_dialect

FAMILIES = ("bash", "fish", "yash", "tcsh", "elvish", "nu", "xonsh", "powershell")


@pytest.mark.parametrize("shell", FAMILIES)
@pytest.mark.parametrize("value", ["before\0after", "before\ud800after"])
def test_value_that_no_environment_can_hold_is_refused(shell: str, value: str) -> None:
    """A NUL would truncate the value and a lone surrogate has no bytes; either may occur in a secret."""
    with pytest.raises(UsageError) as refused:
        find_dialect(shell).render({"AWS_SECRET_ACCESS_KEY": value})
    assert "AWS_SECRET_ACCESS_KEY" in refused.value.message
    assert "before" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("shell", FAMILIES)
@pytest.mark.parametrize("name", ["", "A B", "A;id", "1A", "A-B", "É", "A\n", "$(id)", "A=B", "--", "A[0]"])
def test_invalid_variable_name_is_refused(shell: str, name: str) -> None:
    """Names are not quoted, so an invalid one could become code."""
    for value in ("value", None):
        with pytest.raises(UsageError):
            find_dialect(shell).render({name: value})


@pytest.mark.parametrize("shell", FAMILIES)
def test_rendered_text_is_hidden_in_tracebacks(shell: str) -> None:
    """It contains secrets, so it is wrapped as one."""
    assert "hush" not in repr(find_dialect(shell).render({"AWS_SECRET_ACCESS_KEY": "hush"}))
