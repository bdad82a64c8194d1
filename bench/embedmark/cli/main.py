"""The command `embedmark`: names the sub-commands, and turns errors into one message and an exit code."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import sys
import traceback
from typing import NoReturn, TextIO, cast

import click

from embedmark.api.secrets import scrub
from embedmark.cli.group import SuggestingGroup
from embedmark.cli.output import Forgiving, Output, lost_output, make_safe, open_streams
from embedmark.cli.spoken import LONGEST_LINE, in_language, say, say_error, speaking
from embedmark.errors import EmbedmarkError, words_of
from embedmark.machine.collector import collect_rarely
from embedmark.version import __version__

# In the order of `embedmark --help`. Each is the click command `command` of embedmark.cli.NAME, imported at need.
_COMMANDS = (
    "run", "init", "plan", "show", "compare", "report", "similarity", "verify", "merge", "providers", "datasets",
    "models", "cache", "schema",
)  # fmt: skip

_CONSENT = "--yes"


class _Lazy(SuggestingGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        return in_language(importlib.import_module(f"embedmark.cli.{cmd_name}").command)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error. May also follow a command.")
def cli(debug: bool) -> None:
    """Choose an embedding provider on evidence: accuracy, throughput, latency and cost, side by side."""


def main() -> NoReturn:
    """Entry point of the console script."""
    collect_rarely()
    open_streams()
    for stream in (sys.stdout, sys.stderr):
        make_safe(stream)
    sys.stdout, sys.stderr = cast("TextIO", Output(sys.stdout)), cast("TextIO", Forgiving(sys.stderr))
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    if debug:
        _show_tracebacks_of_providers()
    leave(run(arguments, debug=debug))


def leave(code: int) -> NoReturn:
    """End the process at once: everything is sealed, and every provider is closed.

    Taking the interpreter down after torch took 0.7 to 1.8 s. What registered itself to run at the end still runs.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    atexit._run_exitfuncs()
    os._exit(code)


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command line, and return its exit code: docs/cli.md says what each means."""
    with speaking(arguments):
        try:
            code = _run(arguments, debug=debug)
        except SystemExit as done:  # of click, for a shell that asks for completions
            code = done.code if isinstance(done.code, int) else 0
        if lost := lost_output():
            say_error(lost)
            code = code or lost.exit_code
        return code


def _run(arguments: list[str], *, debug: bool) -> int:
    try:
        code = in_language(cli).main(arguments, prog_name="embedmark", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        proposed = error.possibilities if isinstance(error, click.NoSuchOption) else None
        if proposed and _CONSENT in proposed:
            proposed.remove(_CONSENT)  # a slip of the keyboard is no consent to a bill
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("interrupted", err=True)
        return 130
    except EmbedmarkError as error:
        _debug(debug)
        say_error(error)
        return error.exit_code
    except OSError as error:
        _debug(debug)
        say_error(EmbedmarkError(f"the system refused: {error.strerror or error}", where=error.filename))
        return 1
    except Exception as error:  # noqa: BLE001 - the last resort: a defect of ours, said in one line
        return _defect(error, debug=debug)


def _defect(error: Exception, *, debug: bool) -> int:
    """Say in one line that something unexpected was raised; return the exit code."""
    _debug(debug)
    if isinstance(error, RuntimeError) and "home directory" in str(error):  # pathlib, of ~ where no HOME is set
        hint = "the whole path, or set HOME"
        say_error(EmbedmarkError("a path begins with ~, and there is no such home folder", hint=hint))
        return 2
    said = scrub(words_of(error))[:LONGEST_LINE]
    say(f"internal error: {said}\n  try: the same command with --debug", err=True)
    return 1


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
