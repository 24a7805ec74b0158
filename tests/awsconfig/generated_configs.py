"""Generates config files as people, editors and programs leave them: most are readable, many only just not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

NAMES = ["dev", "prod", "default", "a", "team dev", "it's", "o'brien", "ünï", "prod-🚀", "a#b", "a;b", "x]y", "DEFAULT"]
KINDS = ["profile"] * 12 + ["sso-session", "sso-session", "services", "services", "profiles", "Profile", "preview", ""]
KEYS = [
    *("region", "region", "role_arn", "source_profile", "mfa_serial", "output", "s3", "sts", "credential_process"),
    *("duration_seconds", "endpoint_url", "sso_session", "services", "Region", "ROLE_ARN"),
    *("two words", "sts.endpoint_url", "ﬁ", "İ", "ΑΣ", "a[b", "[b", "k;#"),
]  # fmt: skip
VALUES = [
    *("eu-west-1", "x", "", "", "base # comment", "a ; b", "k=v", "a:b", "arn:aws:iam::111122223333:role/x", "[x]"),
    *('"quoted"', "'q'", "run --a=b", "%(region)s", "$HOME", "ünï 🚀"),
    *("a\u2028b=c", "a\x0bb", "\x85", "a\\", "\x00", "\ufeff"),
]  # fmt: skip
INDENTS = [""] * 10 + [" ", "  ", "  ", "    ", "\t", "\t\t", " \t", "\u00a0", "\x0c"]
NOISE = ["", "", "   ", "\t", "# c", "; c", "  # c = d", "#[profile no]", "\u3000", "\x1f"]
JUNK = [
    "nothing",
    "[",
    "]",
    "[]",
    "[profile dev",
    "profile dev]",
    "= x",
    ": x",
    "[[a]]",
    "\ufeff[a]",
    "a\u2028= b",
    "=",
    "[]]",
]
LINE_ENDS = ["\n"] * 8 + ["\r\n", "\r\n", "\r"]


def make_config(random: Random) -> bytes:
    """Return one config file."""
    lines: list[str] = []
    is_tidy = random.random() < 0.6  # no duplicate sections or settings, and no malformed lines
    headers: set[str] = set()
    for _ in range(random.choice([0, 1, 1, 2, 3, 5])):
        header = _header(random)
        if is_tidy and header.strip() in headers:
            continue
        headers.add(header.strip())
        lines += [header, *_body(random, is_tidy=is_tidy)]
    if not is_tidy and random.random() < 0.4:
        lines.insert(random.randrange(len(lines) + 1), random.choice(JUNK))
    if random.random() < 0.2:
        lines.insert(0, random.choice(NOISE))
    return _join(random, lines)


def _header(random: Random) -> str:
    kind, name = random.choice(KINDS), random.choice(NAMES)
    if kind == "profile" and random.random() < 0.15:
        return random.choice(
            ["[default]", "[default]", "[ default ]", "[default] # c", "[profile default]", "[DEFAULT]"]
        )
    quote = random.choice(["", "", "", '"', "'", "\\"]) if " " not in name else random.choice(['"', "'", ""])
    closing = "" if quote == "\\" else quote
    gap = random.choice([" ", " ", " ", " ", "  ", "\t", "\u00a0", ""])
    after = random.choice(["", "", "", "", " ", " # c", "]", " x]", " ; [y]", "x = y"])
    edge = random.choice(["", "", "", "", " "])
    return f"{_indent(random)}[{edge}{kind}{gap}{quote}{name}{closing}{edge}]{after}"


def _body(random: Random, *, is_tidy: bool) -> list[str]:
    lines: list[str] = []
    keys: set[str] = set()
    for _ in range(random.choice([0, 1, 2, 2, 3, 4, 6])):
        key = random.choice(KEYS)
        if is_tidy and key.lower() in keys:
            continue
        keys.add(key.lower())
        gap, sign = random.choice(["", " ", " ", "  ", "\t"]), random.choice(["=", "=", "=", "=", ":"])
        lines.append(f"{_indent(random)}{key}{gap}{sign}{gap}{random.choice(VALUES)}")
        if random.random() < 0.25:
            lines += _continuation(random, is_tidy=is_tidy)
        if random.random() < 0.25:
            lines.append(random.choice(NOISE))
    return lines


def _continuation(random: Random, *, is_tidy: bool) -> list[str]:
    """Return the lines below a setting: nested settings, a multi-line value, or comments and gaps in between."""
    makers = ["inner = x", "Inner=y = z", "a.b = c", "more, words = x", "  deeper = 1", "[profile no] = x", "= empty"]
    if not is_tidy:
        makers += ["no sign", "colon: x", "a=b\u2028c"]
    lines = [f"{random.choice(INDENTS)}  {random.choice(makers)}" for _ in range(random.choice([1, 1, 2, 3]))]
    if random.random() < 0.3:
        lines.insert(random.randrange(len(lines) + 1), random.choice(NOISE))
    return lines


def _indent(random: Random) -> str:
    return random.choice(INDENTS) if random.random() < 0.3 else ""


def _join(random: Random, lines: list[str]) -> bytes:
    end = random.choice(LINE_ENDS)
    ends = [random.choice(LINE_ENDS) if random.random() < 0.03 else end for _ in lines]
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    if random.random() < 0.15:
        text = text.rstrip("\r\n")
    data = text.encode("utf-8")
    if random.random() < 0.02:
        data = b"\xef\xbb\xbf" + data
    if random.random() < 0.02:
        data = data.replace(b"e", b"\xe9", 1)
    return data
