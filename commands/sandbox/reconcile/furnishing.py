"""Puts into a new sandbox what its template says, once, with the rights of the sandbox's user. From then on it belongs to whoever
owns the sandbox: nothing is overwritten, and what is taken out stays out."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from bot.kit.errors import FieldErrors
from bot.kit.text import few, listed
from commands.sandbox.inside import Inside, Room
from commands.sandbox.objects import DOMAIN
from commands.sandbox.templates.catalogue import Catalogue
from integrations.kubernetes import (
    AlreadyExists,
    ChangedMeanwhile,
    ClusterError,
    ForbiddenInCluster,
    KubernetesObject,
    NamespaceTerminating,
    QuotaExceeded,
)
from integrations.kubernetes.schema import Schemas
from storage.sandboxes import SandboxRow

TEMPLATE_LABEL: Final = f"{DOMAIN}/template"
# Seconds. Servers take up the binding of the user's role a moment after it was made.
_PAUSES: Final = (0.5, 1.0, 2.0)


class NotFurnished(Exception):
    """What stands in the way, in words for the sandbox's owner. Trying again helps only once somebody changes something."""


class Furnishing:
    def __init__(self, inside: Inside, catalogue: Catalogue) -> None:
        self._inside = inside
        self._catalogue = catalogue
        self._schemas = Schemas()

    async def furnish(self, row: SandboxRow, uid: str) -> None:
        """Makes what is not there yet; `uid` is the namespace's. Done again after a crash, it goes on where it was. Raises
        NotFurnished, Unavailable, and ClusterError for a namespace on its way out."""
        objects = self._objects(row)
        if not objects:
            return
        misfits = await asyncio.to_thread(lambda: [each for one in objects for each in self._schemas.misfits(one)])
        if misfits:
            raise NotFurnished(f"The template {row.template} does not work: {listed(few(misfits, 4), 'and')}")
        room = self._inside.of(row.namespace, uid)
        for manifest in objects:
            try:
                await _made(room, _labelled(manifest, row.template))
            except AlreadyExists:
                continue  # made before a crash, or by its owner meanwhile: either way it is theirs
            except (NamespaceTerminating, ChangedMeanwhile):
                raise
            except ClusterError as error:
                what = f"{manifest['kind']} {manifest['metadata']['name']}"
                raise NotFurnished(
                    f"The cluster refuses {what} of the template {row.template}: {_reason(manifest, error)}"
                ) from error

    def _objects(self, row: SandboxRow) -> Sequence[KubernetesObject]:
        given: Mapping[str, str] = row.parameters or {}
        try:
            return self._catalogue.objects(row.template, given, row.name, row.namespace, row.team)
        except FieldErrors as error:  # the template is another since, or gone
            problems = listed([f"{name} {text}" for name, text in error.errors.items()], "and")
            raise NotFurnished(f"The template {row.template} does not work: {problems}") from error


async def _made(room: Room, manifest: KubernetesObject) -> None:
    for pause in _PAUSES:
        try:
            await room.create(manifest)
        except (QuotaExceeded, NamespaceTerminating):
            raise
        except ForbiddenInCluster:
            await asyncio.sleep(pause)
        else:
            return
    await room.create(manifest)


def _reason(manifest: KubernetesObject, error: ClusterError) -> str:
    """What is wrong with a Secret may be said with what is in it."""
    hidden = manifest["kind"] == "Secret" and not isinstance(error, ForbiddenInCluster)
    return f"{error.reason or 'it'} (not shown: it is a Secret)" if hidden else error.message


def _labelled(manifest: KubernetesObject, template: str) -> KubernetesObject:
    """What came from a template can be told from what its owner added."""
    metadata = manifest["metadata"]
    return {
        **manifest,
        "metadata": {**metadata, "labels": {**(metadata.get("labels") or {}), TEMPLATE_LABEL: template}},
    }
