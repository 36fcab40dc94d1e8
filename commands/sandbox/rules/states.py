"""The state table, and when a sandbox is looked at again. Pure; time comes in as an argument."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from bot.kit.declare import Tally
from storage.sandboxes import SandboxState, StateCount

BLOCKED_AFTER = timedelta(minutes=5)  # a namespace usually needs seconds to go; longer means that something holds it
_LATE_CREATE = timedelta(minutes=1)  # an API server gives a request up after 60 s
_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=1)
_LONGEST_ASKED = timedelta(minutes=10)
_REFUSED_WAIT = timedelta(minutes=5)


class Seen(StrEnum):
    """What a round of the reconciler found."""

    STARTED = "started"  # it has begun to make the objects
    STANDS = "stands"  # every object is as it should be
    ASLEEP = "asleep"  # as STANDS, with no pods and room for none
    REFUSED = "refused"  # the cluster will not have it
    EXPIRED = "expired"  # its time is over: it may still be had back
    UNWANTED = "unwanted"  # somebody deleted it, or nobody wanted it back
    LEAVING = "leaving"  # the namespace is on its way out
    STUCK = "stuck"  # ... for too long
    GONE = "gone"  # the namespace is no more


S = SandboxState
_NEXT: Mapping[Seen, Mapping[SandboxState, SandboxState]] = {
    Seen.STARTED: {S.REQUESTED: S.PROVISIONING, S.FAILED: S.PROVISIONING},
    Seen.STANDS: dict.fromkeys((S.REQUESTED, S.PROVISIONING, S.SLEEPING, S.EXPIRING, S.FAILED), S.READY),
    Seen.ASLEEP: dict.fromkeys((S.REQUESTED, S.PROVISIONING, S.READY, S.FAILED), S.SLEEPING),
    Seen.REFUSED: {S.REQUESTED: S.FAILED, S.PROVISIONING: S.FAILED, S.READY: S.FAILED},
    Seen.EXPIRED: dict.fromkeys((S.REQUESTED, S.PROVISIONING, S.READY, S.SLEEPING, S.FAILED), S.EXPIRING),
    Seen.UNWANTED: dict.fromkeys((S.REQUESTED, S.PROVISIONING, S.READY, S.SLEEPING, S.EXPIRING, S.FAILED), S.DELETING),
    Seen.LEAVING: {S.DELETE_BLOCKED: S.DELETE_BLOCKED},
    Seen.STUCK: {S.DELETING: S.DELETE_BLOCKED},
    Seen.GONE: {S.DELETING: S.DELETED, S.DELETE_BLOCKED: S.DELETED},
}


def next_state(state: SandboxState, seen: Seen) -> SandboxState:
    """The state after `seen`; the same state when that changes nothing (a deleted sandbox stays deleted)."""
    return _NEXT[seen].get(state, state)


def pause_after(failures: int, asked: float | None = None) -> timedelta:
    """How long to wait after so many unanswered rounds in a row: 2 s, doubling, a minute at most; as long as the cluster asked
    for (in seconds, None: it did not), if that is longer, ten minutes at most."""
    own = min(_WAIT * (1 << min(failures, 10)), _LONGEST_WAIT)
    return max(own, min(timedelta(seconds=min(asked or 0.0, 1e6)), _LONGEST_ASKED))


def pause_after_refusal() -> timedelta:
    """A refusal rarely changes by itself; somebody may be putting the bot's role right."""
    return _REFUSED_WAIT


def pause_for_quota() -> timedelta:
    """The cluster takes a new quota up within a second or so."""
    return timedelta(seconds=1)


def pause_while_leaving(since: datetime, now: datetime) -> timedelta:
    """A namespace that goes is looked at every 2 s, one that is stuck every minute."""
    return _WAIT if now - since < BLOCKED_AFTER else _LONGEST_WAIT


def may_still_appear(since: datetime, now: datetime) -> bool:
    """Whether a create that was cut off before the sandbox was given up may yet be carried out by the cluster."""
    return now - since < _LATE_CREATE


def stuck(since: datetime, now: datetime) -> bool:
    """Whether a namespace has been leaving for so long that somebody must look."""
    return now - since >= BLOCKED_AFTER


_UNSETTLED = frozenset(SandboxState) - {S.READY, S.SLEEPING, S.EXPIRING, S.DELETED}


def tallied(counts: Sequence[StateCount], now: datetime) -> Tally:
    """An intent is counted from when the sandbox was asked for, or from when it was to go."""
    waiting = [each.unwanted_since or each.made_since for each in counts if each.state in _UNSETTLED]
    looks = [each.look_at for each in counts if each.look_at is not None]
    states = dict.fromkeys((state.value for state in SandboxState if state is not S.DELETED), 0)
    return Tally(
        states={**states, **{each.state.value: each.count for each in counts}},
        lag=max([0.0, *((now - since).total_seconds() for since in waiting)]),
        overdue=max([0.0, *((now - due).total_seconds() for due in looks)]),
    )
