"""What is proven on generated input, and the tests that do it."""

from __future__ import annotations

from shellvault.core.record import Record

_VALUES = "test_hostile_values_reach_child_processes_unchanged"


class Promise(Record):
    """A promise of SECURITY.md.

    Attributes:
        words: the promise, in short.
        unit: what its tests count as `runs`.
        tests: their pytest ids.
    """

    words: str
    unit: str
    tests: tuple[str, ...]


PROMISES = (
    Promise(
        "Nothing runs as code in your shell",
        "hostile values",
        (
            f"tests/dialects/test_round_trip.py::{_VALUES}",
            f"tests/dialects/test_other_shells.py::{_VALUES}",
            "tests/dialects/test_powershell.py::test_hostile_values_are_read_back_unchanged",
        ),
    ),
    Promise(
        "Kills lose no key pair that was stored",
        "kills",
        ("tests/storage/test_sealed_crashes.py::test_killed_writers_lose_nothing_that_was_acknowledged",),
    ),
    Promise(
        "A sealed file that has changed is refused",
        "garbled files",
        ("tests/storage/test_sealed_damage.py::test_a_garbled_file_is_refused",),
    ),
    Promise(
        "The config file is read as the AWS CLI reads it",
        "config files",
        ("tests/awsconfig/test_reader_against_botocore.py::test_generated_files_are_read_or_refused_as_by_botocore",),
    ),
    Promise(
        "Only the service's own answer counts",
        "garbled answers",
        (
            "tests/providers/test_mutated_answers.py::test_a_mutated_program_output_is_parsed_or_refused",
            "tests/providers/test_mutated_answers.py::test_a_mutated_sts_answer_is_parsed_or_refused",
        ),
    ),
    Promise(
        "The endpoint answers your own programs only",
        "garbled requests",
        ("tests/endpoint/test_garbled_requests.py::test_no_garbled_request_gets_credentials",),
    ),
    Promise(
        "A live shell never runs a command with an expired session while AWS answers",
        "days in three shells",
        ("tests/hook/test_waits.py::test_days_of_work_sleep_travel_and_outages",),
    ),
)
