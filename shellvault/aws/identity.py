"""Prints who AWS says we are, with the credentials in the environment: `python -m shellvault.aws.identity`."""

from __future__ import annotations

import sys

import boto3


def main() -> None:
    """Make the identity call as any other program would."""
    answer = boto3.client("sts").get_caller_identity()
    sys.stdout.write(f"AWS says: you are {answer['Arn']}\n")


if __name__ == "__main__":
    main()
