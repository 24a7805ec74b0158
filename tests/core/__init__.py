"""Tests of the pure core, and of the few modules beside it that do no I/O either."""
