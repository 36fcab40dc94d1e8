"""access whoami, who and roles: what they answer, and how it reads in Slack."""

from datetime import UTC, datetime

from bot.kit.access import AccessSettings
from bot.kit.call import Call, Principal, Surface
from bot.kit.roles import Person, Rules
from commands.access.use_cases.people import Roles
from commands.access.views import people as views

RULES = Rules(
    AccessSettings.model_validate(
        {
            "roles": {"deployer": ["sandbox.create", "*.list"]},
            "teams": {"pay": {"groups": ["@pay"]}, "core": {"users": ["U0ADA"]}},
            "grants": [
                {"roles": ["deployer"], "to": {"groups": ["@pay"]}},
                {"roles": ["admin"], "to": {"users": ["U0BOSS"]}, "teams": "all"},
                {"roles": ["viewer"], "to": {"domains": ["audit.example"]}, "teams": ["pay", "core"]},
            ],
        }
    )
)
ADA = RULES.principal(Person("U0ADA", "*ada* <!channel>", "UTC", full_member=True), frozenset({"@pay"}))
BOSS = RULES.principal(Person("U0BOSS", "boss", "UTC", full_member=False))
GUEST = RULES.principal(Person("U0GUEST", "guest", "UTC", full_member=False))


class Asked:
    """Everybody is the boss."""

    async def require(self, user_id: str, *, fresh: bool = False) -> Principal:
        return BOSS


def _call(principal: Principal) -> Call:
    return Call("c1", "access.whoami", principal, Surface.SLASH, datetime(2026, 11, 2, tzinfo=UTC))


async def test_whoami_says_teams_roles_where_they_come_from_and_what_they_allow() -> None:
    found = await Roles(Asked(), RULES).whoami(_call(ADA))
    assert found.teams == ("core", "pay")
    assert [(each.role, each.teams, each.by) for each in found.roles] == [
        ("developer", ("core", "pay"), "everyone"),
        ("deployer", ("core", "pay"), "user group @pay"),
    ]
    assert found.everywhere == ()
    assert {each.team: "sandbox.create" in each.permissions for each in found.for_teams} == {"core": True, "pay": True}


async def test_who_asks_for_somebody_else() -> None:
    found = await Roles(Asked(), RULES).who("U0BOSS")
    assert (found.user_id, found.everywhere) == ("U0BOSS", ("*",))
    assert [(each.role, each.teams, each.by) for each in found.roles] == [("admin", None, "named by user id")]


async def test_roles_says_what_each_may_and_to_whom_it_is_given() -> None:
    found = {each.role: each for each in (await Roles(Asked(), RULES).all()).roles}
    assert found["deployer"].permissions == ("*.list", "sandbox.create")
    assert found["deployer"].holders == ("@pay, for their own teams",)
    assert found["admin"].holders == ("U0BOSS, for all teams",)
    assert found["viewer"].holders == ("members with an address at audit.example, for teams pay and core",)
    assert found["developer"].holders == ("every full member, for their own teams",)
    assert found["oncall"].holders == ()


async def test_in_slack_names_are_harmless_and_everything_fits() -> None:
    roles = Roles(Asked(), RULES)
    for principal in (ADA, BOSS, GUEST):
        reply = views.standing(await roles.whoami(_call(principal)))
        shown = str(reply.to_payload())
        assert "<!channel>" not in shown
        assert "*ada*" not in shown
    assert "no role" in views.standing(await roles.whoami(_call(GUEST))).text
    assert "nobody" in str(views.roles(await roles.all()).to_payload())
    many = RULES.principal(Person("U0ADA", "ada", "UTC", full_member=True), frozenset({"@pay"}))
    wide = Principal(
        "U1",
        "x",
        many.teams,
        many.permissions,
        scoped={f"t{n}": frozenset({"a.b"}) for n in range(90)},
        held=many.held * 60,
    )
    views.standing(await roles.whoami(_call(wide))).to_payload()
