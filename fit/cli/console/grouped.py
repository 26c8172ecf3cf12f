"""The list of commands in groups, by what a user wants to do."""

from __future__ import annotations

from typing import Any, final

from typer.core import TyperGroup


@final
class Grouped(TyperGroup):
    """Commands under the headings that their ``rich_help_panel`` names, in the order of registration.

    Typer shows these headings only with rich, whose help takes longer to start and breaks lines in a file.
    """

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section for each group."""
        # Typer brings click's classes under a private name.
        sections: dict[str, list[tuple[str, str]]] = {}
        named: list[tuple[str, Any]] = [
            (name, self.get_command(ctx, name)) for name in self.list_commands(ctx)
        ]
        # Typer lists a group of commands first.
        for name, command in sorted(named, key=lambda each: isinstance(each[1], TyperGroup)):
            line = command.get_short_help_str(limit=formatter.width)
            sections.setdefault(command.rich_help_panel, []).append((name, line))
        for heading, lines in sections.items():
            with formatter.section(heading):
                formatter.write_dl(lines)
