"""Compares how shellvault and botocore read ~/.aws/config: both refuse the same files, and agree on the rest."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellvault.awsconfig.line_kinds import HEADER, SETTING, parse_lines
from shellvault.awsconfig.reader import Config, split_setting
from shellvault.core.errors import UsageError
from tests.awsconfig.botocore_oracle import READ, REFUSED, compare, shrink
from tests.awsconfig.generated_configs import make_config
from tests.core.generated import GENERATED
from tests.full_size import Note, scale

if TYPE_CHECKING:
    from tests.awsconfig.conftest import WriteConfig

SEED, FILES, SHARES = 20, scale(50_000), 5

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
    "both defaults, the full one last": "[default]\nregion = x\n[profile default]\noutput = json\n",
    "both defaults, the bare one last": "[profile default]\noutput = json\n[default]\nregion = x\n",
    "one profile under two spellings": "[profile a]\nregion = x\n[profile 'a']\noutput = json\n",
    "settings below all others": "[profile a]\noutput = json\n[DEFAULT]\nregion = x\n[sso-session s]\n[DEFAULT]\na=1\n",
    "white space within the brackets": "[ default ]\na=1\n[ profile a ]\nb=1\n[profile b ]\nc=1\n",
    "a section that only begins like a profile": "[profiles a]\nregion = x\n[profile-old b]\n[profile]\n[a profile]\n",
    "an open quote": "[profile o'brien]\nregion = x\n",
    "escaped blank": "[profile team\\ dev]\nregion = x\n",
    "words beside quotes": '[profile te"am d"ev]\nregion = x\n',
    "blank lines within a value": "[profile a]\nsession_tags = a=1,\n\n  # c\n  b=2\n\n",
    "carriage returns alone": "[profile a]\rregion = x\r[profile b]\r",
    "a dot in a key": "[services s]\nsts.endpoint_url = https://sts.example\n",
    "a header with a sign": "[profile a=b]\nregion = x\n",
    "a bracket without its pair, and a sign": "[profile a]\n[profile b = x\n",
    "only comments": "# a\n\n  ; b\n",
    "empty": "",
    "no final newline": "[profile a]\nregion = x",
}

REFUSED_FILES = {
    "no closing bracket": "[profile dev\nregion = x\n",
    "no name in the brackets": "[]\n",
    "nothing": "[profile dev]\nregion\n",
    "no key": "[profile dev]\n= x\n",
    "setting above the first header": "region = x\n[profile dev]\n",
    "section twice": "[profile dev]\n[profile a]\n[profile dev]\n",
    "setting twice": "[profile dev]\nregion = x\nRegion: y\n",
    "setting of all sections twice": "[DEFAULT]\na = 1\n[b]\n[DEFAULT]\na = 2\n",
    "nested line without a sign": "[profile dev]\ns3 =\n  a = 1\n  b\n",
    "nested line with a colon": "[profile dev]\ns3 =\n  a: 1\n",
    "separator within a nested line": "[profile dev]\ns3 =\n  a = 1\u2028b\n",
    "byte order mark": "\ufeff[profile dev]\n",
    "byte order mark above nothing": "\ufeff\n",
}


def document_examples() -> list[tuple[str, str]]:
    """Return the files in docs/config-files.md, with what the document says about each."""
    document = (Path(__file__).parents[2] / "docs" / "config-files.md").read_text()
    alike, refused = document.partition("## Refused alike")[::2]
    return [
        (outcome, block.partition("```")[0])
        for outcome, part in ((READ, alike), (REFUSED, refused))
        for block in part.split("```ini\n")[1:]
    ]


@pytest.mark.parametrize("name", HANDWRITTEN)
def test_handwritten_files_are_read_as_botocore_reads_them(write_config: WriteConfig, name: str) -> None:
    """Comments, nesting, quotes, tabs, indentation and line ends mean the same as to the AWS CLI."""
    assert compare(write_config(HANDWRITTEN[name])) == (READ, "")


@pytest.mark.parametrize("name", REFUSED_FILES)
def test_what_botocore_refuses_is_refused(write_config: WriteConfig, name: str) -> None:
    """Each file gives a usage error that names the file and the line, with a hint."""
    assert compare(write_config(REFUSED_FILES[name])) == (REFUSED, "")


@pytest.mark.parametrize(("outcome", "text"), document_examples())
def test_the_examples_in_the_document_are_true(write_config: WriteConfig, outcome: str, text: str) -> None:
    """Both botocore and shellvault read or refuse each one as the document says."""
    assert compare(write_config(text)) == (outcome, "")


def test_bytes_that_are_not_utf8_are_refused_as_by_botocore(tmp_path: Path) -> None:
    """This applies to comments too. The error names the line."""
    path = tmp_path / "config"
    path.write_bytes(b"[profile a]\n\n# caf\xe9\n")
    assert compare(path) == (REFUSED, "")
    with pytest.raises(UsageError, match=f"^{path}:3: this line is not in UTF-8$"):
        Config.read(str(path))


@pytest.mark.parametrize("share", range(SHARES))
def test_generated_files_are_read_or_refused_as_by_botocore(tmp_path: Path, share: int, record_property: Note) -> None:
    """Compares every section, profile and setting of each file, and shows the smallest file that differs."""
    random = Random(SEED + share)  # noqa: S311 - the same files in each run
    path, seen = tmp_path / "config", Counter[str]()

    def differs(data: bytes) -> bool:
        path.write_bytes(data)
        return bool(compare(path)[1])

    for _ in range(FILES // SHARES):
        data = make_config(random)
        path.write_bytes(data)
        outcome, difference = compare(path)
        assert not difference, shrink(data, differs)
        seen[outcome] += 1
    record_property("runs", FILES // SHARES)
    assert min(seen[READ], seen[REFUSED]) >= FILES // SHARES // 6


@GENERATED
@given(text=st.one_of(st.text(max_size=200), st.text(alphabet="[]profile \n\t=#\ufeff'\"x:\\\r", max_size=80)))
def test_any_text_is_read_or_refused_as_by_botocore(write_config: WriteConfig, text: str) -> None:
    """No text makes shellvault do anything else, such as crash."""
    assert compare(write_config(text))[1] == ""


def test_reading_line_by_line_gives_the_same_result() -> None:
    """The editor goes through the lines, and must find the same headers and settings as the reader."""
    random = Random(SEED)  # noqa: S311 - the same files in each run
    for _ in range(1_000):
        text = make_config(random).decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
        try:
            read = Config(text).raw_sections()
        except UsageError:
            continue
        found: dict[str, set[str]] = {}
        for kind, line in parse_lines(text.split("\n")):
            if kind == HEADER:
                section = found.setdefault(line, set())
            elif kind == SETTING:
                section.add(split_setting(line)[0])
        assert {name: {key for key in keys if "." not in key} for name, keys in found.items()} == {
            name: {key for key in settings if "." not in key} for name, settings in read
        }
