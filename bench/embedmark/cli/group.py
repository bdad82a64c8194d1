"""A command with sub-commands that names the nearest one where there is none of that name."""

from __future__ import annotations

import difflib

import click

from embedmark.language import gettext as _


class SuggestingGroup(click.Group):
    """As click's, with a did-you-mean."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        known = self.list_commands(ctx)
        # A name that begins with a dash is a wrong option, which click has words for.
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing and not name.startswith("-"):
            close = difflib.get_close_matches(name, known, n=1)
            hint = (
                _("Did you mean {name}?", name=repr(close[0]))
                if close
                else _("One of: {names}.", names=", ".join(known))
            )
            ctx.fail(_("No such command {name}. {hint}", name=repr(name), hint=hint))
        return super().resolve_command(ctx, args)
