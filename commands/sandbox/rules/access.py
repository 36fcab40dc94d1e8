"""How long access to a sandbox lasts, and what the file looks like that holds it. Pure; it reads no clock and no file."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import wrap
from typing import Any, Final

import yaml

SHORTEST: Final = timedelta(minutes=10)  # a cluster grants no shorter token


@dataclass(frozen=True)
class Server:
    """Where the cluster is, for those who use it. `authority`: who vouches for it (PEM), None: whom the machine trusts anyway;
    `name`: what its certificate says it is called, None: its host; `unverified`: nobody vouches for it at all."""

    url: str
    authority: str | None = None
    name: str | None = None
    unverified: bool = False


@dataclass(frozen=True)
class Token:
    """A secret that is access. It is in no repr."""

    value: str

    def __repr__(self) -> str:
        return "Token(…)"


@dataclass(frozen=True)
class Login:
    """Access without a secret: a program asks the person's own identity provider each time."""

    command: str
    arguments: Sequence[str]


def lasting(wanted: timedelta, now: datetime, ends: datetime) -> timedelta:
    """How long access lasts: as long as wanted, and no longer than the sandbox. Raises ValueError when that is too short."""
    left = ends - now
    if left < SHORTEST:
        raise ValueError("Its time is over within ten minutes, and access lasts at least as long. Extend it first.")
    return max(min(wanted, left), SHORTEST)


def kubeconfig(name: str, namespace: str, server: Server, user: Token | Login) -> str:
    """The file that `kubectl` reads. No line of it is long but the token's, so that it can be shown in pieces."""
    cluster: dict[str, Any] = {"server": server.url}
    if server.name:
        cluster["tls-server-name"] = server.name
    if server.unverified:
        cluster["insecure-skip-tls-verify"] = True
    elif server.authority is not None:
        # Line breaks in it are allowed: whoever decodes base64 skips them.
        cluster["certificate-authority-data"] = _Folded(
            "\n".join(wrap(base64.b64encode(server.authority.encode()).decode(), 100)) + "\n"
        )
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandboxes", "cluster": cluster}],
        "users": [{"name": name, "user": _user(user)}],
        "contexts": [{"name": name, "context": {"cluster": "sandboxes", "user": name, "namespace": namespace}}],
        "current-context": name,
    }
    return yaml.dump(config, Dumper=_Dumper, sort_keys=False, width=10_000)


def _user(user: Token | Login) -> Mapping[str, Any]:
    if isinstance(user, Token):
        return {"token": user.value}
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": user.command,
            "args": list(user.arguments),
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": False,
        }
    }


class _Folded(str):
    """Text that is written over several lines."""


class _Dumper(yaml.SafeDumper):
    pass


def _literally(dumper: yaml.SafeDumper, text: _Folded) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")


_Dumper.add_representer(_Folded, _literally)


def pieces(text: str, most: int) -> list[str]:
    """The text in pieces of whole lines, each at most so long; a line that is longer is a piece of its own."""
    found = [""]
    for line in text.splitlines(keepends=True):
        if found[-1] and len(found[-1]) + len(line) > most:
            found.append("")
        found[-1] += line
    return found
