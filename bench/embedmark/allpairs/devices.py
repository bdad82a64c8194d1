"""Where vectors are compared: BLAS here, anything else by an entry point, so that the core never imports torch."""

from __future__ import annotations

from functools import partial
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from embedmark.allpairs.blocks import BlasBlocks
from embedmark.errors import NotAvailableError
from embedmark.files import install_command

if TYPE_CHECKING:
    from embedmark.allpairs.nearest import MakeBlocks

GROUP = "embedmark.similarity"


def find_device(name: str) -> MakeBlocks:
    """Return what makes the Blocks of a device: `cpu`, or `cuda` and `cuda:N` by the entry point `cuda`.

    Raises NotAvailableError: nothing installed offers the device, or what does cannot be imported.
    """
    if name == "cpu":
        return BlasBlocks
    kind = name.partition(":")[0]
    for point in entry_points(group=GROUP, name=kind):
        try:
            made: MakeBlocks = partial(point.load(), device=name)
        except ImportError as error:
            raise NotAvailableError(
                f"similarity_device {name!r} needs a package that is not installed: {error}",
                hint=f"{install_command('sbert')}, or similarity_device: cpu",
            ) from error
        return made
    raise NotAvailableError(f"nothing installed compares vectors on {name!r}", hint="similarity_device: cpu")


def blas_threads() -> int:
    """Return threads that NumPy's BLAS would use now: as many workers keep the same cores busy."""
    import numpy as np
    from threadpoolctl import threadpool_info

    del np  # its BLAS is listed only once it is loaded
    return max((int(pool["num_threads"]) for pool in threadpool_info() if pool["user_api"] == "blas"), default=1)
