"""The API of the running bot: who is let in, what is refused and how, and that a call is done once."""

import asyncio
import io
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.http import api
from bot.http.openapi import example_arguments
from bot.kit.arguments import Kind
from bot.wiring import GROUPS
from storage.db import Database
from tests.bot.http.conftest import Mint, Program
from tests.world import World

COMMANDS = [command for group in GROUPS for command in group.commands.values()]


async def test_a_command_answers_with_its_result(program: Program, running: World) -> None:
    made = await program.post("sandbox create", {"name": "mine", "lifetime": "36h", "size": "medium"})
    assert made.status == 200, made.text
    assert made.json["name"] == "mine"
    assert made.json["owner"] == running.ada.user_id
    assert made.json["size"] == "medium"
    lifetime = datetime.fromisoformat(made.json["expires_at"]) - datetime.fromisoformat(made.json["created_at"])
    assert lifetime == timedelta(hours=36)
    assert "blocks" not in made.json
    call = await program.call("GET", f"/api/v1/calls/{made.headers['Call-Reference']}")
    assert call.status == 200
    assert call.json["state"] == "done"
    assert call.json["command"] == "sandbox.create"
    assert call.json["result"] == made.json
    assert call.json["error"] is None


async def test_what_is_made_by_the_api_is_the_same_thing_in_slack(program: Program, running: World) -> None:
    await program.post("sandbox create", {"name": "mine"})
    await running.until(lambda: len(running.sandboxes()) == 1, "the sandbox is in the cluster")
    listed = await program.post("sandbox list")
    assert [each["name"] for each in listed.json["sandboxes"]] == ["mine"]
    await running.ada.slash("#platform", "/platform", "sandbox show mine")
    await running.message("mine")


# --- every command --------------------------------------------------------------------------------------------------


@pytest.fixture
async def prepared(program: Program) -> Program:
    """What the examples of the commands speak of exists, but for what they make."""
    made = await program.post("sandbox create", {"name": "checkout-fix"})
    assert made.status == 200, made.text
    return program


async def test_every_command_takes_its_documented_example(prepared: Program, running: World) -> None:
    # What deletes the sandbox that the others speak of comes last.
    for command in sorted(COMMANDS, key=lambda command: command.dangerous):
        arguments = example_arguments(command)
        if command.name == "sandbox.create":
            arguments["name"] = "another"
        if command.name == "sandbox.resize":
            arguments["size"] = "custom"  # of which alone the rest of the example is
        for person in arguments.keys() & {"person", "people", "to"}:
            arguments[person] = [running.ada.user_id] if person == "people" else running.ada.user_id
        answer = await prepared.post(command.typed, arguments)
        if command.credential:  # understood, and not for programs
            assert (answer.status, answer.kind) == (422, "not-possible"), (command.name, answer.text)
            continue
        if command.name == "sandbox.logs":  # understood, and no such pod runs
            assert answer.kind in {"not-found", "not-possible"}, (command.name, answer.text)
            continue
        if "approval" in arguments:  # the example is understood, and nothing of that name waits
            assert (answer.status, answer.kind) == (404, "not-found"), (command.name, answer.text)
            continue
        assert answer.status == 200, (command.name, answer.text)
        command.result.model_validate_json(answer.text)


async def test_every_command_says_what_is_missing_unknown_or_of_the_wrong_type(program: Program) -> None:
    for command in COMMANDS:
        needed = sorted(argument.name for argument in command.fields if argument.required)
        missing = await program.post(command.typed)
        if needed:
            assert (missing.status, missing.kind) == (422, "invalid-arguments")
            assert sorted(error["name"] for error in missing.json["errors"]) == needed
            assert {error["detail"] for error in missing.json["errors"]} == {"is needed"}
        else:
            assert missing.status == 200, missing.text
        unknown = await program.post(command.typed, {**example_arguments(command), "nothing-like-it": 1})
        assert unknown.status == 422
        assert [error["name"] for error in unknown.json["errors"]] == ["nothing-like-it"]
        for argument in command.fields:
            of_no_type = ["a", {"list": 1}] if argument.kind is Kind.ENTRIES else {"an": "object"}
            wrong = await program.post(command.typed, {**example_arguments(command), argument.name: of_no_type})
            assert wrong.status == 422
            assert [error["name"] for error in wrong.json["errors"]] == [argument.name]


