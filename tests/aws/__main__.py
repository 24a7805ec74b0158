"""Runs a server with sample data until Ctrl-C, for manual experiments: `python -m tests.aws`."""

from __future__ import annotations

import sys
import threading

from tests.aws.server import AwsServer


def main() -> None:
    """Print what a client needs, then serve; the key is random and valid only for this run."""
    with AwsServer() as aws:
        user = aws.world.user()
        key, device = user.access_key(), user.mfa_device()
        roles = [
            aws.world.role("reader"),
            aws.world.role("admin", require_mfa=True, max_duration=43200),
            aws.world.role("deploy", account="444455556666", trusts=[user.arn], external_id="sample"),
        ]
        assigned = aws.world.sso.assign("reader")
        lines = [
            f"export AWS_ENDPOINT_URL={aws.url}",
            f"export AWS_ACCESS_KEY_ID={key.id}",
            f"export AWS_SECRET_ACCESS_KEY={key.secret}",
            f"# MFA device {device.serial}; Enter shows a code",
            *(f"# role {role.arn}" for role in roles),
            f"# portal {aws.world.sso.start_url}, account {assigned.account}, role reader",
        ]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        for _ in sys.stdin:
            sys.stdout.write(f"{device.next_code()}\n")
            sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
