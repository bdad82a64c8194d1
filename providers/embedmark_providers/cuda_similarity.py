"""The device `cuda` of the all-pairs similarity stage: products and comparisons through torch.

Of each product only what exceeds a bar leaves the device; sorting is the harness's, so that ties end alike everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedmark_providers import _device

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch

    Candidates = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]


class TorchBlocks:
    """Blocks of a matrix of dot products on one torch device, in float32 (never TF32, whose ranks would differ).

    Args:
        vectors: float32 (n, d), copied to the device.
        block: rows of a product at most.
        device: cuda, cuda:N, or cpu.

    Raises NotAvailableError: torch sees no such device here.
    """

    def __init__(self, vectors: npt.NDArray[np.float32], block: int, device: str = "cuda") -> None:
        import torch

        del block  # torch allocates products from a pool of its own
        self._vectors = torch.from_numpy(vectors).to(_device.pick(device))

    def multiply(self, rows: slice, columns: slice) -> torch.Tensor:
        import torch

        before, torch.backends.cuda.matmul.allow_tf32 = torch.backends.cuda.matmul.allow_tf32, False
        try:
            with torch.inference_mode():
                product: torch.Tensor = self._vectors[rows] @ self._vectors[columns].T
                if rows == columns:
                    product.fill_diagonal_(-torch.inf)
        finally:
            torch.backends.cuda.matmul.allow_tf32 = before
        return product

    def kth(self, product: torch.Tensor, k: int) -> npt.NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            if product.shape[1] < k:
                return _array(torch.full((len(product),), -torch.inf))
            return _array(torch.topk(product, k, dim=1).values[:, -1])

    def above(self, product: torch.Tensor, bars: npt.NDArray[np.float32], *, columns: bool) -> Candidates:
        import torch

        with torch.inference_mode():
            bar = torch.from_numpy(bars).to(product.device)
            found = (product > (bar if columns else bar[:, None])).nonzero()
            values = _array(product[found[:, 0], found[:, 1]])
            row, column = _array(found[:, 0]), _array(found[:, 1])
        if not columns:
            return row, column, values
        order = column.argsort(kind="stable")
        return column[order], row[order], values[order]


def _array(tensor: torch.Tensor) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = tensor.cpu().numpy()
    return array
