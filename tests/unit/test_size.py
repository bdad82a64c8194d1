"""Files, functions and names of tests stay short enough to be read. What is longer has a reason here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("bench", "providers", "tools") for path in (ROOT / folder).rglob("*.py"))
LINES_A_FILE = 250
LINES_A_FUNCTION = 40  # without its docstring
CHARACTERS_A_TEST = 60  # a name has fewer; details go into the docstring

# Each is to be split by who changes it next.
LONG_FILES: tuple[str, ...] = ()
CONSTRUCTOR = "one keyword an option, each checked where it is set"
LONG_FUNCTIONS = {
    "clip.py: __init__": CONSTRUCTOR,
    "cross_encoder.py: __init__": CONSTRUCTOR,
    "onnx_encoder.py: __init__": CONSTRUCTOR,
    "openai_api.py: __init__": CONSTRUCTOR,
    "rerank.py: __init__": CONSTRUCTOR,
    "sbert.py: __init__": CONSTRUCTOR,
    "dispatch.py: stream": "one loop takes, sends, and gives back; its state is five local names",
    "stream.py: predict_pairs": "one step is timed from end to end, and rescued where it fails",
}


def functions() -> Iterator[tuple[str, int]]:
    """Each function as `file.py: name`, with its lines but for its docstring."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                docstring = node.body[0] if ast.get_docstring(node) is not None else None
                hidden = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
                yield f"{path.name}: {node.name}", (node.end_lineno or 0) - node.lineno + 1 - hidden


def test_files_keep_to_the_line_limit() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}

    long = {name: length for name, length in lengths.items() if length > LINES_A_FILE}
    assert {name: length for name, length in long.items() if name not in LONG_FILES} == {}
    assert sorted(set(LONG_FILES) - set(long)) == [], "short by now: delete the entry"


def test_a_long_function_has_a_reason() -> None:
    long = {name: length for name, length in functions() if length > LINES_A_FUNCTION}

    assert {name: length for name, length in long.items() if name not in LONG_FUNCTIONS} == {}
    assert sorted(set(LONG_FUNCTIONS) - set(long)) == [], "short by now: delete the reason"


def test_names_of_tests_are_short() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    names = {file: re.findall(r"^(?:async )?def (test_\w+)", text, flags=re.MULTILINE) for file, text in texts.items()}

    assert [(file, name) for file in names for name in names[file] if len(name) >= CHARACTERS_A_TEST] == []
