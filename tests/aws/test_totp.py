"""One-time codes are those of the RFC, and a device's codes work as AWS lets them."""

from __future__ import annotations

import pytest

from tests.aws.devices import WINDOW
from tests.aws.totp import STEP, code_of, step_at
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
def test_time_gives_the_code_of_rfc_6238(at: int, code: str) -> None:
    """Appendix B's SHA-1 vectors, eight digits."""
    assert code_of(RFC_KEY, step_at(at), digits=8) == code


@pytest.mark.parametrize(("step", "code"), list(enumerate(RFC_4226)))
def test_a_counter_gives_the_code_of_rfc_4226(step: int, code: str) -> None:
    """Appendix D's vectors, six digits."""
    assert code_of(RFC_KEY, step) == code


def test_a_device_shows_one_code_for_a_step() -> None:
    """The code at the first second of a step is the code at its last one, and not the next step's."""
    device = World().user().mfa_device()
    first = device.code(STEP * 1000)
    assert first == device.code(STEP * 1001 - 1)
    assert len({device.code(STEP * step) for step in range(1000, 1010)}) > 1


def test_a_device_hands_out_three_different_codes_at_once() -> None:
    """Each of them is accepted once and never again."""
    device = World().user().mfa_device()
    codes = [device.next_code() for _ in WINDOW]
    assert [device.accept(code) for code in codes + codes] == [True] * 3 + [False] * 3


def test_a_device_hands_out_no_code_that_was_spent_otherwise() -> None:
    """The code on display, used by hand, does not come again as the next one."""
    device = World().user().mfa_device()
    shown = device.code()
    assert device.accept(shown)
    assert device.next_code() != shown


def test_a_device_has_a_fourth_code_as_soon_as_the_step_is_over() -> None:
    """The wait is for the next step, which is moved near here by the world's clock."""
    world = World()
    device = world.user().mfa_device()
    for _ in WINDOW:
        assert device.accept(device.next_code())
    world.clock_skew += STEP - world.now() % STEP - 0.3
    assert device.accept(device.next_code())


@pytest.mark.parametrize("distance", [-2, 2])
def test_the_server_refuses_a_code_two_steps_away(distance: int) -> None:
    """Its window is one step on either side."""
    world = World()
    device = world.user().mfa_device()
    assert not device.accept(device.code(world.now() + distance * STEP))


def test_devices_of_one_user_have_serials_and_codes_of_their_own() -> None:
    """The first bears the user's name."""
    user = World().user("bob", "444455556666")
    first, second = user.mfa_device(), user.mfa_device()
    assert first.serial == "arn:aws:iam::444455556666:mfa/bob"
    assert first.serial != second.serial
    assert [first.code(STEP * n) for n in range(9)] != [second.code(STEP * n) for n in range(9)]