async def test_every_command_is_closed_to_whom_it_is_not_for(program: Program, mint: Mint) -> None:
    closed = {
        "no token": (None, 401),
        "no token of ours": ("xoxb-1", 401),
        "an unknown token": (f"pb_aaaaaaaa_{'b' * 40}", 401),
        "a token with another secret": (f"{(await mint.token())[:-1]}1", 401),
        "a revoked token": (await mint.token(revoked=True), 401),
        "an expired token": (await mint.token(expires=timedelta(seconds=-1)), 401),
        "a guest's token": (await mint.token("margaret"), 403),
        "a token of nobody": (await mint.token("U0NOBODY"), 403),
        "a token for other things": (await mint.token("ada", "nothing.*"), 403),
    }
    for who, (token, status) in closed.items():
        for command in COMMANDS:
            answer = await program.with_token(token).post(command.typed, example_arguments(command))
            assert answer.status == status, (who, command.name, answer.text)
            assert answer.kind == {401: "unauthorized", 403: "forbidden"}[status]
            assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert (await program.post("sandbox list")).json["sandboxes"] == []


async def test_a_token_reaches_as_far_as_it_and_its_owner_both(program: Program, mint: Mint) -> None:
    reader = program.with_token(await mint.token("ada", "sandbox.list", "incident.*"))
    assert (await reader.post("sandbox list")).status == 200
    refused = await reader.post("sandbox create", {"name": "mine"})
    assert refused.status == 403
    assert "sandbox.create" in refused.json["detail"]


async def test_without_a_token_every_path_answers_alike(program: Program) -> None:
    nobody = program.with_token(None)
    for method, path in (
        ("POST", "/api/v1/sandbox/create"),
        ("DELETE", "/api/v1/sandbox/create"),
        ("GET", "/api/v1/nothing/here"),
        ("GET", "/api/v1/calls/c-abc"),
        ("GET", "/api/v1"),
        ("GET", "/%61pi/v1/sandbox/create"),
    ):
        answer = await nobody.call(method, path)
        assert (answer.status, answer.kind) == (401, "unauthorized"), path
    assert (await nobody.call("GET", "/api/openapi.json")).status == 200
    assert (await nobody.call("GET", "/api/docs")).status == 200


# --- errors ---------------------------------------------------------------------------------------------------------


GARBAGE = [
    (b"{", 400, "malformed"),
    (b"[]", 400, "malformed"),
    (b'"text"', 400, "malformed"),
    (b"null", 400, "malformed"),
    (b'{"name": NaN}', 400, "malformed"),
    (b'{"name": 1e999}', 400, "malformed"),
    (b'{"name": "a", "name": "b"}', 400, "malformed"),
    (b"\xff\xfe{}", 400, "malformed"),
    (b"[" * 100_000, 400, "malformed"),
    (b'{"name": ' + b"9" * 5000 + b"}", 400, "malformed"),
    (b'{"name": "a\\u0000b"}', 422, "invalid-arguments"),
    (b'{"name": "\\ud800"}', 422, "invalid-arguments"),
    (b'{"name": "mine", "purpose": "a\\u0000b"}', 422, "invalid-arguments"),
    (b'{"name": "mine", "purpose": "\\udc00"}', 422, "invalid-arguments"),
    (b'{"\\ud800": 1, "name": "mine"}', 422, "invalid-arguments"),
    (b'{"name": "mine", "lifetime": 5}', 422, "invalid-arguments"),
    (b'{"name": "mine", "lifetime": "1m"}', 422, "invalid-arguments"),
    (b'{"name": "mine", "lifetime": "99d"}', 422, "invalid-arguments"),
    (b'{"name": "mine", "size": "huge"}', 422, "invalid-arguments"),
    (b'{"name": null}', 422, "invalid-arguments"),
    (b"x" * (1024 * 1024 + 1), 413, "too-large"),
]


