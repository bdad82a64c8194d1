"""Data and models without a suite file: the equivalent suite, and its plan."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from embedmark.datasets import catalogue
from embedmark.datasets.guess import is_number
from embedmark.datasets.official import find_official
from embedmark.datasets.rows import MissingColumnError
from embedmark.datasets.suggest import written
from embedmark.errors import GIVEN, DatasetError, UsageError, did_you_mean
from embedmark.files import install_command
from embedmark.planning.build import make_plan
from embedmark.planning.columns import columns_in, columns_mapping, is_search_data, likely_columns_of
from embedmark.planning.jobs import Plan
from embedmark.store.suite_text import KEPT_DATA, flow_text
from embedmark.suite import MeasureSpec, Suite, dataset_label, parse_suite
from embedmark.suite.strict import check_label
from embedmark.suite.words import provider_entries

# What a table is by its columns, and what is then measured in place of accuracy.
KINDS: Final = {"pairs": ("sentence1", "sentence2", "score"), "retrieval": ("query", "passage")}
_FURTHER: Final = {"pairs": (), "retrieval": ("negatives", "grade")}  # columns that a table of a kind may have
QUALITY: Final = {"pairs": "accuracy", "retrieval": "retrieval"}
_BASELINE: Final = "bm25"  # what every search is compared with, where it is installed
_TIMED = ("throughput", "latency", "cost")
_LONGEST_NAME = 100
_ORIGIN = Path(GIVEN)


@dataclass(frozen=True, slots=True)
class QuickRequest:
    """What is measured without a suite file.

    Attributes:
        data: a path, a pandas DataFrame, or the name of a dataset in the catalogue.
        models: each one word, as `suite.words` reads it.
        measure: names of measures, or a mapping from each to its options; None is quality, throughput, latency, and
            cost where a price is known.
        name: of the run and its data; None is the file's stem.
        columns: the data's names for the columns of its kind; numbers count from 1 in a file without a header.
        kind: one of KINDS; None is told by the columns.
        threads: native threads; None is all cores.
        entry: further keys of the data's entry in a suite, such as `{"skip_lines": 2}`.
    """

    data: Any
    models: str | Sequence[str]
    measure: Sequence[str] | Mapping[str, Any] | None = None
    name: str | None = None
    columns: Mapping[str, str | int] | None = None
    kind: str | None = None
    threads: int | None = None
    entry: Mapping[str, Any] = field(default_factory=dict)

    def keys(self) -> dict[str, Any]:
        """Return the keys of a dataset's entry that were given."""
        named = {"name": self.name} if self.name else {}
        return named | ({"columns": columns_mapping(self.columns)} if self.columns else {}) | dict(self.entry)

    def suite(self, entry: str | dict[str, Any], kind: str) -> Suite:
        """Return the equivalent suite. Raises UsageError."""
        measure = (QUALITY[kind], *_TIMED) if self.measure is None else _quality(self.measure, kind)
        content = {
            "providers": _with_baseline(provider_entries(self.models), kind),
            "datasets": [entry],
            "measure": _measures(measure),
        }
        suite = parse_suite(content | ({"threads": self.threads} if self.threads else {}), path=_ORIGIN)
        return suite.model_copy(update={"name": self.name or dataset_label(suite.datasets[0])})


def plan_request(request: QuickRequest, *, offline: bool = False, say: Callable[[str], None] = lambda _: None) -> Plan:
    """Return the plan of a request; its suite can be written out and run again.

    Paths are relative to the current folder. The rows of a DataFrame are among the plan's files.

    Raises UsageError.
    """
    header = _header(request.data)
    try:
        plan = (_plan_of_frame if _is_frame(request.data) else _plan_of_name)(request, header, offline, say)
    except DatasetError as error:
        raise _explained(error, header, request.data) from None
    if plan.suite.measure.retrieval and not any(provider.use == _BASELINE for provider in plan.suite.providers):
        say(f"{_BASELINE}, which any search should beat, is not installed: {install_command('retrieval')}")
    priced = any(provider.price is not None for provider in plan.providers)
    return plan if request.measure is not None or priced else _without_cost(plan)


