"""Settings for Hypothesis tests: the same examples in every run, and no deadline on a busy machine."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

GENERATED = settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
