"""A finished run, as a script or a notebook holds it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from embedmark.derive.rows.tables import rows_by_file
from embedmark.errors import UsageError
from embedmark.files import read_plain
from embedmark.language import Language, system_language, using
from embedmark.notices import Notice
from embedmark.runs.frames import TABLES, derived_frame, has_current_columns
from embedmark.store.columns import ALL_DERIVED, ALL_RAW
from embedmark.store.read import MOST_RAW, RawRun, foreign, read_run
from embedmark.store.texts import TEXTS

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.derive import Derived
    from embedmark.report.tables.summary import ReportView

Form = Literal["md", "html", "terminal"]
_WIDTH = 100  # columns of report("terminal")


class Run:
    """A run that has ended, read from its folder.

    Each raw and derived table is a pandas frame under its file's stem: `run.summary`, `run.scores`, `run.accuracy`.
    In a notebook a run shows itself as its summary table.

    Args:
        folder: the run directory.
        raw: its raw rows, if they are already read.
        derived: what follows from them, if it is already derived.

    Raises:
        RunDirectoryError: there is no run in `folder`, or a newer embedmark wrote it.
    """

    def __init__(self, folder: Path, raw: RawRun | None = None, derived: Derived | None = None) -> None:
        self.folder = folder
        self.raw = raw or read_run(folder)
        self._frames: dict[str, pd.DataFrame] = {}
        if derived is not None:
            self.derived = derived

    def __repr__(self) -> str:
        return f"<embedmark.Run {self.folder} ({self.status})>"

    @property
    def manifest(self) -> dict[str, Any]:
        """What manifest.json holds."""
        return self.raw.manifest.to_json()

    @property
    def status(self) -> str:
        """`complete`, `failed`, `interrupted` or `budget`; `running` if the run was killed."""
        return self.raw.manifest.status

    @property
    def warnings(self) -> tuple[Notice, ...]:
        """The warnings of the run."""
        return self.raw.manifest.notices

    @property
    def suite(self) -> str:
        """The suite that was measured, as YAML that `embedmark run` and `load_suite` accept."""
        from embedmark.store.suite_text import suite_text

        return suite_text(self.raw.manifest.suite.to_json(), self.folder)

    @cached_property
    def derived(self) -> Derived:
        """What follows from the raw rows: tables, and findings in words."""
        from embedmark.derive import derive_all

        with foreign(self.folder):
            self.raw.manifest.check_whole(self.folder / "manifest.json")
            return derive_all(self.raw)

    @property
    def screen_language(self) -> str:
        """The language for a terminal: the suite's, else the locale's."""
        return str(self.raw.manifest.suite.lang or system_language())

    def report(self, form: Form = "md", lang: Language | None = None) -> str:
        """Return the report, derived again from the raw rows.

        Args:
            form: `md` for Markdown, `html` for a page of its own, `terminal` for plain text.
            lang: `en` or `ko`; default: the language that the run's reports have.
        """
        with using(lang or self.raw.manifest.lang, self.raw.manifest.names):
            return self._report(form)

    def _report(self, form: Form) -> str:
        if form == "md":
            from embedmark.report.markdown import render_markdown

            return render_markdown(self.raw.manifest, self.derived)
        if form == "html":
            from embedmark.datasets.again import sentences_of
            from embedmark.report.html import render_html

            return render_html(self.raw.manifest, self.derived, sentences_of(self.raw.manifest, self.folder))
        if form == "terminal":
            from embedmark.report.terminal import terminal_text

            return terminal_text(self._view(), self.folder, _WIDTH)
        raise UsageError(f"{form!r} is not a form of a report", hint='report("md"), "html" or "terminal"')

    def _repr_html_(self) -> str:
        from embedmark.report.notebook import run_html

        with using(self.raw.manifest.lang, self.raw.manifest.names):
            return run_html(self._view())

    def _view(self) -> ReportView:
        from embedmark.report.tables.summary import make_view

        return make_view(self.raw.manifest, self.derived)

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name not in TABLES:
            known = f"; its tables: {', '.join(TABLES)}" if not name.startswith("_") else ""
            raise AttributeError(f"a run has no attribute {name!r}{known}")
        if name not in self._frames:
            self._frames[name] = self._read(name)
        return self._frames[name]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *TABLES})

    def _read(self, name: str) -> pd.DataFrame:
        file = TABLES[name]
        if file == TEXTS:
            found = self._kept_texts()
        else:
            found = getattr(self.raw, name, None) if file in ALL_RAW else self._derived_frame(file)
        if found is None:
            raise AttributeError(f"this run has no {file}: nothing in it was measured")
        return found

    def _kept_texts(self) -> pd.DataFrame | None:
        path = self.folder / TEXTS
        return derived_frame(read_plain(path, MOST_RAW)) if path.is_file() else None

    def _derived_frame(self, file: str) -> pd.DataFrame | None:
        from embedmark.store.tables import table_bytes

        path = self.folder / file
        if has_current_columns(path):
            return derived_frame(read_plain(path, MOST_RAW))
        rows = rows_by_file(self.derived.tables).get(file)
        return None if rows is None else derived_frame(table_bytes([row.cells() for row in rows], ALL_DERIVED[file]))