def _header(data: Any) -> list[str]:
    """Return the names of the data's columns; empty if they are not known here."""
    if _is_frame(data):
        return [str(column) for column in data.columns]
    return columns_in(Path(data)) if isinstance(data, Path) or (isinstance(data, str) and _is_path(data)) else []


def _plan_of_name(request: QuickRequest, header: Sequence[str], offline: bool, say: Callable[[str], None]) -> Plan:
    data = request.data
    if not isinstance(data, str | Path):
        raise UsageError(
            f"the data is a {type(data).__name__}",
            hint="give the path of a file, a pandas DataFrame, or a name of `embedmark datasets list`",
        )
    entry: str | dict[str, Any] = str(data)
    kind = _kind_of(request, header)
    if isinstance(data, Path) or _is_path(data):
        place = "queries" if "corpus" in request.entry else "path"
        entry = {place: str(data), **_as_kind(kind), **_safe_name(Path(data)), **request.keys()}
    elif request.kind is None:
        kind = next((known.kind for known in catalogue() if known.name == data), kind)
    return make_plan(request.suite(entry, kind), Path(), offline=offline, say=say)


def _safe_name(path: Path) -> dict[str, str]:
    """Return a name for a file whose own cannot be a label: control characters, a dash in front, too long."""
    try:
        check_label(path.stem)
    except ValueError:
        letters = "".join(char if char.isprintable() else "_" for char in path.stem)
        return {"name": letters.strip().lstrip("=+-@").strip()[:_LONGEST_NAME] or "data"}
    return {}


def _is_path(data: str) -> bool:
    known = {entry.name for entry in catalogue()}
    return data not in known and (Path(data).expanduser().exists() or bool(Path(data).suffix) or "\\" in data)


def _kind(header: Sequence[str], columns: Mapping[str, str | int] | None) -> str:
    """Return what a table is by its columns; pairs if they do not tell, whose reader then says what is wrong."""
    names = {name.strip().lower() for name in header}
    for kind, wanted in KINDS.items():
        if set(columns) <= {*wanted, *_FURTHER[kind]} if columns else set(wanted) <= names:
            return kind
    return "pairs"


def _kind_of(request: QuickRequest, header: Sequence[str]) -> str:
    """Return the kind that was asked for, or what the data is: a folder is retrieval. Raises UsageError."""
    if request.kind is not None and request.kind not in KINDS:
        raise UsageError(f"{request.kind!r} is not a kind of data", hint=f"one of: {', '.join(KINDS)}")
    if find_official(str(request.keys().get("name"))) is not None:
        return "pairs"
    if "corpus" in request.entry or request.entry.get("kind") == "retrieval":
        return "retrieval"
    if request.kind is None and not _is_frame(request.data) and is_search_data(Path(str(request.data))):
        return "retrieval"
    return request.kind or _kind(header, request.columns)


def _as_kind(kind: str) -> dict[str, str]:
    """Return the keys of a suite's entry that say the kind; pairs need none."""
    return {} if kind == "pairs" else {"kind": kind}


def _quality(measure: Sequence[str] | Mapping[str, Any], kind: str) -> Sequence[str] | Mapping[str, Any]:
    """Return the measures, with the kind's own measure in the place of accuracy."""
    named = [measure] if isinstance(measure, str) else measure
    if isinstance(named, Mapping):
        return {QUALITY[kind] if name == "accuracy" else name: options for name, options in named.items()}
    return list(dict.fromkeys(QUALITY[kind] if name == "accuracy" else name for name in named))