async def test_garbage_is_refused_with_a_problem_document(program: Program) -> None:
    for body, status, kind in GARBAGE:
        answer = await program.call(
            "POST", "/api/v1/sandbox/create", data=io.BytesIO(body), headers={"Content-Type": "application/json"}
        )
        assert (answer.status, answer.kind) == (status, kind), (body[:40], answer.text)
        assert answer.json["instance"] == "/api/v1/sandbox/create"
        assert answer.json["title"]
        assert answer.json["detail"]
    assert (await program.post("sandbox list")).json["sandboxes"] == []


async def test_every_wrong_argument_is_named_at_once(program: Program) -> None:
    answer = await program.post("sandbox create", {"purpose": 7, "size": "huge", "colour": "red"})
    found = {error["name"]: error["detail"] for error in answer.json["errors"]}
    assert found == {
        "name": "is needed",
        "purpose": "must be a string",
        "size": found["size"],
        "colour": "is not an argument of this command",
    }
    assert "small" in found["size"]


async def test_json_types_are_taken_as_they_are(program: Program) -> None:
    answer = await program.post("sandbox list", {"everyone": "yes"})
    assert answer.status == 422
    assert answer.json["errors"] == [{"name": "everyone", "detail": "must be true or false"}]
    assert (await program.post("sandbox list", {"everyone": True})).status == 200


async def test_no_body_is_no_arguments_but_another_kind_of_body_is_refused(program: Program) -> None:
    assert (await program.call("POST", "/api/v1/sandbox/list")).status == 200
    form = await program.call("POST", "/api/v1/sandbox/list", data={"everyone": "yes"})
    assert (form.status, form.kind) == (415, "unsupported-media-type")
    broken = await program.call(
        "POST",
        "/api/v1/sandbox/list",
        data=b"this is not gzip",
        headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
    )
    assert (broken.status, broken.kind) == (400, "malformed")


async def test_unknown_paths_methods_and_things_are_told_apart(program: Program) -> None:
    assert (await program.post("nothing here")).kind == "unknown-path"
    method = await program.call("GET", "/api/v1/sandbox/create")
    assert (method.status, method.kind, method.headers["Allow"]) == (405, "method-not-allowed", "POST")
    missing = await program.post("sandbox show", {"sandbox": "nothing"})
    assert (missing.status, missing.kind) == (404, "not-found")
    assert missing.json["instance"] == f"/api/v1/calls/{missing.headers['Call-Reference']}"
    for ref in ("c-aaaaaaaaaa", "%00", "..", "c-" + "a" * 500):
        call = await program.call("GET", f"/api/v1/calls/{ref}")
        assert call.status == 404, ref


async def test_somebody_elses_calls_are_not_there(program: Program, mint: Mint) -> None:
    made = await program.post("sandbox create", {"name": "mine"})
    path = f"/api/v1/calls/{made.headers['Call-Reference']}"
    assert (await program.call("GET", path)).status == 200
    for token in (await mint.token("grace"), await mint.token("ada", "sandbox.list")):
        answer = await program.with_token(token).call("GET", path)
        assert (answer.status, answer.kind) == (404, "not-found")


async def test_a_rule_that_stands_against_it_is_told(program: Program) -> None:
    for name in ("one", "two", "three"):
        assert (await program.post("sandbox create", {"name": name})).status == 200
    answer = await program.post("sandbox create", {"name": "four"})
    assert (answer.status, answer.kind) == (422, "not-possible")
    assert "Delete one first" in answer.json["detail"]


# --- once -----------------------------------------------------------------------------------------------------------


