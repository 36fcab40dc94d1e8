"""What the audit trail is told of sandboxes: what people do to them, and what becomes of them. Writes nothing itself."""

from collections.abc import Sequence
from datetime import datetime

from bot.kit.call import Call
from commands.sandbox.drift import Difference
from commands.sandbox.rules.hours import Rest
from commands.sandbox.sizes import Resources, Size, quantity
from integrations.kubernetes import MintedToken
from storage.audit import AuditEntry, Values
from storage.sandboxes import SandboxRow, SandboxState

_ACTIONS = {
    SandboxState.READY: "sandbox.ready",
    SandboxState.SLEEPING: "sandbox.asleep",
    SandboxState.EXPIRING: "sandbox.in_grace",
    SandboxState.FAILED: "sandbox.failed",
    SandboxState.DELETE_BLOCKED: "sandbox.delete_blocked",
    SandboxState.DELETED: "sandbox.gone",
}


def created(call: Call, row: SandboxRow, at: datetime) -> AuditEntry:
    made: Values = {
        "name": row.name,
        "team": row.team,
        "size": row.size,
        "namespace": row.namespace,
        "expires_at": row.expires_at.isoformat(),
        "state": str(row.state),
    }
    return AuditEntry.of(call, "sandbox.created", _object(row), at=at, after=made)


def deleted(call: Call, before: Values, row: SandboxRow, at: datetime) -> AuditEntry:
    """Somebody does not want it any more; that it is gone is another entry."""
    return AuditEntry.of(call, "sandbox.deleted", _object(row), at=at, before=before, after=standing(row))


def extended(call: Call, row: SandboxRow, until: datetime, at: datetime) -> AuditEntry:
    before: Values = {"expires_at": row.expires_at.isoformat()}
    after: Values = {"expires_at": until.isoformat(), "extensions": row.extensions + 1}
    return AuditEntry.of(call, "sandbox.extended", _object(row), at=at, before=before, after=after)


def resized(call: Call, row: SandboxRow, size: Size, wanted: Resources, at: datetime) -> AuditEntry:
    before: Values = {"size": row.size, "cpu": row.cpu, "memory": row.memory, "storage": row.storage}
    after: Values = {
        "size": size.value,
        "cpu": wanted.cpu,
        "memory": quantity(wanted.memory),
        "storage": quantity(wanted.storage),
    }
    return AuditEntry.of(call, "sandbox.resized", _object(row), at=at, before=before, after=after)


def transferred(call: Call, row: SandboxRow, to: str, at: datetime) -> AuditEntry:
    before, after = {"owner": row.owner}, {"owner": to}
    return AuditEntry.of(call, "sandbox.transferred", _object(row), at=at, before=before, after=after)


def sleep_changed(call: Call, action: str, row: SandboxRow, after: Values, at: datetime) -> AuditEntry:
    before: Values = {"asleep": row.asleep, "hours": row.hours}
    return AuditEntry.of(call, f"sandbox.{action}", _object(row), at=at, before=before, after=after)


def access_given(call: Call, row: SandboxRow, minted: MintedToken | None, at: datetime) -> AuditEntry:
    """To whom, until when, and by what name the cluster's own audit log knows the credential: never the credential."""
    after: Values = {"how": "login"}
    if minted is not None:
        after = {"how": "token", "until": minted.expires_at.isoformat(), "credential": minted.credential_id}
    return AuditEntry.of(call, "sandbox.access_given", _object(row), at=at, after=after)


def access_revoked(call: Call, row: SandboxRow, at: datetime) -> AuditEntry:
    return AuditEntry.of(call, "sandbox.access_revoked", _object(row), at=at)


def access_lost(row: SandboxRow, user_id: str, at: datetime) -> AuditEntry:
    """Nobody asked for it: somebody who held access may not have it any more."""
    return AuditEntry(
        at, "sandbox.access_revoked", _object(row), before={"holder": user_id}, note="it was lost with a role"
    )