def _with_baseline(providers: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the providers of a suite; for retrieval with bm25, if it is installed and not named already."""
    named = any(_BASELINE in (entry["use"], entry["name"]) for entry in providers)
    if kind != "retrieval" or named or find_spec("bm25s") is None:
        return providers
    return [*providers, {"name": _BASELINE, "use": _BASELINE}]


def _explained(error: DatasetError, header: Sequence[str], data: Any) -> DatasetError:
    """Return the error of a reader, with the columns that tell what a table is if the table has none of them."""
    is_told = any(set(wanted) <= set(header) for wanted in KINDS.values())
    # The reader has told what to write.
    is_odd = any(map(is_number, header)) or len(set(header)) < len(header)
    if isinstance(error, MissingColumnError) and header and not (is_told or is_odd or error.is_solved):
        named = _named(header, data)
        if error.guess is None and named is None:
            return error
        columns = written(error.guess) if error.guess else f"columns: {flow_text(named)}"
        shapes = "; ".join(f"{kind}: {', '.join(wanted)}" for kind, wanted in KINDS.items())
        error.hint = f"name its columns as one of these ({shapes}), or say which is which: `{columns}`"
    return error


def _named(header: Sequence[str], data: Any) -> dict[str, str] | None:
    """Return a column for each of a kind's: that of its name, else the ones whose cells look like it."""
    if len(header) < min(map(len, KINDS.values())):
        return None
    likely = (
        {}
        if _is_frame(data) or any({*names} & {*header} for names in KINDS.values())
        else likely_columns_of(Path(data))
    )
    if likely:
        return likely
    wanted = max(KINDS.values(), key=lambda names: len({*names} & {*header}) / len(names))
    spare = iter([name for name in header if name not in wanted])
    return {name: name if name in header else next(spare, name.upper()) for name in wanted}


def _measures(measure: Sequence[str] | Mapping[str, Any]) -> dict[str, Any]:
    named = [measure] if isinstance(measure, str) else measure
    known = list(MeasureSpec.model_fields)
    for name in named:
        if name not in known:
            near = did_you_mean(str(name), known)
            hint = f"one or more of: {', '.join(known)}"
            raise UsageError(f"{name!r} is not a measure", hint=f"{near} {hint}" if near else hint)
    return dict(named) if isinstance(named, Mapping) else {name: {} for name in named}


def _without_cost(plan: Plan) -> Plan:
    measure = plan.suite.measure
    kept = {name: getattr(measure, name) for name in measure.model_fields_set - {"cost"}}
    return replace(plan, suite=plan.suite.model_copy(update={"measure": MeasureSpec(**kept)}))


def _is_frame(data: Any) -> bool:
    return hasattr(data, "to_csv") and hasattr(data, "columns")


def _plan_of_frame(request: QuickRequest, header: Sequence[str], offline: bool, say: Callable[[str], None]) -> Plan:
    """Plan with the rows in a file of their own, which only this plan reads; then name the file that the run keeps."""
    kind = _kind_of(request, header)
    rows = request.data.set_axis(list(header), axis="columns").to_csv(index=False, lineterminator="\n").encode("utf-8")
    entry: dict[str, Any] = {"path": KEPT_DATA, **_as_kind(kind), **request.keys()}
    kept = request.suite(entry, kind)
    with tempfile.TemporaryDirectory(prefix="embedmark-") as folder:
        path = Path(folder) / KEPT_DATA
        path.write_bytes(rows)
        try:
            plan = make_plan(
                request.suite({**entry, "path": str(path), "name": kept.name}, kind), Path(), offline=offline, say=say
            )
        except DatasetError as error:
            error.where = (error.where or "").replace(str(path), "the DataFrame") or None
            raise
    datasets = tuple(replace(dataset, source=KEPT_DATA) for dataset in plan.datasets)
    suite = plan.suite.model_copy(update={"datasets": kept.datasets})
    return replace(plan, suite=suite, datasets=datasets, files={KEPT_DATA: rows})
