"""What `help` shows, from the declarations. Builds replies; sends nothing."""

from bot.kit.arguments import Argument
from bot.kit.blocks import context, divider, header, page, section
from bot.kit.declare import Command, Group
from bot.kit.replies import Reply
from bot.kit.text import code, escape, few, listed
from bot.slack.parsing import Groups, HelpWanted, example


def help_reply(wanted: HelpWanted, groups: Groups, slash: str) -> Reply:
    """`slash` is the configured command, `/platform`."""
    if wanted.command is not None:
        return _about_command(wanted.command, slash)
    if wanted.group is not None:
        return _about_group(wanted.group, slash)
    return _about_everything(groups, slash)


def usage(command: Command, slash: str) -> str:
    """`/platform sandbox create <name> [size]`, unescaped."""
    return " ".join([slash, command.typed, *(argument.placeholder for argument in command.fields)])


def _about_everything(groups: Groups, slash: str) -> Reply:
    blocks = [header("What I can do")]
    for group in groups.values():
        verbs = " · ".join(code(verb) for verb in group.commands)
        blocks.append(section(f"*{escape(group.name)}* — {escape(group.summary)}\n{verbs}"))
    blocks.append(context(f"{code(f'{slash} <group> help')} tells more; leave arguments out and a form asks for them."))
    return Reply(text=f"What I can do: {escape(listed(list(groups), 'and'))}", blocks=page(blocks))


def _about_group(group: Group[object], slash: str) -> Reply:
    lines = [f"{code(usage(command, slash))}\n{escape(command.summary)}" for command in group.commands.values()]
    blocks = [header(group.name.capitalize()), section(escape(group.summary)), divider(), *map(section, lines)]
    blocks.append(context(f"{code(f'{slash} {group.name} <command> help')} explains one of them."))
    return Reply(text=f"{escape(group.name)}: {escape(group.summary)}", blocks=page(blocks))


def _about_command(command: Command, slash: str) -> Reply:
    blocks = [section(f"{code(usage(command, slash))}\n{escape(command.summary)}")]
    if command.fields:
        blocks.append(section("\n".join(_about_argument(argument) for argument in command.fields)))
    only = " · a form shows what comes of it, to you alone" if command.credential else ""
    blocks.append(context(f"Example: {code(f'{slash} {example(command)}')} · needs {code(command.permission)}{only}"))
    return Reply(text=f"{escape(usage(command, slash))}: {escape(command.summary)}", blocks=page(blocks))


def _about_argument(argument: Argument) -> str:
    notes = [listed(few(argument.choices)) if argument.choices else argument.kind.value]
    if argument.minimum and argument.maximum and not argument.choices:
        notes.append(f"{argument.minimum} to {argument.maximum}" + (" characters" if argument.kind == "text" else ""))
    notes.append(
        "needed" if argument.required else f"default {argument.default}" if argument.default else "may stay out"
    )
    hint = f" {argument.hint}" if argument.hint else ""
    return f"• {code(argument.name)} ({escape(', '.join(notes))}){escape(hint)}"
