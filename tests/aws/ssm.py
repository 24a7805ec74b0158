"""Two actions of Systems Manager, to read and to write a parameter: what a session may do is tried on them.

Source: the Systems Manager API reference.
"""

from __future__ import annotations

from typing import Any

from shellvault.core.record import Record
from tests.aws.errors import AwsError
from tests.aws.json_service import JsonAction, JsonCall, JsonService
from tests.aws.permissions import Resource


class Parameter(Record):
    """A parameter's value; `changed_at` is in epoch seconds."""

    value: str
    version: int
    changed_at: float


def name_parameter(call: JsonCall) -> Resource:
    """Return a parameter, whether it exists or not."""
    who, name = call.caller.principal, call.fields["Name"].removeprefix("/")
    return Resource(f"arn:{who.arn.split(':')[1]}:ssm:{call.region}:{who.account}:parameter/{name}")


def get_parameter(call: JsonCall) -> dict[str, Any]:
    """Return a parameter."""
    found = call.world.parameters.get(_locate(call))
    if found is None:
        raise AwsError("ParameterNotFound", "")
    return {
        "Parameter": {
            "ARN": name_parameter(call).arn,
            "DataType": "text",
            "LastModifiedDate": found.changed_at,
            "Name": call.fields["Name"],
            "Type": "String",
            "Value": found.value,
            "Version": found.version,
        }
    }


def put_parameter(call: JsonCall) -> dict[str, Any]:
    """Create a parameter of the type String, or change it if the request says Overwrite."""
    with call.world.lock:
        known = call.world.parameters.get(_locate(call))
        if known is not None and not call.fields.get("Overwrite"):
            raise AwsError("ParameterAlreadyExists", "The parameter already exists.")
        if call.fields.get("Type", "String") != "String":
            raise AwsError("TestServerUnknownParameter", "the test server knows the type String only")
        version = known.version + 1 if known else 1
        call.world.parameters[_locate(call)] = Parameter(call.fields["Value"], version, call.world.now())
    return {"Version": version, "Tier": "Standard"}


def _locate(call: JsonCall) -> tuple[str, str, str]:
    return call.caller.principal.account, call.region, call.fields["Name"]


SERVICE = JsonService(
    name="ssm",
    target_prefix="AmazonSSM",
    actions={
        "GetParameter": JsonAction(get_parameter, name_parameter, {"Name": str, "WithDecryption": bool}, ("Name",)),
        "PutParameter": JsonAction(
            put_parameter,
            name_parameter,
            {"Name": str, "Value": str, "Type": str, "Overwrite": bool},
            ("Name", "Value"),
        ),
    },
)
