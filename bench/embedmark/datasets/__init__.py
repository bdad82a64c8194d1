"""Where sentence pairs and images come from: a file of the user's own, or a name in the catalogue."""

from embedmark.datasets.check import Checked, check_entry, check_named
from embedmark.datasets.columns import CaptionColumns, Columns, GradedColumns
from embedmark.datasets.entry import load_entry, load_named_entry, reading_of
from embedmark.datasets.fetch import pull
from embedmark.datasets.hashing import fingerprint
from embedmark.datasets.images import load_images, matrix_of
from embedmark.datasets.load import load_file
from embedmark.datasets.model import Dataset, ImageDataset, PairDataset, RetrievalDataset
from embedmark.datasets.named import CatalogueEntry, catalogue, entry_named, load_named
from embedmark.datasets.outlook import languages_of
from embedmark.datasets.pictures import decode_image
from embedmark.datasets.published import published_scores
from embedmark.files import cache_dir

__all__ = [
    "CaptionColumns",
    "CatalogueEntry",
    "Checked",
    "Columns",
    "Dataset",
    "GradedColumns",
    "ImageDataset",
    "PairDataset",
    "RetrievalDataset",
    "cache_dir",
    "catalogue",
    "check_entry",
    "check_named",
    "decode_image",
    "entry_named",
    "fingerprint",
    "languages_of",
    "load_entry",
    "load_file",
    "load_images",
    "load_named",
    "load_named_entry",
    "matrix_of",
    "published_scores",
    "pull",
    "reading_of",
]
