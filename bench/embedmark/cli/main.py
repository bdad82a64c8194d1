"""The command `embedmark`: names the sub-commands, and turns errors into one message and an exit code."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TextIO, cast

import click

from embedmark.api.secrets import scrub
from embedmark.cli.group import SuggestingGroup
from embedmark.cli.output import Forgiving, make_safe, open_streams
from embedmark.cli.spoken import error_text, in_language, say, speaking
from embedmark.errors import EmbedmarkError, words_of
from embedmark.language import gettext as _
from embedmark.machine.collector import collect_rarely
from embedmark.version import __version__

# In the order of `embedmark --help`. Each is the click command `command` of embedmark.cli.NAME, imported at need.
_COMMANDS = (
    "run", "init", "plan", "show", "compare", "report", "similarity", "verify", "merge", "providers", "datasets",
    "models", "cache", "schema",
)  # fmt: skip

_LONGEST_LINE = 1_000  # characters of an error


class _Lazy(SuggestingGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        return in_language(importlib.import_module(f"embedmark.cli.{cmd_name}").command)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _reader_may_go():  # --help is printed here
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _reader_may_go():
            return super().invoke(ctx)


@contextmanager
def _reader_may_go() -> Iterator[None]:
    """Redirect output if its reader is gone (`| head`): what was measured is on disk, and nothing failed.

    click would exit 1, which says that something measured did.
    """
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the flush at the end stays quiet
        raise click.exceptions.Exit(0) from None


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error. Works behind a sub-command as well.")
def cli(debug: bool) -> None:
    """Choose an embedding provider on evidence: accuracy on STS pairs, throughput, latency and cost, side by side."""


def main() -> NoReturn:
    """Entry point of the console script."""
    collect_rarely()
    open_streams()
    for stream in (sys.stdout, sys.stderr):
        make_safe(stream)
    sys.stderr = cast("TextIO", Forgiving(sys.stderr))
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    if debug:
        _show_tracebacks_of_providers()
    leave(run(arguments, debug=debug))


def leave(code: int) -> NoReturn:
    """End the process at once: everything is sealed, and every provider is closed.

    Taking the interpreter down after torch took 0.7 to 1.8 s. What registered itself to run at the end still runs.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # its reader has gone, and nothing failed for that
        pass
    except OSError as error:
        say(f"error: the output cannot be written: {error.strerror or error}", err=True)
        code = code or 1
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    atexit._run_exitfuncs()
    os._exit(code)


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command line, and return its exit code: docs/cli.md says what each means."""
    with speaking(arguments):
        return _run(arguments, debug=debug)


def _run(arguments: list[str], *, debug: bool) -> int:
    try:
        code = in_language(cli).main(arguments, prog_name="embedmark", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("interrupted", err=True)
        return 130
    except EmbedmarkError as error:
        _debug(debug)
        _say_error(error_text(error))
        return error.exit_code
    except OSError as error:
        _debug(debug)
        _say_error(error_text(EmbedmarkError(f"the system refused: {error.strerror or error}", where=error.filename)))
        return 1
    except Exception as error:  # noqa: BLE001 - the last resort: a defect of ours, said in one line
        return _defect(error, debug=debug)


def _defect(error: Exception, *, debug: bool) -> int:
    """Say in one line that something unexpected was raised; return the exit code."""
    _debug(debug)
    if isinstance(error, RuntimeError) and "home directory" in str(error):  # pathlib, of ~ where no HOME is set
        hint = "the whole path, or set HOME"
        _say_error(error_text(EmbedmarkError("a path begins with ~, and there is no such home folder", hint=hint)))
        return 2
    said = scrub(words_of(error))[:_LONGEST_LINE]
    say(f"internal error: {said}\n  try: the same command with --debug", err=True)
    return 1


def _say_error(text: str) -> None:
    """Write an error for people to stderr: no keys, no control characters, no line that fills the screen."""
    lines = scrub(text).split("\n")
    short = "\n".join(line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + " ..." for line in lines)
    mark = click.style(_("error:"), fg="red", bold=True)
    click.echo(f"{mark} {short}", err=True)


def _show_tracebacks_of_providers() -> None:
    """Log the tracebacks of providers that fail: each is a row in failures.csv, and the run goes on."""
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("embedmark.measure")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)


def _debug(debug: bool) -> None:
    if debug:
        click.echo(scrub(traceback.format_exc()), err=True, nl=False)
