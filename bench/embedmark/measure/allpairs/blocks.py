"""Products of blocks of vectors, and what of them is above a bar: the only part that runs where the vectors are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Candidates = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]

_GROUP = 32


class Blocks(Protocol):
    """Vectors on a device. One per worker: a product stays valid until the next `multiply`.

    A class with this shape in the entry-point group `embedmark.similarity` is a device; it is constructed with the
    vectors, float32 (n, d), the largest number of rows in a block, and the device's name, such as `cuda:0`.
    """

    def multiply(self, rows: slice, columns: slice) -> Any:
        """All dot products of two blocks of rows, (rows, columns); of a block with itself, -inf on the diagonal."""

    def kth(self, product: Any, k: int) -> npt.NDArray[np.float32]:
        """The k-th largest value of each row; -inf where a row has fewer columns."""

    def above(self, product: Any, bars: npt.NDArray[np.float32], *, columns: bool) -> Candidates:
        """Where values exceed the bar of their row (or column): int64 item, int64 other, float32 value.

        `item` counts rows (or columns) of the block and rises.
        """


class BlasBlocks:
    """NumPy's matrix product, and comparisons in groups: most groups have nothing above the bar."""

    def __init__(self, vectors: npt.NDArray[np.float32], block: int) -> None:
        import numpy as np

        self._vectors = vectors
        side = min(block, len(vectors))
        self._buffer: npt.NDArray[np.float32] = np.empty(side * side, dtype=np.float32)

    def multiply(self, rows: slice, columns: slice) -> npt.NDArray[np.float32]:
        import numpy as np

        a, b = self._vectors[rows], self._vectors[columns]
        product = self._buffer[: len(a) * len(b)].reshape(len(a), len(b))
        np.dot(a, b.T, out=product)
        if rows == columns:
            np.fill_diagonal(product, -np.inf)
        return product

    def kth(self, product: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.float32]:
        import numpy as np

        m, width = product.shape
        if width < k:
            return np.full(m, -np.inf, dtype=np.float32)
        found: npt.NDArray[np.float32] = np.partition(product, width - k, axis=1)[:, width - k]
        return found

    def above(self, product: npt.NDArray[np.float32], bars: npt.NDArray[np.float32], *, columns: bool) -> Candidates:
        import numpy as np

        length = product.shape[0 if columns else 1]
        size = _GROUP if length % _GROUP == 0 else 1
        groups = length // size
        if columns:
            grouped = product.reshape(size, groups, product.shape[1])
            tops = grouped.max(axis=0) if size > 1 else product
            group, item = np.nonzero(tops > bars)
            order = np.argsort(item, kind="stable")
            group, item = group[order], item[order]
            members = grouped[:, group, item].T
        else:
            grouped = product.reshape(product.shape[0], size, groups)
            tops = grouped.max(axis=1) if size > 1 else product
            item, group = np.nonzero(tops > bars[:, None])
            members = grouped[item, :, group]
        hit, member = np.nonzero(members > bars[item][:, None])
        return item[hit], member * groups + group[hit], members[hit, member]
