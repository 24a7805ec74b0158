"""What narrows a session: managed policies and an inline one, which AWS applies beside those of the role or user. Pure.

Source: "Session policies" in the IAM User Guide, and AssumeRole in the STS API reference.
"""

from __future__ import annotations

import json

from shellvault.core.errors import UsageError
from shellvault.core.record import Record
from shellvault.core.text import sanitize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_ARNS = 10  # AWS
LONGEST_POLICY = 2048  # characters; AWS
READ_ONLY = "ro"
"""What a scope is called that is the managed policy ReadOnlyAccess and nothing else."""
SCOPE_FIELDS = _READ_ONLY, _ARN, _POLICY, _FILE = "read-only", "policy-arn", "policy", "policy-file"
_LONGEST_NAME = 40  # characters of a policy's name in a label
_ARN_PARTS = 6  # arn:PARTITION:iam::ACCOUNT:policy/NAME
_SAMPLE = "write one such as arn:aws:iam::aws:policy/ReadOnlyAccess"
_FIRST, _LAST = "\x20", "\xff"  # the characters of a policy, beside tab and line ends; AWS


class Scope(Record):
    """A session's policies.

    Attributes:
        is_read_only: whether ReadOnlyAccess of the session's partition is one of them.
        policy_arns: the managed policies.
        policy: the inline policy as compact JSON; empty for none.
        policy_file: the file that it was read from.
    """

    is_read_only: bool = False
    policy_arns: tuple[str, ...] = ()
    policy: str = ""
    policy_file: str = ""

    @property
    def label(self) -> str:
        """What prompts show: `ro`, or the names of the policies joined by `+`."""
        names = [arn.rpartition("/")[2] for arn in self.policy_arns]
        stem = self.policy_file.rpartition("/")[2]
        names += [stem.rpartition(".")[0] or stem] if self.policy else []
        names = [f"policy {name}".strip() if _is_misleading(name) else name for name in map(sanitize, names)]
        names = [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name in names]
        return "+".join([READ_ONLY, *names] if self.is_read_only else names)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What a shell remembers of it; see `describe_choice`."""
        own = [(_READ_ONLY, "1")] if self.is_read_only else []
        inline = [(_POLICY, self.policy), (_FILE, self.policy_file)] if self.policy else []
        return [*own, *((_ARN, arn) for arn in self.policy_arns), *inline]

    def list_arns(self, partition: str) -> tuple[str, ...]:
        """Return the ARNs of the managed policies of a session in this partition."""
        own = (f"arn:{partition}:iam::aws:policy/ReadOnlyAccess",) if self.is_read_only else ()
        return (*own, *(arn for arn in self.policy_arns if arn not in own))


def _is_misleading(name: str) -> bool:
    """Return whether a policy's name, alone in a label, would look like another scope."""
    return name.strip() in ("", READ_ONLY) or name.strip().startswith(f"{READ_ONLY}+")


def read_scope(fields: Iterable[tuple[str, str]]) -> Scope | None:
    """Read what `Scope.fields` returned; None if nothing is narrowed.

    Raises:
        UsageError: somebody has changed it; it must not give a wider session.
    """
    found = [(key, value) for key, value in fields if key in SCOPE_FIELDS]
    return _compose(dict(found), " ".join(value for key, value in found if key == _ARN)) if found else None


def _compose(alone: Mapping[str, str], arns: str) -> Scope:
    return Scope(
        is_read_only=_READ_ONLY in alone,
        policy_arns=parse_arns(arns, "the remembered policy") if _ARN in alone else (),
        policy=parse_policy(alone[_POLICY], "the remembered policy") if _POLICY in alone else "",
        policy_file=alone.get(_FILE, ""),
    )


def parse_arns(text: str, what: str) -> tuple[str, ...]:
    """Return the ARNs of managed policies in a text, separated by commas or white space; `what` names its source.

    Raises:
        UsageError: one of them is not such an ARN, there is none, or there are too many.
    """
    arns = tuple(dict.fromkeys(text.replace(",", " ").split()))
    if wrong := next((arn for arn in arns if not _is_policy_arn(arn)), ""):
        raise UsageError(f"{what}: '{wrong}' is not the ARN of a managed policy", _SAMPLE)
    if not arns:
        raise UsageError(f"{what} is empty", f"name a policy, or leave out {what}")
    if len(arns) > MOST_ARNS:
        raise UsageError(f"{what}: AWS takes {MOST_ARNS} managed policies at most, not {len(arns)}", "leave some out")
    return arns


def parse_policy(text: str, what: str) -> str:
    """Return an inline policy as compact JSON; `what` names its source.

    Raises:
        UsageError: it is not a policy, or too long for a session.
    """
    try:
        document = json.loads(text, object_pairs_hook=_require_once)
    except _RepeatedKeyError as error:
        raise UsageError(f"{what} has '{error}' twice in one place", "join the two, for only one would count") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{what} is not JSON", "write an IAM policy: Version and Statement") from None
    if not isinstance(document, dict) or not document.get("Statement"):
        raise UsageError(f"{what} is not an IAM policy: it has no Statement", "write an IAM policy into it")
    compact = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    if not all(_FIRST <= letter <= _LAST for letter in compact):
        raise UsageError(f"{what} has characters that AWS does not take in a policy", "use Latin letters")
    if len(compact) > LONGEST_POLICY:
        raise UsageError(
            f"{what} has {len(compact):,} characters without white space; AWS takes {LONGEST_POLICY:,} at most",
            "shorten it with wildcards, or make it a managed policy and use its ARN",
        )
    return compact


class _RepeatedKeyError(ValueError):
    """A key occurs twice in an object of JSON, where parsers keep one of the values."""


def _require_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedKeyError(next(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number])))
    return found


def _is_policy_arn(text: str) -> bool:
    parts = text.split(":", _ARN_PARTS - 1)
    is_iam = len(parts) == _ARN_PARTS and parts[0] == "arn" and parts[2:4] == ["iam", ""] and parts[4]
    return bool(is_iam) and text.isprintable() and parts[5].startswith("policy/") and parts[5][-1:] != "/"
