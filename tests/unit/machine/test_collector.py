"""The garbage collector while a model loads."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from embedmark.machine.collector import collector_off
from tests.kit import Clock, Known, Measured, clock, measure

__all__ = ["clock", "measure"]


def _fail_without_collector() -> None:
    with collector_off():
        assert not gc.isenabled()
        raise ValueError("no weights")


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_put_back_as_it_was_after_an_error(on: bool) -> None:
    (gc.enable if on else gc.disable)()
    try:
        with pytest.raises(ValueError, match="no weights"):
            _fail_without_collector()
        assert gc.isenabled() == on
    finally:
        gc.enable()


def test_a_provider_loads_without_the_collector(measure: Callable[..., Measured], clock: Clock) -> None:
    class Loading(Known):
        collecting: bool | None = None

        def load(self) -> None:
            self.collecting = gc.isenabled()
            super().load()

    provider = Loading(clock, "a")

    measure([provider], {"latency": {"calls": 1}})

    assert provider.collecting is False
    assert gc.isenabled()
