"""How generated tests run here: the same examples every time, and no clock over them."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

GENERATED = settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
