"""Where sentence pairs come from: a file of the user's own, or a name in the catalogue."""

from embedmark.cache import cache_dir
from embedmark.datasets.fetch import pull
from embedmark.datasets.hashing import fingerprint
from embedmark.datasets.layout import Columns
from embedmark.datasets.load import load_file
from embedmark.datasets.model import PairDataset
from embedmark.datasets.named import CatalogueEntry, catalogue, load_named

__all__ = [
    "CatalogueEntry",
    "Columns",
    "PairDataset",
    "cache_dir",
    "catalogue",
    "fingerprint",
    "load_file",
    "load_named",
    "pull",
]
