"""docs/providers.md, from its first line to its last, by somebody who has nothing but the page and the wheel."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Environment

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "providers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.S)


def lines_of_code(block: str) -> int:
    """Lines that are not blank, not comments and not part of the docstring."""
    code = re.sub(r'""".*?"""', "", block, flags=re.S)
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in code.splitlines())


def test_the_first_provider_takes_at_most_20_lines() -> None:
    assert 10 <= lines_of_code(BLOCKS[0][1]) <= 20


@pytest.mark.slow
def test_the_page_does_what_it_says(fresh: Environment, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    commands = 0
    for language, block in BLOCKS:
        if language == "console":
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
                commands += 1
                output = run(fresh, command, work)
                for line in shown.splitlines():
                    assert squeeze(line) in squeeze(output), f"$ {command}\nlacks: {line}\n{output}"
        elif language in ("python", "yaml"):
            name = block.splitlines()[0].removeprefix("# ")
            assert re.fullmatch(r"[\w-]+\.(py|yaml)", name), f"the block does not name its file: {name}"
            (work / name).write_text(block, encoding="utf-8")
    assert commands >= 10
    # The entry point that the page shows is the one that `new` wrote.
    (toml,) = (block for language, block in BLOCKS if language == "toml")
    assert toml in (work / "embedmark-my-encoder" / "pyproject.toml").read_text(encoding="utf-8")


def run(fresh: Environment, command: str, work: Path) -> str:
    command, _, comment = command.partition("  # ")
    words = shlex.split(command)
    if words[:2] == ["pip", "install"]:
        fresh.install("-e", work / words[-1])
        return ""
    module = {"embedmark": "embedmark", "pytest": "pytest"}[words[0]]
    extra = ["-p", "no:cacheprovider", "-q"] if module == "pytest" else []
    done = fresh.run("-m", module, *extra, *words[1:], cwd=work, check=False)
    assert done.returncode == (2 if "exits with 2" in comment else 0), f"$ {command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def squeeze(text: str) -> str:
    return " ".join(text.split())
