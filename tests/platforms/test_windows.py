from __future__ import annotations
from tests.platforms.windows import Windows


def test_try(sandbox):
    w = Windows(sandbox)
    sandbox.create_vault()
    key, role = sandbox.aws.world.user("alice").access_key(), sandbox.aws.world.role("reader")
    sandbox.configure(f"[profile reader]\nsource_profile = base\nregion = eu-west-1\nrole_arn = {role.arn}\n")
    given = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}

    def show(*words, **extra):
        import time

        t = time.time()
        d = w.run(*words, **extra)
        print("#", words, d.returncode, round(time.time() - t, 2))
        print(d.stdout[-500:])
        print(d.stderr[-500:])

    show("add", "base", "--env", **given)
    w.install("show", '#!/bin/sh\necho "$AWS_ACCESS_KEY_ID $@"\nexit 7\n')
    for words in (
        ["--version"],
        ["list"],
        ["env", "reader"],
        ["env", "reader", "--shell", "powershell"],
        ["export", "reader", "--format", "windows-cmd"],
        ["exec", "reader", "--", "show", "a b"],
        ["exec", "reader", "--", "nothing"],
        ["status"],
        ["doctor"],
        ["agent"],
        ["agent", "start"],
        ["serve", "reader"],
        ["lend", "reader"],
        ["each", "*", "--", "show"],
        ["hook", "bash"],
        ["use", "reader"],
        ["env", "--server", "reader"],
        ["lock"],
        ["unlock"],
        ["clear"],
        ["log"],
        ["env", "--process", "reader"],
        ["exec", "reader", "--json"],
        ["panic", "--no-input"],
        ["completion", "bash"],
        ["__complete", "--", "sh"],
        ["trust"],
        ["rotate", "base"],
        ["revoke", "reader"],
        ["hook", "pwsh"],
        ["import", "base"],
        ["list", "--help"],
        ["whatever"],
        ["add", "other"],
        ["remove", "base"],
        ["list"],
    ):
        show(*words)
    show("env", "x", SHELLVAULT_TEST_SHELL="cmd")
    show("use", "x", SHELLVAULT_TEST_SHELL="cmd")
    show("off", SHELLVAULT_TEST_SHELL="")
    assert 0
