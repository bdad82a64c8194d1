"""The same rows give the same files on another CPU: OpenBLAS takes other kernels, and sums in another order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from embedmark.report.surroundings import is_drawn_alike

ROOT = Path(__file__).parents[2]
_DERIVE = """
import sys
from pathlib import Path
from embedmark.pipeline import derive

for name, data in derive(sys.argv[1])[2].items():
    Path(sys.argv[2], name).write_bytes(data)
"""


def test_derived_files_do_not_depend_on_the_cpu(tmp_path: Path) -> None:
    started = [_start(core, tmp_path / core) for core in ("Haswell", "Prescott")]
    assert [process.wait() for process in started] == [0, 0]

    first, second = ({path.name: path.read_bytes() for path in (tmp_path / core).iterdir()}
                     for core in ("Haswell", "Prescott"))  # fmt: skip

    assert {"summary.csv", "accuracy.csv", "report.md", "report.html"} <= first.keys()
    assert [name for name in first if first[name] != second[name] and name != "report.html"] == []
    assert is_drawn_alike(first["report.html"], second["report.html"])


def _start(core: str, out: Path) -> subprocess.Popen[bytes]:
    out.mkdir()
    paths = f"{ROOT / 'bench'}{os.pathsep}{ROOT / 'providers'}"
    variables = os.environ | {"OPENBLAS_CORETYPE": core, "PYTHONPATH": paths}
    run = str(ROOT / "results" / "reference" / "quick")
    return subprocess.Popen([sys.executable, "-c", _DERIVE, run, str(out)], env=variables)