async def test_a_repeated_request_is_answered_with_what_became_of_the_first(program: Program) -> None:
    first = await program.post("sandbox create", {"name": "mine", "size": "small"}, Idempotency_Key="one")
    again = await program.post("sandbox create", {"size": "small", "name": "mine"}, Idempotency_Key="one")
    assert (first.status, again.status) == (200, 200)
    assert again.json == first.json
    assert again.headers["Call-Reference"] == first.headers["Call-Reference"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    other = await program.post("sandbox create", {"name": "other"}, Idempotency_Key="one")
    assert (other.status, other.kind) == (422, "key-reused")
    assert len((await program.post("sandbox list")).json["sandboxes"]) == 1


async def test_a_refusal_is_repeated_too(program: Program) -> None:
    first = await program.post("sandbox show", {"sandbox": "mine"}, Idempotency_Key="look")
    assert first.status == 404
    await program.post("sandbox create", {"name": "mine"})
    again = await program.post("sandbox show", {"sandbox": "mine"}, Idempotency_Key="look")
    assert again.json == first.json


async def test_a_key_counts_for_its_owner_and_command_only(program: Program, mint: Mint) -> None:
    mine = await program.post("sandbox create", {"name": "mine"}, Idempotency_Key="k")
    assert (await program.post("sandbox show", {"sandbox": "mine"}, Idempotency_Key="k")).status == 200
    grace = program.with_token(await mint.token("grace"))
    hers = await grace.post("sandbox create", {"name": "hers"}, Idempotency_Key="k")
    assert hers.status == 200
    assert hers.json["id"] != mine.json["id"]
    second_token = program.with_token(await mint.token("ada"))
    assert (await second_token.post("sandbox create", {"name": "mine"}, Idempotency_Key="k")).json == mine.json
    narrow = program.with_token(await mint.token("ada", "sandbox.list"))
    assert (await narrow.post("sandbox create", {"name": "mine"}, Idempotency_Key="k")).status == 403


async def test_twenty_requests_with_one_key_are_one_call(program: Program) -> None:
    answers = await asyncio.gather(
        *(program.post("sandbox create", {"name": "mine"}, Idempotency_Key="twenty") for _ in range(20))
    )
    assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len({answer.headers["Call-Reference"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert len((await program.post("sandbox list")).json["sandboxes"]) == 1


async def test_without_a_key_every_request_is_its_own_call(program: Program) -> None:
    first, second = [await program.post("sandbox list") for _ in range(2)]
    assert first.headers["Call-Reference"] != second.headers["Call-Reference"]


async def test_odd_keys_are_refused(program: Program) -> None:
    for key in ("", " ", "k" * 256, "ké"):
        answer = await program.post("sandbox list", Idempotency_Key=key)
        assert (answer.status, answer.kind) == (400, "malformed"), key


async def test_times_are_aware_and_utc(program: Program) -> None:
    made = await program.post("sandbox create", {"name": "mine"})
    assert datetime.fromisoformat(made.json["created_at"]).tzinfo == UTC


# --- too much -------------------------------------------------------------------------------------------------------


async def test_past_the_bound_a_program_is_told_when_to_come_again_and_what_was_accepted_is_done(
    world: World, database: Database
) -> None:
    app = await world.start_bot(PLATFORM_CALLS__WAITING="1", PLATFORM_CALLS__RUNNING="1")
    assert app.port is not None
    async with aiohttp.ClientSession() as session:
        program = Program(session, app.port, await Mint(world, database).token())
        await app._parts.runner._places.acquire()
        first = await program.post("sandbox list", Prefer="respond-async")
        assert first.status == 202
        second = await program.post("sandbox list", Idempotency_Key="mine")
        assert (second.status, second.kind) == (503, "unavailable")
        assert second.headers["Retry-After"] == "5"
        assert "Nothing was done" in second.json["detail"]
        app._parts.runner._places.release()
        looked = await program.call("GET", first.headers["Location"], headers={"Prefer": "wait=60"})
        assert looked.json["state"] == "done"
        again = await program.post("sandbox list", Idempotency_Key="mine")
        assert again.status == 200


async def test_who_finds_too_many_waiting_for_an_end_is_answered_202_at_once(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_WAITING", 0)
    app = await world.start_bot()
    assert app.port is not None
    async with aiohttp.ClientSession() as session:
        program = Program(session, app.port, await Mint(world, database).token())
        await app._parts.runner._places.acquire()
        answer = await program.post("sandbox list", Prefer="wait=60")
        assert answer.status == 202
        app._parts.runner._places.release()
        monkeypatch.setattr(api, "MOST_WAITING", 200)
        looked = await program.call("GET", answer.headers["Location"], headers={"Prefer": "wait=60"})
        assert looked.json["state"] == "done"
