"""Tells real or plausible AWS regions from typos, using botocore's list without importing botocore."""

from __future__ import annotations

import json
import os
import re
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec

from shellvault.core.chain.sts_parameters import LEGACY_REGION

_FORM = re.compile(r"[a-z]{2,}(-[a-z]+)+-[1-9][0-9]?")
_LIST = os.path.join("data", "partitions.json")
_NEAR = 0.75  # of difflib's ratio


def explain_region(region: str) -> str:
    """Return what is wrong with a region's name, or the empty string for one that AWS has, or may have.

    One that botocore does not list is a new one if it is like none of those that it does, or follows them in number.
    """
    known = list_regions()
    if not region or region in known or region == LEGACY_REGION:
        return ""
    near = get_close_matches(region, known, n=1, cutoff=_NEAR)
    meant = f" (did you mean {near[0]}?)" if near else ""
    if not has_form(region):
        return f"{region} is not a region AWS has{meant}"
    is_next = any(one[:-1] == region[:-1] for one in known)
    return "" if is_next or not near else f"{region} is not a region that botocore lists{meant}"


def has_form(region: str) -> bool:
    """Return whether a text has the form of a region's name."""
    return _FORM.fullmatch(region) is not None


@cache
def list_regions() -> tuple[str, ...]:
    """Return the regions of all partitions that botocore lists; none if it has no such list."""
    try:
        spec = find_spec("botocore")
        folder = next(iter(spec.submodule_search_locations or ())) if spec else ""
        data = getattr(spec and spec.loader, "get_data", _read_nothing)(os.path.join(folder, _LIST))
        return tuple(region for partition in json.loads(data)["partitions"] for region in partition["regions"])
    except (OSError, StopIteration, ValueError, LookupError):
        return ()


def _read_nothing(_path: str) -> bytes:
    return b""
