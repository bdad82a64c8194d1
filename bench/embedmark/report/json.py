"""The report for programs: what it decides, and every derived table."""

from __future__ import annotations

import json

from embedmark.derive import Derived
from embedmark.derive.rows.tables import rows_by_file
from embedmark.language import using
from embedmark.report.tables.summary import make_view
from embedmark.store.manifest.model import Manifest


def json_text(manifest: Manifest, derived: Derived) -> str:
    """Return JSON: the run's name and status, its sentences, warnings and failures, and the rows of each table.

    An empty cell is null. Sentences are in the language of the run's reports.
    """
    with using(manifest.lang, manifest.names):
        view = make_view(manifest, derived)
    content = {
        "run_id": manifest.run_id,
        "status": view.status,
        "decision": view.decision,
        "answers": view.answers,
        "warnings": [{"message": message, "advice": advice} for message, advice in view.warnings],
        "failures": view.failures,
        "tables": {
            name.removesuffix(".csv"): [row.cells() for row in rows]
            for name, rows in rows_by_file(derived.tables).items()
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False, default=list) + "\n"
