"""What a dataset is once it has been read, and which items it gives to which kind of provider."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from embedmark.api.items import ImageFile, Item, Query, Unit, role_key
from embedmark.datasets.hashing import fingerprint
from embedmark.errors import DatasetError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
ImageKind = Literal["captions", "graded", "matrix"]


@dataclass(frozen=True, eq=False, slots=True)
class PairDataset:
    """Sentence pairs with a gold score each, in the file's order.

    Attributes:
        name: the label in every table, such as `stsb/test`.
        pair_ids: one a pair, unique; the number of the record in its file, counted from 1.
        sentence1, sentence2: the texts, exactly as in the file.
        scores: the gold, finite; `gold` has it as an array, and loads NumPy only then.
        sha256: hex digest over ids, texts and scores: the same pairs have the same hash, whatever file they came in.
        source: the file or package that it was read from, for the manifest.
        file_sha256: hex digest of that file's bytes.
        licence: where known.
        notes: what a reader of the results should know (rows that other tools drop, and the like).
        slices: by column name what each pair has there, for results by slice.
        mteb: the task of MTEB that these very pairs are, if they are one's; published scores are compared by it.
        known: what was computed of it once, by name.
    """

    name: str
    pair_ids: tuple[str, ...]
    sentence1: tuple[str, ...]
    sentence2: tuple[str, ...]
    scores: Sequence[float] | npt.NDArray[np.float64]
    sha256: str
    source: str
    file_sha256: str
    licence: str | None = None
    notes: tuple[str, ...] = ()
    slices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mteb: str = ""
    known: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    kind: ClassVar[str] = "pairs"
    modalities: ClassVar[frozenset[str]] = frozenset({"text"})

    def __len__(self) -> int:
        return len(self.pair_ids)

    @property
    def gold(self) -> npt.NDArray[np.float64]:
        """Return the gold scores, float64, shape (n,)."""
        if "gold" not in self.known:
            import numpy as np

            self.known["gold"] = np.asarray(self.scores, dtype=np.float64)
        found: npt.NDArray[np.float64] = self.known["gold"]
        return found

    @property
    def texts_sha256(self) -> str:
        """The hash of the pairs without their scores: two golds of the same pairs have the same one."""
        if "texts_sha256" not in self.known:
            self.known["texts_sha256"] = self._texts_sha256()
        return str(self.known["texts_sha256"])

    def _texts_sha256(self) -> str:
        same = fingerprint(self.pair_ids, self.sentence1, self.sentence2, [0.0] * len(self))
        queries = [isinstance(column[0], Query) for column in (self.sentence1, self.sentence2) if column]
        return f"{same} {queries}" if self.has_roles else same

    def units(self, *, cross: bool) -> tuple[Unit, ...]:
        """Return what a provider is given: pairs if it is a cross-encoder, else texts."""
        return ("pair",) if cross else ("text",)

    def items(self, unit: Unit) -> Sequence[Item]:
        """Return the pairs in the file's order, or every different text once, in the order of its first appearance."""
        if unit == "pair":
            return list(zip(self.sentence1, self.sentence2, strict=True))
        return self.texts

    @property
    def texts(self) -> Sequence[str]:
        """Every different text once, in the order of its first appearance; in two roles it is two."""
        if "texts" not in self.known:
            texts = itertools.chain(self.sentence1, self.sentence2)
            if self.has_roles:
                self.known["texts"] = tuple({role_key(text): text for text in texts}.values())
            else:
                self.known["texts"] = tuple(dict.fromkeys(texts))
        found: tuple[str, ...] = self.known["texts"]
        return found

    @property
    def has_roles(self) -> bool:
        """True if one column holds queries (`api.items.Query`), which a provider may encode in a way of their own."""
        return any(column and isinstance(column[0], Query) for column in (self.sentence1, self.sentence2))

    def with_roles(self, roles: Mapping[str, str]) -> PairDataset:
        """Return the dataset with the texts of the columns that hold queries marked as such.

        Args:
            roles: `query` or `document` by `sentence1` and `sentence2`; a column without one holds documents.
        """
        if "query" not in roles.values():
            return self
        first, second = (
            tuple(map(Query, texts)) if roles.get(name) == "query" else texts
            for name, texts in (("sentence1", self.sentence1), ("sentence2", self.sentence2))
        )
        named = ", ".join(f"{name} as {roles.get(name, 'document')}" for name in ("sentence1", "sentence2"))
        note = f"read {named}, where a provider tells them apart"
        return replace(self, sentence1=first, sentence2=second, notes=(*self.notes, note))


