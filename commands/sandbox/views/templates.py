"""The templates and what each asks for. Pure; what people wrote is escaped here."""

from slack_sdk.models.blocks import Block

from bot.kit.blocks import command_button, context, page, section
from bot.kit.replies import Reply
from bot.kit.text import code, escape
from commands.sandbox.values.templates import ParameterDetails, TemplateDetails, TemplateList


def listed(result: TemplateList) -> Reply:
    blocks: list[Block] = []
    for template in result.templates:
        create = command_button("Create", "sandbox.create", {"template": template.name})
        lines = [f"*{escape(template.name)}*: {escape(template.summary)}", *map(_line, template.parameters)]
        blocks.append(section("\n".join(lines), accessory=create))
    blocks.append(context(f"Typed: {code('sandbox create shop template=web parameters.replicas=2')}"))
    count = len(result.templates)
    return Reply(text=f"{count} template{'' if count == 1 else 's'} for sandboxes", blocks=page(blocks))


def choice_label(template: TemplateDetails) -> str:
    """One line in a list of choices; plain text."""
    return f"{template.name}: {template.summary}"


def _line(parameter: ParameterDetails) -> str:
    notes = [parameter.takes]
    if parameter.needed:
        notes.append("needed")
    elif parameter.default is not None:
        notes.append(f"default {parameter.default}")
    hint = f" {parameter.description}" if parameter.description else ""
    return f"• {code(parameter.name)} ({escape(', '.join(notes))}){escape(hint)}"
