"""Access to sandboxes: who gets it, for how long, what ends it, and that the credential is kept nowhere."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from sqlalchemy import select

from bot.kit.call import Principal
from bot.kit.errors import NotFound, Refused, Unavailable, UserError
from commands.sandbox.handlers import GROUP
from commands.sandbox.objects import ACCESS_SECRET
from commands.sandbox.rules.access import Login, Server, Token, kubeconfig, lasting, pieces
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.values.access import GivenAccess
from commands.sandbox.values.life import ShareArguments, TransferArguments
from commands.sandbox.views import access as views
from integrations.kubernetes import CredentialsRefused, reference_of
from storage.db import Database
from storage.sandbox_access import SandboxAccessRow
from tests.commands.sandbox.stage import Stage, staged
from tests.conftest import FakeClock

ROLE = Path(__file__).parents[3] / "deploy" / "base" / "sandbox-role.yaml"
POD = reference_of("v1", "Pod")


class People:
    """Everybody has the role, but for `lost`; of `unknown` nobody can say."""

    def __init__(self) -> None:
        self.lost: set[str] = set()
        self.unknown: set[str] = set()

    async def require(self, user_id: str, *, fresh: bool = False) -> Principal:
        if user_id in self.unknown:
            raise Unavailable("Slack", "no answer")
        return self.principal(user_id)

    def principal(self, user_id: str) -> Principal:
        may = frozenset() if user_id in self.lost else frozenset({"sandbox.*"})
        return Principal(user_id, user_id.lower(), frozenset({"default"}), may)


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings(grace="none")


@pytest.fixture
async def stage(
    database: Database, clock: FakeClock, tmp_path: Path, people: People, settings: SandboxSettings
) -> AsyncIterator[Stage]:
    async with staged(database, clock, tmp_path, settings, people=people) as stage:
        stage.double.put(yaml.safe_load(ROLE.read_text()))
        stage.double._tokens._clock = clock  # tokens end by the clock that tests move
        yield stage


async def give(stage: Stage, user_id: str = "U1", name: str = "checkout") -> GivenAccess:
    return await stage.service.access.give(stage.call("access", user_id), name)


async def works(stage: Stage, access: GivenAccess) -> bool:
    """Whether the cluster lets its token in, and into this sandbox."""
    config = yaml.safe_load(access.kubeconfig.get_secret_value())
    user = stage.cluster.acting_as(config["users"][0]["user"]["token"])
    try:
        return [item async for item in user.list(POD, access.sandbox.namespace)] == []
    except CredentialsRefused:
        return False


async def test_its_owner_gets_a_kubeconfig_that_works_and_ends_after_a_while(stage: Stage, clock: FakeClock) -> None:
    row = await stage.standing()
    given = await give(stage)
    config = yaml.safe_load(given.kubeconfig.get_secret_value())
    assert config["clusters"][0]["cluster"]["server"] == stage.double.url
    assert config["contexts"][0]["context"]["namespace"] == row.namespace
    assert given.until == clock.now().replace(microsecond=0) + timedelta(hours=8)
    assert await works(stage, given)


async def test_access_lasts_no_longer_than_the_sandbox(stage: Stage) -> None:
    row = await stage.standing(lifetime=timedelta(hours=2))
    given = await give(stage)
    assert given.until is not None
    assert given.until <= row.expires_at


async def test_a_sandbox_that_is_about_to_end_has_to_be_extended_first(stage: Stage, clock: FakeClock) -> None:
    row = await stage.standing(lifetime=timedelta(hours=2))
    clock.set(row.expires_at - timedelta(minutes=9))
    with pytest.raises(UserError, match="Extend it first"):
        await give(stage)


async def test_neither_a_team_mate_nor_a_stranger_gets_access_but_whoever_it_is_shared_with(stage: Stage) -> None:
    await stage.standing()
    with pytest.raises(Refused, match="Ask u1 to share it"):
        await give(stage, "U0GRACE")
    share = ShareArguments.model_validate({"sandbox": "checkout", "people": ["U0GRACE"]})
    await stage.service.sharing.share(stage.call("share"), share)
    given = await give(stage, "U0GRACE")
    assert await works(stage, given)
    await stage.service.sharing.unshare(stage.call("unshare"), share)
    await stage.settle()
    assert not await works(stage, given)
    with pytest.raises(Refused):
        await give(stage, "U0GRACE")


async def test_one_that_does_not_stand_or_is_not_there_has_no_access(stage: Stage) -> None:
    with pytest.raises(NotFound):
        await give(stage)
    await stage.create()
    with pytest.raises(UserError, match="does not stand"):
        await give(stage)


async def test_revoking_ends_all_of_it_and_asking_again_gives_what_works(stage: Stage) -> None:
    await stage.standing()
    first, second = await give(stage), await give(stage)
    await stage.service.access.revoke(stage.call("revoke"), "checkout")
    with pytest.raises(UserError, match="this very moment"):
        await give(stage)
    await stage.settle()
    assert not await works(stage, first)
    assert not await works(stage, second)
    assert await works(stage, await give(stage))


async def test_revoking_ends_it_whatever_else_the_cluster_refuses(stage: Stage) -> None:
    row = await stage.standing()
    given = await give(stage)
    stage.double.faults.failing["patch resourcequotas"] = 403
    await stage.change(row.id, size="large", cpu=8, look_at=stage.clock.now())
    await stage.settle()
    assert (await stage.row(row.id)).problem is not None
    await stage.service.access.revoke(stage.call("revoke"), "checkout")
    await stage.settle()
    assert not await works(stage, given)
    assert (await stage.row(row.id)).problem is not None


async def test_handing_over_and_deleting_end_it(stage: Stage) -> None:
    await stage.standing("one")
    await stage.standing("two")
    one, two = await give(stage, name="one"), await give(stage, name="two")
    transfer = TransferArguments.model_validate({"sandbox": "one", "to": "U0GRACE"})
    await stage.service.life.transfer(stage.call("transfer"), transfer)
    await stage.service.life.delete(stage.call("delete"), "two")
    await stage.settle()
    assert not await works(stage, one)
    assert not await works(stage, two)
    assert await _live(stage) == []


async def test_who_has_lost_the_role_loses_access_and_whom_nobody_can_ask_about_keeps_it(
    stage: Stage, people: People
) -> None:
    await stage.standing("one", "U1")
    await stage.standing("two", "U2")
    await stage.standing("three", "U3")
    given = {user: await give(stage, user, name) for user, name in (("U1", "one"), ("U2", "two"), ("U3", "three"))}
    people.lost, people.unknown = {"U2"}, {"U3"}
    await stage.service.access.look_after()
    await stage.settle()
    assert {user: await works(stage, each) for user, each in given.items()} == {"U1": True, "U2": False, "U3": True}
    [entry] = await stage.trail("sandbox.access_revoked")
    assert json.loads(entry.before or "") == {"holder": "U2"}
    requests = len(stage.requests)
    await stage.service.access.look_after()  # what has ended is not looked after again
    assert len(stage.requests) == requests


async def test_what_changes_while_it_is_minted_means_that_nobody_sees_it(stage: Stage) -> None:
    row = await stage.standing()
    held = stage.double.faults.holds.hold("create serviceaccounts", "done")

    async def meanwhile() -> None:
        await held.reached()
        await stage.service.life.leave_to_team("U1", "Ada")
        held.release()

    leaving = asyncio.create_task(meanwhile())
    with pytest.raises(UserError, match="this very moment"):
        await give(stage, "U1")
    await leaving
    assert await _live(stage) == []
    await stage.settle()
    assert stage.double.object("Secret", ACCESS_SECRET, row.namespace) is None


async def test_the_trail_says_who_got_it_until_when_and_by_what_name_the_cluster_knows_it(stage: Stage) -> None:
    await stage.standing()
    given = await give(stage)
    token = yaml.safe_load(given.kubeconfig.get_secret_value())["users"][0]["user"]["token"]
    [entry] = await stage.trail("sandbox.access_given")
    assert given.until is not None
    assert entry.actor == "U1"
    after = json.loads(entry.after or "")
    assert after["until"] == given.until.isoformat()
    assert after["credential"]
    assert token not in repr(entry)
    assert [(each.user_id, each.until) for each in await _live(stage)] == [("U1", given.until)]


async def test_a_result_shows_its_secret_neither_as_text_nor_as_json(stage: Stage) -> None:
    await stage.standing()
    given = await give(stage)
    token = yaml.safe_load(given.kubeconfig.get_secret_value())["users"][0]["user"]["token"]
    assert token not in repr(given) + given.model_dump_json() + repr(given.model_dump())


async def test_the_cluster_being_down_hands_over_nothing(stage: Stage) -> None:
    await stage.standing()
    stage.double.faults.down = "unavailable"
    with pytest.raises(Unavailable):
        await give(stage)
    assert await _live(stage) == []
    assert await stage.trail("sandbox.access_given") == []


async def _live(stage: Stage) -> list[SandboxAccessRow]:
    async with stage.database.reading() as session:
        rows = (await session.execute(select(SandboxAccessRow))).scalars().all()
    return [row for row in rows if row.until > stage.clock.now()]


class TestLogin:
    @pytest.fixture
    def settings(self) -> SandboxSettings:
        oidc = {
            "issuer": "https://id.example",
            "client_id": "kubectl",
            "people": {"U1": "oidc:ada@example.com"},
            "group": "oidc:{team}",
        }
        return SandboxSettings.model_validate({"grace": "none", "access": {"oidc": oidc}})

    async def test_whom_the_cluster_knows_logs_in_and_holds_no_secret(self, stage: Stage) -> None:
        row = await stage.standing()
        given = await give(stage)
        text = given.kubeconfig.get_secret_value()
        assert given.until is None
        assert "token:" not in text
        user = yaml.safe_load(text)["users"][0]["user"]["exec"]
        assert user["args"][:2] == ["oidc-login", "get-token"]
        assert "--oidc-issuer-url=https://id.example" in user["args"]
        binding = stage.double.object("RoleBinding", "platform-bot-sandbox", row.namespace)
        assert binding is not None
        assert [(each["kind"], each["name"]) for each in binding["subjects"]] == [
            ("ServiceAccount", "sandbox-user"),
            ("User", "oidc:ada@example.com"),
            ("Group", "oidc:default"),
        ]
        assert await _live(stage) == []

    async def test_others_get_a_token(self, stage: Stage) -> None:
        await stage.standing(user_id="U2")
        assert (await give(stage, "U2")).until is not None


# --- rules and views ----------------------------------------------------------------------------------------------------


def test_access_lasts_as_wanted_but_not_beyond_the_end_and_at_least_ten_minutes(clock: FakeClock) -> None:
    now, hours = clock.now(), timedelta(hours=1)
    assert lasting(8 * hours, now, now + 9 * hours) == 8 * hours
    assert lasting(8 * hours, now, now + 2 * hours) == 2 * hours
    assert lasting(timedelta(minutes=10), now, now + 2 * hours) == timedelta(minutes=10)
    assert lasting(8 * hours, now, now + timedelta(minutes=10)) == timedelta(minutes=10)
    with pytest.raises(ValueError, match="ten minutes"):
        lasting(8 * hours, now, now + timedelta(minutes=10) - timedelta(seconds=1))


AUTHORITY = "-----BEGIN CERTIFICATE-----\n" + "QUJD" * 600 + "\n-----END CERTIFICATE-----\n"


def test_a_kubeconfig_holds_the_authority_over_several_lines_and_reads_back_whole() -> None:
    text = kubeconfig("one", "sbx-one", Server("https://k.example", AUTHORITY, "kubernetes"), Token("secret"))
    cluster = yaml.safe_load(text)["clusters"][0]["cluster"]
    assert base64.b64decode(cluster["certificate-authority-data"]).decode() == AUTHORITY
    assert cluster["tls-server-name"] == "kubernetes"
    assert max(map(len, text.splitlines())) < 120


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (Server("https://k.example"), {"server": "https://k.example"}),
        (
            Server("https://k.example", unverified=True),
            {"server": "https://k.example", "insecure-skip-tls-verify": True},
        ),
    ],
)
def test_a_kubeconfig_says_how_the_server_is_checked(server: Server, said: dict[str, Any]) -> None:
    assert yaml.safe_load(kubeconfig("one", "ns", server, Login("kubectl", ["x"])))["clusters"][0]["cluster"] == said


def test_a_token_shows_itself_in_no_repr() -> None:
    assert "secret" not in repr(Token("secret"))


def test_pieces_are_whole_lines_and_together_the_whole() -> None:
    text = "".join(f"{number} {'x' * 50}\n" for number in range(100))
    parts = pieces(text, 700)
    assert "".join(parts) == text
    assert all(len(part) <= 700 and part.endswith("\n") for part in parts)
    assert pieces("a" * 900 + "\nb\n", 700) == ["a" * 900 + "\n", "b\n"]


async def test_a_long_kubeconfig_fits_into_slacks_blocks(stage: Stage) -> None:
    await stage.standing()
    given = await give(stage)
    text = kubeconfig("one", "ns", Server("https://k.example", AUTHORITY * 4), Token("t" * 2000))
    reply = views.given(given.model_copy(update={"kubeconfig": SecretStr(text)}))
    shown = reply.to_payload()["blocks"]
    code = [block["text"]["text"] for block in shown if block["type"] == "section" and "```" in block["text"]["text"]]
    assert len(code) > 3
    assert "\n".join(part.removeprefix("```\n").removesuffix("\n```") for part in code[:-1]) == text.rstrip()
    assert "KUBECONFIG" in code[-1]


def test_the_commands_are_declared_as_they_must_be() -> None:
    assert GROUP.commands["access"].credential
    assert GROUP.commands["revoke"].sensitive
