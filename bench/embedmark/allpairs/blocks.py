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
        """Return all dot products of two blocks of rows, (rows, columns); -inf on a block's own diagonal."""

    def kth(self, product: Any, k: int) -> npt.NDArray[np.float32]:
        """Return the k-th largest value of each row; -inf where a row has fewer columns."""

    def above(self, product: Any, bars: npt.NDArray[np.float32], *, columns: bool) -> Candidates:
        """Return where values exceed the bar of their row (or column): int64 item, int64 other, float32 value.

        `item` counts rows (or columns) of the block and rises.
        """


class BlasBlocks:
    """NumPy's matrix product, and comparisons that pass over it once: most of it is below its bar."""

    def __init__(self, vectors: npt.NDArray[np.float32], block: int) -> None:
        import numpy as np

        self._vectors = vectors
        side = min(block, len(vectors))
        # Allocated once: fresh pages for every product would cost as much as comparing it.
        self._product: npt.NDArray[np.float32] = np.empty(side * side, dtype=np.float32)
        self._mask: npt.NDArray[np.bool_] = np.empty(side * side, dtype=np.bool_)

    def multiply(self, rows: slice, columns: slice) -> npt.NDArray[np.float32]:
        import numpy as np

        a, b = self._vectors[rows], self._vectors[columns]
        product = self._product[: len(a) * len(b)].reshape(len(a), len(b))
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
        return _columns_above(product, bars) if columns else self._rows_above(product, bars)

    def _rows_above(self, product: npt.NDArray[np.float32], bars: npt.NDArray[np.float32]) -> Candidates:
        import numpy as np

        mask = self._mask[: product.size].reshape(product.shape)
        found = np.flatnonzero(np.greater(product, bars[:, None], out=mask))
        item, other = np.divmod(found, product.shape[1])
        return item, other, product.ravel()[found]


def _columns_above(product: npt.NDArray[np.float32], bars: npt.NDArray[np.float32]) -> Candidates:
    """Maxima of groups of rows first (rows g, g + groups, ...): the few groups above a bar are then gathered by item.

    A mask of the whole product, as for rows, would have to be read in columns, which takes longer than all else.
    """
    import numpy as np

    rows, width = product.shape
    size = _GROUP if rows % _GROUP == 0 else 1
    groups = rows // size
    grouped = product.reshape(size, groups, width)
    tops = grouped.max(axis=0) if size > 1 else product
    item, group = np.divmod(np.flatnonzero((tops > bars).T), groups)
    members = grouped[:, group, item].T
    hit, member = np.nonzero(members > bars[item][:, None])
    return item[hit], member * groups + group[hit], members[hit, member]
