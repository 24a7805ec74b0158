"""`add` with a key pair pasted in any common format: it is stored, and none of it reaches the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.terminal import PROMPT, open_shell, open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.commands.terminal import Terminal
    from tests.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("cheap_vault")
ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
QUESTION = r"Access key ID for dev \(shown after Enter\): "

PASTES = {
    "two lines": f"{ID}\n{SECRET}\n",
    "two lines in quotes": f'"{ID}"\n"{SECRET}"\n',
    "without the last newline": f"{ID}\n{SECRET}",
    "credentials file": f"aws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n",
    "whole section": f"[default]\naws_access_key_id={ID}\nregion=eu-west-1\naws_secret_access_key={SECRET}\n",
    "secret first": f"aws_secret_access_key = {SECRET}\naws_access_key_id = {ID}\n",
    "more sections": f"[a]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n\n[b]\nkey = wJalrOTHER\n",
    "exports": f"export AWS_ACCESS_KEY_ID={ID}\nexport AWS_SECRET_ACCESS_KEY='{SECRET}'\n",
    "exports in one line": f'export AWS_ACCESS_KEY_ID="{ID}"; export AWS_SECRET_ACCESS_KEY="{SECRET}"\n',
    "prefix of a command": f"AWS_ACCESS_KEY_ID={ID} AWS_SECRET_ACCESS_KEY={SECRET} aws s3 ls\n",
    "fish": f"set -gx AWS_ACCESS_KEY_ID {ID}\nset -gx AWS_SECRET_ACCESS_KEY {SECRET}\n",
    "PowerShell": f'$Env:AWS_ACCESS_KEY_ID="{ID}"\n$Env:AWS_SECRET_ACCESS_KEY="{SECRET}"\n',
    "row of the CSV": f"{ID},{SECRET}\n",
    "row of a CSV in quotes": f'"{ID}","{SECRET}"\n',
    "whole CSV": f"\ufeffAccess key ID,Secret access key\r\n{ID},{SECRET}\r\n",
    "older CSV": f"User name,Password,Access key ID,Secret access key,Console login link\nal,,{ID},{SECRET},https://x\n",
    "one line": f"{ID} {SECRET}\n",
    "spreadsheet": f"{ID}\t{SECRET}\n",
    "console page": f"Access key\n{ID}\nSecret access key\n{SECRET}\n",
    "JSON": f'{{\n "UserName": "al",\n "AccessKeyId": "{ID}",\n "SecretAccessKey": "{SECRET}",\n "Status": "x"\n}}\n',
    "aws configure": f"AWS Access Key ID [None]: {ID}\nAWS Secret Access Key [None]: {SECRET}\n",
    "bracketed": f"\x1b[200~{ID}\n{SECRET}\x1b[201~\n",
}
REFUSED = {
    "temporary": f"aws_access_key_id = ASIA{ID[4:]}\naws_secret_access_key = {SECRET}\naws_session_token = wJalrT\n",
    "token first": f"aws_session_token = wJalrT\naws_access_key_id = ASIA{ID[4:]}\naws_secret_access_key = {SECRET}\n",
    "a token of another service": f"AWS_ACCESS_KEY_ID={ID}\nAWS_SESSION_TOKEN=wJalrT\nAWS_SECRET_ACCESS_KEY={SECRET}\n",
    "the secret as the id": f"{SECRET}\n{ID}\nwJalrMORE\nwJalrLAST",
    "some other text": f"key\n{ID}\n{SECRET}\n",
    "a secret with spaces": f"{ID}\n{SECRET} and more\nwJalrMORE\n",
}


def leave_shell(terminal: Terminal) -> None:
    """Leave the shell, so that it writes its history."""
    terminal.expect(PROMPT)
    assert terminal.collect_output(0.2).endswith(PROMPT)
    terminal.type("exit")
    terminal.wait_for_exit()


@pytest.mark.parametrize("paste", PASTES.values(), ids=PASTES)
def test_a_pasted_key_pair_is_recognized_in_any_format(sandbox: Sandbox, paste: str) -> None:
    """It is stored, its secret is not shown, and no other pasted line reaches the shell."""
    sandbox.add("base", sandbox.aws.world.user().access_key())
    with open_shell(sandbox, HISTFILE=str(sandbox.home / "history")) as terminal:
        terminal.type("shellvault add dev")
        terminal.expect(QUESTION)
        assert not terminal.is_echoing()
        terminal.press(paste if paste.endswith("\n") else f"{paste}\n")
        terminal.expect(r"Region for dev, such as eu-west-1 \(Enter for none\): ")
        terminal.type("")
        terminal.expect("Stored the key pair …MPLE as 'dev' in the sealed vault.")
        leave_shell(terminal)
        assert "wJalr" not in terminal.output
        assert "not found" not in terminal.output
    assert "wJalr" not in (sandbox.home / "history").read_text()
    done = sandbox.run("exec", "dev", "-n", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY")
    assert done.stdout == f"{ID} {SECRET}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("paste", REFUSED.values(), ids=REFUSED)
def test_nothing_of_a_refused_paste_reaches_the_shell(sandbox: Sandbox, paste: str, shell: str) -> None:
    """Not on screen, not in the history and not as a command, not even a piece that arrives late."""
    with open_shell(sandbox, shell, HISTFILE=str(sandbox.home / "history")) as terminal:
        terminal.type("shellvault add dev")
        terminal.expect(QUESTION)
        for _ in range(3):
            terminal.press(paste)
            terminal.expect("(error|shellvault): (that is|these are)")
        leave_shell(terminal)
        assert "wJalr" not in terminal.output
    for file in sandbox.files():
        assert b"wJalr" not in file.read_bytes(), file
    assert sandbox.run("list", "--credentials").stdout == ""


def test_the_late_rest_of_a_paste_is_discarded(sandbox: Sandbox) -> None:
    """Over a slow connection, a paste arrives in pieces."""
    script = f"{SHELLVAULT} add dev; cat"
    with open_terminal(sandbox, ["sh", "-c", script]) as terminal:
        terminal.expect(QUESTION)
        terminal.press("no id\n")
        terminal.press(SECRET[:20])
        terminal.collect_output(0.05)
        terminal.press(f"{SECRET[20:]}\n")
        terminal.expect("shellvault: that is not an access key ID.*; try again")
        terminal.expect(QUESTION)
        terminal.collect_output(0.5)
        terminal.press(f"{SECRET}\n")  # too late to be a piece of the paste, yet it is not a line for the shell
        terminal.expect("that is not an access key ID.*; try again")
        terminal.expect(QUESTION)
        terminal.press("no id\n")
        terminal.expect("error: that is not an access key ID")
        assert "wJalr" not in terminal.collect_output(0.5)
        assert "EXAMPLEKEY" not in terminal.output
