"""Compares how ~/.aws/config is read with botocore, over generated and handwritten files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from botocore.configloader import build_profile_map, raw_config_parse
from botocore.exceptions import ConfigParseError
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from shellvault.awsconfig.reader import Config
from tests.core.generated import GENERATED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.awsconfig.conftest import WriteConfig

HANDWRITTEN = {
    "comments": "# a\n[profile dev]\n; b\nregion = eu-west-1 # not a comment\n  # nor a value\noutput = json\n",
    "nested": "[profile dev]\ns3 =\n  max_concurrent_requests = 20\n\n  addressing_style = path\nregion = x\n",
    "deeper": "[profile dev]\ns3 =\n  a = 1\n      b = 2\n",
    "tabs": "[profile\tdev]\nregion\t=\teu-west-1\ns3=\n\ta=1\n",
    "quoted": "[profile \"two words\"]\nregion = a\n[profile 'single']\nregion = b\n",
    "quotes in quotes": """[profile "it's"]\nregion = a\n[profile 'say "x"']\nregion = b\n""",
    "both quotes": """[profile 'a'"'"'b"c']\nregion = a\n""",
    "indented headers beside others": "[profile a]\nregion = x [y]\n  [profile no]\n[profile b]\n  [profile c]\n",
    "colons": "[profile dev]\nregion: eu-west-1\nmfa_serial = arn:aws:iam::1:mfa/x\nrole_arn : arn:aws=x\n",
    "case": "[profile Dev]\nREGION = eu-west-1\nRole_Arn = Arn\n",
    "all indented": "  [profile a]\n  region = x\n  output = json\n  [profile b]\n  region = y\n",
    "settings indented": "[profile a]\n    region = x\n    output = json\n[profile b]\n  region = y\n",
    "not a header, as it is indented deeper": "[profile a]\nregion = x\n  [profile b]\n[profile c]\noutput = json\n",
    "continued value": "[profile a]\nsession_tags = a=1,\n   b=2\nregion = x\n",
    "comment after the bracket": "[profile dev] # mine\nregion = x\n",
    "equal signs": "[profile dev]\ncredential_process = run --a=b --c=d\nempty =\n",
    "services": "[profile dev]\nservices = here\n[services here]\nsts =\n  endpoint_url = https://sts.example\n",
    "bare default": "[default]\nregion = x\n[preview]\ncloudfront = true\n",
    "spelled-out default": "[profile default]\nregion = y\n",
    "CRLF": "[default]\r\nregion = x\r\n[profile a]\r\noutput = json\r\n",
    "unicode": "[profile prod-🚀]\nregion = ünï\n",
    "empty": "",
    "no final newline": "[profile a]\nregion = x",
}

_NAMES = st.sampled_from(["a", "b", "dev", "prod", "default"])
_HEADERS = st.builds(
    lambda indent, name, quote, after: f"{indent}[profile {quote}{name}{quote}]{after}",
    st.sampled_from(["", "", "", "  "]),
    _NAMES,
    st.sampled_from(["", '"', "'"]),
    st.sampled_from(["", " ", " # c"]),
)
_VALUES = st.text(alphabet="abz019:/=+-_#; '\"%\\é🚀[]", max_size=12)
_SETTINGS = st.builds(
    lambda indent, key, gap, sign, value: f"{indent}{key}{gap}{sign}{gap}{value}",
    st.sampled_from(["", "", "", "  ", "\t", "    "]),
    st.sampled_from(["region", "role_arn", "Output", "s3", "session_tags", "mfa serial"]),
    st.sampled_from(["", " ", "\t"]),
    st.sampled_from(["=", ":"]),
    _VALUES,
)
_NOISE = st.sampled_from(["", "   ", "# c", "  ; c", "  # [profile zz]"])
_FILES = st.builds(
    lambda lines, end: end.join([*lines, ""]),
    st.lists(st.one_of(_HEADERS, _SETTINGS, _SETTINGS, _NOISE), max_size=14),
    st.sampled_from(["\n", "\n", "\r\n"]),
)


def read_by_botocore(path: Path) -> dict[str, dict[str, str]]:
    """Return botocore's profiles; nested settings become `outer.inner`, and values lose blank lines, as here."""
    profiles = build_profile_map(raw_config_parse(str(path)))["profiles"]
    return {name: _flat(settings) for name, settings in profiles.items()}


def read_by_us(path: Path) -> dict[str, dict[str, str]]:
    """Return the profiles that shellvault reads."""
    config = Config.read(str(path))
    return {name: config.section(f"profile {name}") for name in config.names()}


def _flat(settings: dict[str, str | dict[str, str]]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            flat[key] = ""
            flat |= {f"{key}.{inner}": text for inner, text in value.items()}
        else:
            flat[key] = "\n".join(line for line in value.split("\n") if line)
    return flat


@pytest.mark.parametrize("name", HANDWRITTEN)
def test_handwritten_files_are_read_as_botocore_reads_them(write_config: WriteConfig, name: str) -> None:
    """Comments, nesting, quotes, tabs, indentation and line ends mean the same as to the AWS CLI."""
    path = write_config(HANDWRITTEN[name])
    assert read_by_us(path) == read_by_botocore(path)


@GENERATED
@given(text=_FILES)
def test_generated_files_are_read_as_botocore_reads_them(write_config: WriteConfig, text: str) -> None:
    """The same profiles with the same settings, in the same order."""
    path = write_config(text)
    try:
        expected = read_by_botocore(path)
    except ConfigParseError:
        reject()
    assume(len(expected) == len(raw_config_parse(str(path))))  # no name occurs both with and without quotes
    assert list(read_by_us(path).items()) == list(expected.items())


@GENERATED
@given(text=st.one_of(_FILES, st.text(max_size=200), st.text(alphabet="[]profile \n\t=#\ufeff'\"x", max_size=80)))
def test_no_text_causes_an_unexpected_error(text: str) -> None:
    """A text that botocore refuses is read as far as possible."""
    config = Config(io.StringIO(text, newline=None).read())
    for name in config.names():
        config.section(f"profile {name}")
