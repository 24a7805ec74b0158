"""Stands in for programs that the pages name and a test cannot have: asks AWS who it is, with the SDK's own search.

It is started under the name of the program, by `Programs`. What it found is a line in the file `accepted` beside it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

NAMES = ("aws", "terraform", "cdk", "docker", "devcontainer", "code", "idea", "claude", "terraform.exe", "make", "npm")
_REGION_OF_IAM = "us-east-1"  # the CLI knows only while no endpoint is set
REAL_AWS = "real-aws"
_CHANGES = ("update-", "put-")
_COUNTS = {
    "dev-data": {"length(Buckets)": "12", "length(Vpcs)": "2"},
    "dev-web": {"length(Buckets)": "3", "length(Vpcs)": "1"},
    "ops": {"length(Vpcs)": "1"},
}
"""What is in the accounts of some profiles."""
_BLOCK = re.compile(r'^ *(backend|provider) "\w+" {([^}]*)}', re.MULTILINE)
_SETTING = re.compile(r'^ *(alias|profile) += "(.+)"', re.MULTILINE)
_TEST_AWS = ("AWS_ENDPOINT_URL", "AWS_EC2_METADATA_DISABLED", "NO_PROXY", "PATH")


def main() -> None:
    """Do what this name stands for."""
    name, words = Path(sys.argv[0]).name, sys.argv[1:]
    outside = {variable: os.environ[variable] for variable in _TEST_AWS if variable in os.environ}
    if name == "docker":
        enter(outside, in_container(words))
    elif words[:1] == ["iam"] and words[1].startswith(_CHANGES):
        argv = [str(Path(sys.argv[0]).with_name(REAL_AWS)), *words, "--region", _REGION_OF_IAM]
        sys.exit(subprocess.run(argv, check=False).returncode)
    elif name == "devcontainer" and words[0] == "exec":
        enter(outside, in_dev_container(json.loads(Path(".devcontainer/devcontainer.json").read_text())))
    identities = {part: who_am_i(profile) for part, profile in find_profiles(name, words).items()}
    with Path(sys.argv[0]).with_name("accepted").open("a") as file:
        file.write(f"{name} {json.dumps(identities)}\n")
    first, *_ = identities.values()
    found = first | _COUNTS.get(os.environ.get("AWS_VAULT", ""), {})
    shown = found[words[words.index("--query") + 1]] if "--query" in words else first
    sys.stdout.write(f"{shown}\n")


def find_profiles(name: str, words: list[str]) -> dict[str, str | None]:
    """Return the profile that each part of a program names, or None for what is found without.

    Terraform's parts are the backend and the providers, by their aliases; `init` needs only the backend.
    """
    if "--profile" in words:
        return {"": words[words.index("--profile") + 1]}
    files = sorted(Path().glob("*.tf")) if name == "terraform" else ()
    found: dict[str, str | None] = {}
    for kind, text in _BLOCK.findall("".join(file.read_text() for file in files)):
        told = dict(_SETTING.findall(text))
        if kind == "backend" or words[0] != "init":
            found[told.get("alias", kind)] = told.get("profile")
    return found or {"": None}


def who_am_i(profile: str | None) -> dict[str, str]:
    """Return who AWS says the caller is, or die of its refusal."""
    from botocore.session import Session  # noqa: PLC0415 - the environment has to be the container's by now

    session = Session(profile=profile)
    region = session.get_config_variable("region") or "eu-west-1"
    client: Any = session.create_client("sts", region_name=region)
    answer = client.get_caller_identity()
    return {key: str(answer[key]) for key in ("Account", "Arn")}


def enter(outside: dict[str, str], environ: dict[str, str]) -> None:
    """Leave everything behind but the way to the test AWS."""
    os.environ.clear()
    os.environ.update(outside | environ)


def in_container(words: list[str]) -> dict[str, str]:
    """Return the environment that `docker run` or `docker compose up` would give."""
    if words[0] == "compose":
        names = [line.strip(" -\n") for line in Path("compose.yaml").read_text().splitlines() if "- AWS_" in line]
        return {name: os.environ[name] for name in names if name in os.environ}
    environ: dict[str, str] = {}
    mounted, pairs = "", list(pairwise(words))
    for option, value in pairs:
        if option == "--env-file":
            lines = Path(value).read_text().splitlines()
            environ |= dict(line.split("=", 1) for line in lines)
        elif option == "-v":
            mounted = value.split(":")[0]
        elif option == "-e":
            variable, equals, given = value.partition("=")
            environ[variable] = given if equals else os.environ[variable]
    return with_token(environ, mounted, shares_network=("--network", "host") in pairs)


def in_dev_container(config: dict[str, object]) -> dict[str, str]:
    """Return the environment that the file gives to programs in the container."""
    text = json.dumps(config)
    for variable, value in os.environ.items():
        text = text.replace(f"${{localEnv:{variable}}}", value)
    told = json.loads(text)
    source = dict(part.split("=", 1) for part in told["mounts"][0].split(",") if "=" in part)["source"]
    return with_token(told["remoteEnv"], source, shares_network="--network=host" in told["runArgs"])


def with_token(environ: dict[str, str], mounted: str, *, shares_network: bool) -> dict[str, str]:
    """Return the environment with the token's file where it is here, if the container could reach the endpoint."""
    if "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in environ:
        return environ
    if not shares_network:
        sys.exit("a container with a network of its own does not reach the endpoint")
    return environ | {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": mounted}


if __name__ == "__main__":
    main()
