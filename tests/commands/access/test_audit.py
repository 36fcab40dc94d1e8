"""access audit: what is found by person, object, action, time, call and words; page by page; as a file; and how it reads."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.models.blocks import ActionsBlock

from bot.kit.call import Call, Principal, Surface
from bot.kit.errors import FieldErrors, UserError
from bot.kit.replies import Reply
from commands.access.use_cases.audit import AuditTrail
from commands.access.values.audit import AuditArguments, AuditLine, AuditPage
from commands.access.views import audit as views
from storage.audit import AuditEntry
from storage.db import Database
from storage.messages import MAX_FILE_BYTES, MessageStore
from tests.conftest import FakeClock
from tests.storage.audit_trail import AT, Trail

NOW = AT + timedelta(days=1)


@pytest.fixture
async def trail(database: Database) -> Trail:
    """Forty entries, a minute apart from AT on: U00000 to U000039 made sandbox:0 to sandbox:39, the last two for U000077 in one
    call."""
    trail = Trail(database)
    async with database.transaction() as session:
        for number in range(40):
            later: dict[str, Any] = {"on_behalf_of": "U000077", "call": "c-abc"} if number >= 38 else {}
            at, note = AT + timedelta(minutes=number), f"made number {number}"
            entry = AuditEntry(at, "sandbox.created", f"sandbox:{number}", f"U0000{number}", note=note, **later)
            await trail.audit.write(session, entry)
    return trail


@pytest.fixture
def searching(trail: Trail, clock: FakeClock) -> AuditTrail:
    return AuditTrail(trail.db, clock, trail.audit, MessageStore(clock))


def _call(token: str | None = None) -> Call:
    return Call("c-search", "access.audit", Principal("U0SECURITY", "sue"), Surface.SLASH, NOW, token=token)


async def _found(searching: AuditTrail, **arguments: Any) -> list[int]:
    page = await searching.search(_call(), AuditArguments(**arguments))
    return [int(each.note.rpartition(" ")[2]) for each in page.entries]


SEARCHES: list[tuple[dict[str, Any], list[int]]] = [
    ({"person": "U00007"}, [7]),
    ({"person": "U000077"}, [39, 38]),
    ({"person": "U000099"}, []),
    ({"object": "sandbox:7"}, [7]),
    ({"object": "sandbox:3*"}, [39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 3]),
    ({"object": "sandbox"}, []),
    ({"action": "sandbox.deleted"}, []),
    ({"action": "sandbox.*", "person": "U00008"}, [8]),
    ({"since": AT + timedelta(minutes=38)}, [39, 38]),
    ({"until": AT + timedelta(minutes=2)}, [1, 0]),
    ({"since": AT + timedelta(minutes=5), "until": AT + timedelta(minutes=7)}, [6, 5]),
    ({"last": timedelta(days=1) - timedelta(minutes=38)}, [39, 38]),
    ({"last": timedelta(days=1), "since": AT + timedelta(minutes=39)}, [39]),
    ({"call": "c-abc"}, [39, 38]),
    ({"text": "NUMBER 1", "until": AT + timedelta(minutes=11)}, [10, 1]),
    ({"older_than": 3}, [1, 0]),
]


async def test_entries_are_found_by_person_object_action_time_call_and_words_newest_first(
    searching: AuditTrail,
) -> None:
    for arguments, expected in SEARCHES:
        assert await _found(searching, **arguments) == expected, arguments


async def test_pages_follow_each_other_without_a_gap_while_more_is_written(trail: Trail, searching: AuditTrail) -> None:
    seen: list[int] = []
    arguments = AuditArguments(object="sandbox:*")
    while True:
        page = await searching.search(_call(), arguments)
        seen += [int(each.note.rpartition(" ")[2]) for each in page.entries]
        assert page.searched == {"object": "sandbox:*"}
        if page.older is None:
            break
        await trail.write(object="sandbox:new")  # newer than what is looked at
        arguments = AuditArguments(**page.searched, older_than=page.older)
    assert seen == list(reversed(range(40)))


async def test_an_entry_tells_who_for_whom_where_what_and_its_number_in_the_chain(
    trail: Trail, searching: AuditTrail
) -> None:
    async with trail.db.transaction() as session:
        entry = AuditEntry(
            *(AT, "sandbox.extended", "sandbox:x", "token:abcd2345", "U5", "api", "C1", "1.5", "c-x"),
            before={"until": "today"},
            after={"until": "tomorrow"},
        )
        await trail.audit.write(session, entry)
    await trail.seal()
    (found,) = (await searching.search(_call(), AuditArguments(object="sandbox:x"))).entries
    assert found == AuditLine(
        id=41,
        at=AT,
        action="sandbox.extended",
        object="sandbox:x",
        actor="token:abcd2345",
        on_behalf_of="U5",
        surface="api",
        channel="C1",
        call="c-x",
        before={"until": "today"},
        after={"until": "tomorrow"},
        note="",
        sequence=41,
    )


async def test_a_window_that_ends_before_it_begins_is_a_mistake_in_that_field(searching: AuditTrail) -> None:
    with pytest.raises(FieldErrors) as caught:
        await searching.search(_call(), AuditArguments(since=NOW, until=AT))
    assert set(caught.value.errors) == {"until"}


# --- as a file --------------------------------------------------------------------------------------------------------


async def test_an_export_is_a_file_for_whoever_asked_and_is_itself_written_down(
    trail: Trail, searching: AuditTrail, clock: FakeClock
) -> None:
    page = await searching.search(_call(), AuditArguments(person="U000077", export=True))
    assert (page.exported, page.entries) == (2, ())
    async with trail.db.reading() as session:
        row = await MessageStore(clock).find(session, "audit:c-search:export")
    assert row is not None
    assert (row.person, row.channel) == ("U0SECURITY", None)
    lines = [json.loads(line) for line in (row.file_data or b"").splitlines()]
    assert [line["actor"] for line in lines] == ["U000039", "U000038"]
    (written,) = (await searching.search(_call(), AuditArguments(action="audit.exported"))).entries
    assert (written.actor, written.after) == ("U0SECURITY", {"entries": 2, "person": "U000077"})


async def test_nothing_found_is_no_file(trail: Trail, searching: AuditTrail) -> None:
    page = await searching.search(_call(), AuditArguments(person="U000099", export=True))
    assert page.exported == 0
    assert (await searching.search(_call(), AuditArguments(action="audit.*"))).entries == ()


async def test_more_than_fits_into_a_file_says_what_to_do_instead(trail: Trail, searching: AuditTrail) -> None:
    async with trail.db.transaction() as session:
        for _ in range(MAX_FILE_BYTES // 7_000):
            entry = AuditEntry(AT, "large", before={"x": "y" * 7_900})
            await trail.audit.write(session, entry)
    with pytest.raises(UserError, match="platform-bot audit export"):
        await searching.search(_call(), AuditArguments(action="large", export=True))


# --- in Slack ---------------------------------------------------------------------------------------------------------


def _line(**more: Any) -> AuditLine:
    values = {"id": 7, "at": datetime(2026, 11, 2, tzinfo=UTC), "action": "call.done", "object": None, "actor": "U1"}
    values |= dict.fromkeys(("on_behalf_of", "surface", "channel", "call", "before", "after", "sequence"))
    return AuditLine.model_validate({**values, "note": "", **more})


def _buttons(reply: Reply) -> dict[str, str]:
    (row,) = (block for block in reply.blocks or () if isinstance(block, ActionsBlock))
    found = [element.to_dict() for element in row.elements]
    return {each["text"]["text"]: each["value"] for each in found}


def test_people_are_mentioned_and_others_are_named() -> None:
    reply = views.audit(AuditPage(entries=(_line(actor="token:abcd2345", on_behalf_of="U2"),), older=None, searched={}))
    shown = str(reply.to_payload())
    assert "`token:abcd2345` for <@U2>" in shown


def test_what_people_wrote_pings_nobody_and_breaks_nothing() -> None:
    hostile = "<!channel> *x* `y` \u202e"
    fields = dict.fromkeys(("action", "object", "actor", "on_behalf_of", "surface", "call", "note"), hostile)
    reply = views.audit(
        AuditPage(entries=(_line(**fields, before={"a": hostile}, after={hostile: 1}),), older=None, searched={})
    )
    assert "<!channel>" not in str(reply.to_payload())


def test_the_buttons_carry_the_search_to_the_next_page_and_into_a_file() -> None:
    page = AuditPage(entries=(_line(),), older=7, searched={"person": "U1", "text": "gpu"})
    older, file = _buttons(views.audit(page)).values()
    for carried in (older, file):
        assert "U1" in carried
        assert "gpu" in carried
    assert '"7"' in older
    assert "export" in file
    assert list(_buttons(views.audit(page.model_copy(update={"older": None})))) == ["As a file"]


def test_a_full_page_of_the_longest_entries_fits_into_a_message() -> None:
    long = _line(
        action="a" * 255, object="o" * 255, actor="t" * 255, note="n" * 1_000, before={"b": "b" * 7_000}, call="c" * 40
    )
    views.audit(AuditPage(entries=(long,) * 15, older=1, searched={"text": "x" * 150})).to_payload()


def test_nothing_found_says_so() -> None:
    assert "Nothing of that kind" in views.audit(AuditPage(entries=(), older=None, searched={})).text
    assert "no file" in views.audit(AuditPage(entries=(), older=None, searched={}, exported=0)).text
