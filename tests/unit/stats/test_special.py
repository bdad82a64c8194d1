"""scipy.special is loaded without the front end of a Fortran compiler, which stays at hand."""

from __future__ import annotations

import subprocess
import sys


def test_f2py_is_loaded_only_if_it_is_used() -> None:
    code = (
        "import sys; from embedmark.stats.distributions import student_above; assert 2 < student_above(0.025, 9) < 3; "
        "assert 'numpy.f2py.crackfortran' not in sys.modules; import numpy; numpy.f2py.get_include(); "
        "assert 'numpy.f2py.crackfortran' in sys.modules"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