def shared(call: Call, action: str, row: SandboxRow, people: list[str], at: datetime) -> AuditEntry:
    return AuditEntry.of(call, f"sandbox.{action}", _object(row), at=at, after={"people": ",".join(people)})


def rested(row: SandboxRow, rest: Rest, at: datetime, note: str = "") -> AuditEntry:
    """It falls asleep or wakes by itself."""
    action = "sandbox.put_to_sleep" if rest.asleep else "sandbox.woken"
    why = rest.why.value if rest.why else "hours"
    return AuditEntry(
        at, action, _object(row), before={"asleep": row.asleep}, after={"asleep": rest.asleep}, note=note or why
    )


def released(call: Call, why: str, count: int, at: datetime) -> AuditEntry:
    """Somebody lets go what the brake held back."""
    return AuditEntry.of(call, "sandbox.brake_released", "sandboxes", at=at, after={"sandboxes": count}, note=why)


def asked(call: Call, action: str, of: str, what: Sequence[str], at: datetime) -> AuditEntry:
    """Before an admin's action is done to the cluster: what was done must not be missing because the bot died right after it."""
    return AuditEntry.of(call, f"sandbox.{action}_asked", of, at=at, note="; ".join(what))


def unblocked(call: Call, row: SandboxRow, what: str, at: datetime) -> AuditEntry:
    return AuditEntry.of(call, "sandbox.unblocked", _object(row), at=at, before={"held_by": what})


def discarded(call: Call, namespace: str, uid: str, at: datetime) -> AuditEntry:
    before: Values = {"namespace": namespace, "uid": uid}
    return AuditEntry.of(call, "sandbox.namespace_discarded", f"namespace:{namespace}", at=at, before=before)


def healed(
    row: SandboxRow,
    guard: str,
    differences: Sequence[Difference],
    wanted: object | None,
    at: datetime,
) -> AuditEntry:
    """A guard that somebody had changed, or taken away, is as it was."""
    before: Values = {each.path: each.found for each in differences}
    after: Values = {each.path: each.wanted for each in differences}
    if not differences:
        before, after = {guard: None if wanted else "there"}, {guard: "there" if wanted else None}
    return AuditEntry(at, "sandbox.guard_healed", _object(row), before=before, after=after, note=guard)


def made_anew(row: SandboxRow, at: datetime) -> AuditEntry:
    """Somebody deleted the namespace of a sandbox that is wanted."""
    return AuditEntry(
        at, "sandbox.made_anew", _object(row), before={"namespace": row.namespace, "uid": row.namespace_uid}
    )


def braked(why: str, at: datetime) -> AuditEntry:
    return AuditEntry(at, "sandbox.brake_pulled", "sandboxes", note=why)


def left_to_team(before: str, name: str, row: SandboxRow, at: datetime) -> AuditEntry:
    return AuditEntry(
        at,
        "sandbox.left_to_team",
        _object(row),
        before={"owner": before},
        after={"owner": "", "team": row.team},
        note=f"{name} has left",
    )


def reconciled(before: Values, problem: str | None, row: SandboxRow, at: datetime) -> AuditEntry | None:
    """None when nothing has become of it: a retry that is under way, or that was refused for the same reason."""
    after = standing(row)
    if before["wanted"] and not row.wanted:
        return AuditEntry(at, "sandbox.expired", _object(row), before=before, after=after)
    action = _ACTIONS.get(SandboxState(row.state))
    if action is None or before["state"] == after["state"]:
        return None
    if row.state == SandboxState.FAILED and problem == row.problem:
        return None
    return AuditEntry(at, action, _object(row), before=before, after=after, note=row.problem or "")


def standing(row: SandboxRow) -> Values:
    """What a change of state changes."""
    return {"state": str(row.state), "wanted": row.wanted}


def _object(row: SandboxRow) -> str:
    return f"sandbox:{row.id}"
