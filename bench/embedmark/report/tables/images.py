"""Tables of datasets with images: what each kind is shown by."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.derive.rows.quality import AccuracyRow, SummaryRow
from embedmark.derive.rows.tables import Tables
from embedmark.language import gettext as _
from embedmark.language import translatable
from embedmark.report.tables.model import Column, DatasetTable, ranked_rows, translated
from embedmark.report.text.fold import MARK, hold
from embedmark.report.text.numbers import DASH, correlation, interval, number
from embedmark.store.cells import Cell
from embedmark.store.manifest.datasets import DatasetFacts, MatrixFacts

_WIDE, _WIDEST = 128, 180
_MAX_IMAGES, _MAX_TEXTS = 20, 8  # of a matrix that is printed; accuracy.csv has every cell of a larger one

_TIMED = (
    Column(translatable("images/s")),
    Column(translatable("texts/s")),
    Column(translatable("ms/image")),
    Column(translatable("ms/text")),
    Column(translatable("$/1M images"), min_width=_WIDEST),
    Column(translatable("$/1M texts"), min_width=_WIDEST),
)
_CAPTIONS = (
    Column(translatable("provider"), numeric=False),
    Column("i→t R@1"),
    Column(translatable("95 % interval")),
    Column("i→t R@5", min_width=_WIDE),
    Column("i→t R@10", min_width=_WIDE),
    Column("t→i R@1"),
    Column(translatable("95 % interval"), min_width=_WIDE),
    Column("t→i R@5", min_width=_WIDEST),
    Column("t→i R@10", min_width=_WIDEST),
    *_TIMED,
)
_GRADED = (
    Column(translatable("provider"), numeric=False),
    Column(translatable("Spearman")),
    Column(translatable("95 % interval")),
    Column(translatable("Pearson"), min_width=_WIDE),
    *_TIMED,
)
_Shown = tuple[str, Cell]  # the text of a cell, and what it sorts by
_RECALLS = ("recall_at_1", "recall_at_5", "recall_at_10")


def image_table(tables: Tables, dataset: DatasetFacts, first: str, notes: Sequence[str]) -> DatasetTable:
    """Return the table of one dataset with images.

    Args:
        tables: the derived tables.
        dataset: its entry in the manifest.
        first: the name of the suite's first dataset, which was timed.
        notes: lines under the table in any case.
    """
    rows = ranked_rows(tables, dataset.name)
    if dataset.kind == "matrix":
        return _matrix(tables, dataset, rows, notes)
    captions = dataset.kind == "captions"
    accuracy = _captions if captions else _graded
    what = _("captions") if captions else _("graded pairs")
    legend = [_decoding(dataset)]
    if captions:
        legend.append(
            _(
                "i→t: an image is shown, and one of its captions is among the best 1, 5 or 10 of {n_texts:,}; "
                "t→i: a caption is given, and its image is among those of {n_images:,}",
                n_texts=dataset.n_texts or 0,
                n_images=dataset.n_images or 0,
            )
        )
    if any(row.items_per_s is not None for row in rows):
        legend.append(_("images/s, texts/s: at the best batch size measured; ms: the median call with one"))
    lines = [(*accuracy(tables, row), *_timed(tables, row, first)) for row in rows]
    return DatasetTable(
        heading=_(
            "{name}, {n_images:,} images, {n_pairs:,} {what}",
            name=dataset.name,
            n_images=dataset.n_images or 0,
            n_pairs=dataset.n_pairs,
            what=what,
        ),
        columns=translated(_CAPTIONS if captions else _GRADED),
        rows=tuple(tuple(text for text, _ in line) for line in lines),
        values=tuple(tuple(value for _, value in line) for line in lines),
        notes=tuple(hold(line) for line in (*notes, *legend) if line),
    )


def _captions(tables: Tables, row: SummaryRow) -> list[_Shown]:
    cells: list[_Shown] = [(_name(row), row.provider)]
    for direction in ("image-to-text", "text-to-image"):
        found = {r.metric: r for r in _accuracy(tables, row) if r.slice == direction}
        one = found.get("recall_at_1")
        low, high = (one.ci_low, one.ci_high) if one else (None, None)
        cells += [_share(one), (interval(low, high, 2), low)]
        cells += [_share(found.get(metric)) for metric in _RECALLS[1:]]
    return cells


def _graded(tables: Tables, row: SummaryRow) -> list[_Shown]:
    del tables
    return [
        (_name(row), row.provider),
        (correlation(row.spearman), row.spearman),
        (interval(row.ci_low, row.ci_high), row.ci_low),
        (correlation(row.pearson), row.pearson),
    ]


def _timed(tables: Tables, row: SummaryRow, first: str) -> list[_Shown]:
    mine = [r for r in tables["throughput.csv"] if (r.provider, r.dataset) == (row.provider, first)]
    calls = [r for r in tables["latency.csv"] if (r.provider, r.dataset) == (row.provider, first)]
    usd = [r for r in tables["cost.csv"] if (r.provider, r.dataset) == (row.provider, row.dataset)]
    speed = [max((r.items_per_s or 0.0 for r in mine if r.unit == unit), default=None) for unit in _UNITS]
    alone = [r for r in calls if r.scenario == "single-stream"]
    ms = [next((r.p50_ms for r in alone if r.unit == unit), None) for unit in _UNITS]
    prices = [next((r.usd_per_1k_items for r in usd if r.unit == unit), None) for unit in _UNITS]
    return [*((number(value), value) for value in (*speed, *ms)), *((_usd(price), price) for price in prices)]


_UNITS = ("image", "text")


def _matrix(tables: Tables, dataset: DatasetFacts, rows: Sequence[SummaryRow], notes: Sequence[str]) -> DatasetTable:
    matrix = dataset.matrix or MatrixFacts(images=[], texts=[])
    images, texts = matrix.images, matrix.texts
    heading = _("{name}, {images} images x {texts} texts", name=dataset.name, images=len(images), texts=len(texts))
    if len(images) > _MAX_IMAGES or len(texts) > _MAX_TEXTS:
        many = _("its similarities are in accuracy.csv, a row each")
        names = tuple((_name(row),) for row in rows)
        providers = tuple((row.provider,) for row in rows)
        return DatasetTable(heading, (Column(_("provider"), numeric=False),), names, providers, (many,), is_matrix=True)
    columns = (
        Column(_("provider"), numeric=False), Column(_("image"), numeric=False),
        *(Column(_("text {i}", i=i)) for i in range(1, len(texts) + 1)),
    )  # fmt: skip
    lines: list[tuple[str, ...]] = []
    sorted_by: list[tuple[Cell, ...]] = []
    for row in rows:
        values = {str(r.slice): r.value for r in _accuracy(tables, row)}
        for i, image in enumerate(images, start=1):
            cells = [values.get(f"{i}:{t}") for t in range(1, len(texts) + 1)]
            shown = image.rsplit("/", maxsplit=1)[-1]
            lines.append((row.provider, shown, *(correlation(cell) for cell in cells)))
            sorted_by.append((row.provider, shown, *cells))
    named = [_("text {i}: {text}", i=i, text=text) for i, text in enumerate(texts, start=1)]
    similarity = _(" or ").join(sorted({str(row.similarity) for row in rows}))
    off = [line for row in rows if (line := _off(tables, dataset, row))]
    under = (*named, _("similarity: {similarity}", similarity=similarity), *off, *notes)
    return DatasetTable(heading, columns, tuple(lines), tuple(sorted_by), under, is_matrix=True)


def _off(tables: Tables, dataset: DatasetFacts, row: SummaryRow) -> str | None:
    """Return how far the similarities are from those that the suite expects."""
    found = [r.value for r in _accuracy(tables, row)]
    pairs = zip(found, dataset.matrix.expected if dataset.matrix else [], strict=False)
    off = [abs(a - b) for a, b in pairs if a is not None and b is not None]
    return (
        _("{provider}: at most {off:.4f} from what the suite expects", provider=row.provider, off=max(off))
        if off
        else None
    )


def _accuracy(tables: Tables, row: SummaryRow) -> list[AccuracyRow]:
    wanted = (row.provider, row.dataset)
    return [r for r in tables["accuracy.csv"] if (r.provider, r.dataset) == wanted]


def _decoding(dataset: DatasetFacts) -> str | None:
    decoding = dataset.decoding
    if decoding is None or not decoding.seconds:
        return None
    return _(
        "image decoding, measured separately: {seconds} images/s on one thread",
        seconds=number(decoding.images / decoding.seconds),
    )


def _name(row: SummaryRow) -> str:
    return f"{MARK if row.tie_group == 1 else ''}{row.provider}"


def _share(row: AccuracyRow | None) -> _Shown:
    value = row.value if row else None
    return (DASH if value is None else f"{value:.3f}"), value


def _usd(price: float | None) -> str:
    from embedmark.report.text.numbers import usd

    return usd(None if price is None else price * 1000)