@dataclass(frozen=True, eq=False, slots=True)
class ImageDataset:
    """Images and texts, and pairs of one image and one text each.

    Attributes:
        name: the label in every table.
        kind: `captions` (each pair belongs together), `graded` (each pair has a score), or `matrix` (every image
            with every text, and no gold).
        images: every different image once, in the order of its first appearance.
        texts: every different text once, likewise.
        pairs: indexes from 0, of an image and a text; no pair twice.
        gold: float64, shape (n,): one score a pair; of a matrix what is expected; NaN where there is none.
        sha256: hex digest over kind, the bytes of the images, texts and scores.
        source, file_sha256, licence, notes: as of a PairDataset.
        unreadable: indexes of images that could not be decoded; known once a run has tried.
        known: as of a PairDataset.
    """

    name: str
    kind: ImageKind
    images: tuple[ImageFile, ...]
    texts: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    gold: npt.NDArray[np.float64]
    sha256: str
    source: str
    file_sha256: str
    licence: str | None = None
    notes: tuple[str, ...] = ()
    unreadable: frozenset[int] = frozenset()
    known: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    modalities: ClassVar[frozenset[str]] = frozenset({"text", "image"})

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def pair_ids(self) -> tuple[str, ...]:
        """`IMAGE:TEXT`, numbers from 1 in the order of `images` and `texts`: the same image has the same number."""
        return tuple(f"{image + 1}:{text + 1}" for image, text in self.pairs)

    def units(self, *, cross: bool) -> tuple[Unit, ...]:
        """Return images and texts, each on their own; a cross-encoder has no part in this (plan refuses it)."""
        del cross
        return ("image", "text")

    def items(self, unit: Unit) -> Sequence[Item]:
        """Return every readable image, or every text. Raises DatasetError where no image can be read."""
        if unit == "text":
            return list(self.texts)
        readable = [image for i, image in enumerate(self.images) if i not in self.unreadable]
        if not readable:
            raise DatasetError(f"none of the {len(self.images)} images of {self.name} can be read", where=self.source)
        return readable

    def gold_of(self, i: int) -> float | None:
        """Return the score of pair i; None where it has none."""
        return None if math.isnan(self.gold[i]) else float(self.gold[i])


@dataclass(frozen=True, eq=False, slots=True)
class RetrievalDataset:
    """Queries, documents, and which documents answer which query.

    Attributes:
        name: the label in every table.
        query_ids, queries: one a query that has a relevant document, in the order of the file.
        document_ids, documents: the corpus, in the order of the file; empty documents are in it.
        judged_queries, judged_documents: int64 (m,), places of what was judged, sorted by query, then by document.
        grades: float64 (m,), finite; above 0 is relevant.
        sha256: hex digest over ids, texts and grades.
        source, licence, notes: as of a PairDataset.
        file_sha256: hex digest of the file's bytes; of several files that of their digests.
        known: as of a PairDataset.
    """

    name: str
    query_ids: tuple[str, ...]
    queries: tuple[str, ...]
    document_ids: tuple[str, ...]
    documents: tuple[str, ...]
    judged_queries: npt.NDArray[np.int64]
    judged_documents: npt.NDArray[np.int64]
    grades: npt.NDArray[np.float64]
    sha256: str
    source: str
    file_sha256: str
    licence: str | None = None
    notes: tuple[str, ...] = ()
    known: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    kind: ClassVar[str] = "retrieval"
    modalities: ClassVar[frozenset[str]] = frozenset({"text"})

    def __len__(self) -> int:
        return len(self.query_ids)

    @property
    def judgements(self) -> list[tuple[int, int, float]]:
        """Return the places of query and document, and the grade, of everything that was judged."""
        columns = (self.judged_queries, self.judged_documents, self.grades)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def units(self, *, cross: bool) -> tuple[Unit, ...]:
        """Return what a provider is timed on: pairs if it is a cross-encoder, else texts."""
        return ("pair",) if cross else ("text",)

    def items(self, unit: Unit) -> Sequence[Item]:
        """Return each relevant (query, document) pair, or every different document and query once."""
        if unit == "pair":
            return [(self.queries[q], self.documents[d]) for q, d, grade in self.judgements if grade > 0]
        return list(dict.fromkeys([*self.documents, *self.queries]))


Dataset = PairDataset | ImageDataset | RetrievalDataset
