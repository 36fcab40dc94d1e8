"""Access to a sandbox in Slack: the kubeconfig in the form that asked for it, and that access has ended. Pure."""

from typing import Final

from slack_sdk.models.blocks import Block

from bot.kit.blocks import context, section
from bot.kit.replies import Reply
from bot.kit.text import code, escape, when
from commands.sandbox.rules.access import pieces
from commands.sandbox.values.access import GivenAccess
from commands.sandbox.values.basics import SandboxDetails

_PIECE: Final = 2_800  # characters of the 3,000 that a block may have


def given(access: GivenAccess) -> Reply:
    name, parts = access.sandbox.name, pieces(access.kubeconfig.get_secret_value(), _PIECE)
    file = f"~/.kube/{name}"
    whole = "this" if len(parts) == 1 else f"these {len(parts)} parts, one right below the other,"
    blocks: list[Block] = [section(f":key: Access to *{escape(name)}*. Save {whole} as {code(file)}:")]
    blocks += [section(f"```\n{escape(part).rstrip()}\n```") for part in parts]
    blocks.append(section(f"Then:\n```\nexport KUBECONFIG={escape(file)}\nkubectl get pods\n```"))
    if access.until is None:
        words = "It holds no secret: you log in when you use it."
    else:
        words = f"It works until {when(access.until)}. Whoever has it has your access: give it to nobody. Asking again renews it."
    blocks.append(context(words))
    return Reply(text=f"Access to {escape(name)}", blocks=blocks)


def revoked(sandbox: SandboxDetails) -> Reply:
    text = f"All access to *{escape(sandbox.name)}* that was given out ends. Whoever may have it can ask anew."
    return Reply(text=text, blocks=[section(f":no_entry: {text}")])
