"""Every command in Korean: its help, its output and its errors have no English sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

from embedmark.cli import main
from tests.cli.conftest import Finished

# Code: file names, paths, options, quoted words, commands and what is typed.
CODE = re.compile(
    r"embedmark(?: [a-z]+)*|pip install [\w-]+|`[^`]*`|'[^']*'|\"[^\"]*\"|\{[^}]*\}|\[[^\]]*\]|--?[\w-]+|"
    r"\S*[/._=:<>,|]\S*|\b[A-Z_0-9]{2,}\b"
)
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ -][A-Za-z]{2,}){2,}")


@pytest.fixture(autouse=True)
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")


def english(text: str) -> list[str]:
    """Return the lines with three or more English words in a row, code and names left out."""
    return [line for line in text.splitlines() if ENGLISH.search(CODE.sub("·", line))]


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, *path, name)
    return found


@pytest.mark.parametrize("path", [(), *commands(main.cli)], ids=" ".join)
def test_help_is_korean(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    main.run([*path, "--help"])

    text = capsys.readouterr().out
    assert english(text.replace("\n", " ")) == []
    assert text.startswith("사용법:")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["rum"], 2),
        (["run", "--lnag", "ko"], 2),
        (["run", "nothing.yaml"], 2),
        (["run", "--model", "nosuch", "--data", "쌍.tsv"], 2),
        (["run", "--model", "lexical"], 2),
        (["compare"], 2),
        (["show", "nothing"], 2),
        (["datasets", "check", "nothing.csv"], 2),
        (["datasets", "check", "쌍.tsv", "--format", "nosuch"], 2),
        (["datasets", "list", "nosuch"], 2),
        (["datasets", "list", "korsts/tst"], 2),
        (["datasets", "list", "stsb-multi/de"], 0),
        (["providers", "check", "nosuch"], 2),
        (["cache", "clear", "--older-than", "soon"], 2),
        (["datasets", "check", "쌍.tsv"], 0),
        (["plan", "small.yaml"], 0),
        (["cache", "info"], 0),
        (["providers", "list"], 0),
        (["providers", "check", "lexical"], 0),
        (["models", "list"], 0),
    ],
)
def test_output_and_errors_are_korean(
    arguments: list[str], code: int, embedmark: Callable[..., Finished], work: Path
) -> None:
    del work
    done = embedmark(*arguments)

    assert done.code == code, done.err
    assert english(done.out) == []
    assert english(done.err) == []
    assert re.search("[가-힣]", done.out + done.err)


def test_run_and_what_reads_it_are_korean(embedmark: Callable[..., Finished], work: Path) -> None:
    del work
    for arguments in (
        ["run", "small.yaml", "--out", "one"],
        ["show", "one", "--warnings"],
        ["compare", "one", "--providers", "overlap,길이"],
        ["compare", "one", "one"],
        ["report", "one", "--md"],
        ["verify", "one"],
    ):
        done = embedmark(*arguments)

        assert english(done.out.replace("\\", "")) == [], arguments
        assert english(done.err) == [], arguments


def test_help_is_no_wider_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for path in ((), *commands(main.cli)):
        main.run([*path, "--help"])

    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if cell_len(line) > 60] == []
    assert max(map(cell_len, lines)) > 55
    assert [line for line in lines if line.endswith("...") and not line.startswith("사용법:")] == []


@pytest.mark.parametrize("path", [path for path in commands(main.cli) if path != ("schema",)], ids=" ".join)
def test_every_command_takes_a_language(path: tuple[str, ...]) -> None:
    command: click.Command = main.cli
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found

    assert isinstance(command, click.Group) or "--lang" in [o for p in command.params for o in p.opts]


def test_dataset_called_pairs_keeps_its_name(embedmark: Callable[..., Finished], work: Path) -> None:
    (work / "쌍.tsv").rename(work / "pairs.tsv")
    suite = (work / "small.yaml").read_text(encoding="utf-8").replace("쌍.tsv", "pairs.tsv")
    (work / "small.yaml").write_text(suite, encoding="utf-8")

    planned = embedmark("plan", "small.yaml")
    embedmark("run", "small.yaml", "--out", "one")
    compared = embedmark("compare", "one", "one", "--fail-on", "spearman < -0.5")

    assert "\npairs: 쌍 " in planned.out
    assert "settings of" not in planned.out
    assert compared.err.startswith("규칙: spearman < -0.5: ")


def test_remedy_for_columns_is_korean_and_works(embedmark: Callable[..., Finished], work: Path) -> None:
    """Braces of the columns were doubled in Korean, so that the remedy was not what the command takes."""
    (work / "표.tsv").write_text("문장1\t문장2\t점수\n가나\t가다\t1\n라마\t바사\t2\n", encoding="utf-8")
    arguments = ("init", "--data", "표.tsv", "--model", "lexical", "--out", "new.yaml")

    refused = embedmark(*arguments)
    columns = refused.err.partition("--columns '")[2].partition("'")[0]
    written = embedmark(*arguments, "--columns", columns)

    assert columns == "sentence1=문장1,sentence2=문장2,score=점수"
    assert english(refused.err) == []
    assert written.code == 0
    assert english((work / "new.yaml").read_text(encoding="utf-8")) == []


def test_lang_overrides_the_locale(embedmark: Callable[..., Finished], work: Path) -> None:
    del work

    assert "texts encoded" in embedmark("plan", "small.yaml", "--lang", "en").out
    assert "texts encoded" not in embedmark("plan", "small.yaml", "--lang", "ko").out


def test_language_of_the_command_line_does_not_outlive_it(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["run", "--help", "--lang", "en"])
    capsys.readouterr()
    main.run(["run", "--help"])
    korean_help = capsys.readouterr().out
    main.run(["run", "--help", "--lang", "en"])
    main.run(["run", "nothing.yaml", "--lang", "en"])
    captured = capsys.readouterr()

    assert korean_help.startswith("사용법:")
    assert "Show this message" not in korean_help
    assert captured.out.startswith("Usage:")
    assert "error: there is no such suite file" in captured.err
