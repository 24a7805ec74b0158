"""What cannot be carried is refused by the variable's name; the value is never repeated."""

from __future__ import annotations

import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.dialects import dialect

FAMILIES = ("bash", "fish")


@pytest.mark.parametrize("shell", FAMILIES)
@pytest.mark.parametrize("value", ["before\0after", "before\ud800after"])
def test_a_value_that_no_environment_holds_is_refused_without_showing_it(shell: str, value: str) -> None:
    """A NUL would cut the value; a lone surrogate has no bytes. Either may sit in a secret."""
    with pytest.raises(UsageError) as refused:
        dialect(shell).render({"AWS_SECRET_ACCESS_KEY": value})
    assert "AWS_SECRET_ACCESS_KEY" in refused.value.message
    assert "before" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("shell", FAMILIES)
@pytest.mark.parametrize("name", ["", "A B", "A;id", "1A", "A-B", "É", "A\n", "$(id)", "A=B", "--", "A[0]"])
def test_a_name_that_is_not_a_variables_name_is_refused(shell: str, name: str) -> None:
    """A name is never quoted, so it must not be able to be anything else."""
    for value in ("value", None):
        with pytest.raises(UsageError):
            dialect(shell).render({name: value})


@pytest.mark.parametrize("shell", FAMILIES)
def test_the_rendered_text_does_not_show_itself_in_a_traceback(shell: str) -> None:
    """It holds the secrets, so it is a secret."""
    assert "hush" not in repr(dialect(shell).render({"AWS_SECRET_ACCESS_KEY": "hush"}))
