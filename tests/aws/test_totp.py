"""One-time codes follow the RFCs, and devices follow AWS's rules."""

from __future__ import annotations

import pytest

from tests.aws.devices import WINDOW
from tests.aws.totp import STEP, compute_code, compute_step
from tests.aws.world import World

RFC_KEY = b"12345678901234567890"
RFC_6238 = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
RFC_4226 = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]


@pytest.mark.parametrize(("at", "code"), list(RFC_6238.items()))
def test_code_follows_rfc_6238(at: int, code: str) -> None:
    """The SHA-1 vectors of appendix B, with eight digits."""
    assert compute_code(RFC_KEY, compute_step(at), digits=8) == code


@pytest.mark.parametrize(("step", "code"), list(enumerate(RFC_4226)))
def test_code_follows_rfc_4226(step: int, code: str) -> None:
    """The vectors of appendix D, with six digits."""
    assert compute_code(RFC_KEY, step) == code


def test_device_shows_one_code_per_step() -> None:
    """From the first to the last second of a step."""
    device = World().user().mfa_device()
    first = device.code(STEP * 1000)
    assert first == device.code(STEP * 1001 - 1)
    assert len({device.code(STEP * step) for step in range(1000, 1010)}) > 1


def test_device_hands_out_three_distinct_codes_at_once() -> None:
    """Each is accepted once and never again."""
    device = World().user().mfa_device()
    codes = [device.next_code() for _ in WINDOW]
    assert [device.accept(code) for code in codes + codes] == [True] * 3 + [False] * 3


def test_device_does_not_hand_out_a_used_code() -> None:
    """A displayed code, used manually, is not handed out again."""
    device = World().user().mfa_device()
    shown = device.code()
    assert device.accept(shown)
    assert device.next_code() != shown


def test_device_hands_out_a_fourth_code_in_the_next_step() -> None:
    """The test moves the world's clock close to the next step."""
    world = World()
    device = world.user().mfa_device()
    for _ in WINDOW:
        assert device.accept(device.next_code())
    world.clock_skew += STEP - world.now() % STEP - 0.3
    assert device.accept(device.next_code())


@pytest.mark.parametrize("distance", [-2, 2])
def test_code_two_steps_away_is_refused(distance: int) -> None:
    """The window extends one step in either direction."""
    world = World()
    device = world.user().mfa_device()
    assert not device.accept(device.code(world.now() + distance * STEP))


def test_devices_of_a_user_have_distinct_serials_and_codes() -> None:
    """The first one has the user's name."""
    user = World().user("bob", "444455556666")
    first, second = user.mfa_device(), user.mfa_device()
    assert first.serial == "arn:aws:iam::444455556666:mfa/bob"
    assert first.serial != second.serial
    assert [first.code(STEP * n) for n in range(9)] != [second.code(STEP * n) for n in range(9)]
