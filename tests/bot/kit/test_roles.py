"""What the access settings make of people: teams, roles and for whose things they count."""

import pytest

from bot.kit.access import BUILT_IN, AccessSettings
from bot.kit.permissions import is_permission
from bot.kit.roles import Person, Rules


def rules(**settings: object) -> Rules:
    return Rules(AccessSettings.model_validate(settings))


MEMBER = Person("U0ADA", "ada", "Europe/Berlin", full_member=True, domain="acme.example")
GUEST = Person("U0GUEST", "margaret", "UTC", full_member=False, domain="acme.example")


def test_with_nothing_set_a_full_member_is_developer_of_team_default_and_a_guest_nothing() -> None:
    ada = rules().principal(MEMBER)
    assert (set(ada.teams), set(ada.roles), ada.team, ada.zone) == (
        {"default"},
        {"developer"},
        "default",
        "Europe/Berlin",
    )
    assert ada.may("sandbox.create", team="default")
    assert not ada.may("sandbox.create", team="other")
    guest = rules().principal(GUEST)
    assert (guest.teams, guest.held) == (frozenset(), ())
    assert not any(guest.may(permission) for permission in ("sandbox.list", "access.whoami"))


@pytest.mark.parametrize("members", [{"groups": ["@pay"]}, {"users": ["U0ADA"]}, {"domains": ["ACME.example"]}])
def test_a_team_is_made_of_user_groups_ids_and_domains(members: dict[str, list[str]]) -> None:
    ada = rules(teams={"pay": members, "core": {}}).principal(MEMBER, frozenset({"@pay"}))
    assert ada.teams == {"pay"}
    assert ada.may("sandbox.create", team="pay")
    assert not ada.may("sandbox.create", team="default")


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ({"groups": ["@sre", "S0SRE"]}, "user group S0SRE"),
        ({"users": ["U0ADA"]}, "named by user id"),
        ({"domains": ["acme.example"]}, "e-mail domain acme.example"),
        ({"teams": ["pay"]}, "team pay"),
    ],
)
@pytest.mark.parametrize(("scope", "where"), [("own", {"pay"}), ("all", None), (["core"], {"core"})])
def test_a_grant_counts_where_it_says(
    to: dict[str, list[str]], why: str, scope: object, where: set[str] | None
) -> None:
    settings = {
        "everyone": [],
        "teams": {"pay": {"users": ["U0ADA"]}, "core": {}},
        "grants": [{"roles": ["oncall"], "to": to, "teams": scope}],
    }
    ada = rules(**settings).principal(MEMBER, frozenset({"S0SRE"}))
    [held] = ada.held
    assert (held.role, held.teams, held.by) == ("oncall", where, why)
    for team in ("pay", "core", "default"):
        assert ada.may("alert.ack", team=team) is (where is None or team in where)


def test_what_somebody_has_for_being_in_a_team_is_not_carried_into_their_others() -> None:
    teams = {"pay": {"users": ["U0ADA"]}, "core": {"users": ["U0ADA"]}}
    by_team = [{"roles": ["developer"], "to": {"teams": ["pay"]}}]
    ada = rules(everyone=[], teams=teams, grants=by_team).principal(MEMBER)
    assert (ada.may("sandbox.create", team="pay"), ada.may("sandbox.create", team="core")) == (True, False)
    by_id = [{"roles": ["developer"], "to": {"teams": ["pay"], "users": ["U0ADA"]}}]
    ada = rules(everyone=[], teams=teams, grants=by_id).principal(MEMBER)
    assert ada.may("sandbox.create", team="core")


def test_who_is_in_no_group_gets_nothing_from_it() -> None:
    settings = {"everyone": [], "grants": [{"roles": ["admin"], "to": {"groups": ["@sre"], "users": ["U0BOSS"]}}]}
    assert rules(**settings).principal(MEMBER).held == ()


def test_a_guest_counts_where_their_id_or_group_is_named_but_not_by_domain_nor_as_everyone() -> None:
    by_domain = {"grants": [{"roles": ["admin"], "to": {"domains": ["acme.example"]}}]}
    assert rules(**by_domain).principal(GUEST).held == ()
    by_id = {"grants": [{"roles": ["viewer"], "to": {"users": ["U0GUEST"]}}]}
    guest = rules(**by_id).principal(GUEST)
    assert (set(guest.roles), set(guest.teams)) == ({"viewer"}, {"default"})
    by_group = {"teams": {"pay": {"groups": ["@pay"]}}, "grants": [{"roles": ["viewer"], "to": {"teams": ["pay"]}}]}
    guest = rules(**by_group).principal(GUEST, frozenset({"@pay"}))
    assert (set(guest.roles), set(guest.teams)) == ({"viewer"}, {"pay"})


def test_who_has_left_has_nothing_however_they_are_named() -> None:
    everything = {
        "teams": {"pay": {"users": ["U0ADA"]}},
        "grants": [{"roles": ["admin"], "to": {"users": ["U0ADA"], "groups": ["@sre"]}, "teams": "all"}],
    }
    left = Person("U0ADA", "ada", "UTC", full_member=False, gone=True)
    principal = rules(**everything).principal(left, frozenset({"@sre"}))
    assert (principal.teams, principal.held, principal.may("sandbox.list")) == (frozenset(), (), False)


def test_a_built_in_role_can_be_defined_anew_and_others_added() -> None:
    changed = rules(everyone=["viewer", "cook"], roles={"viewer": ["cost.show"], "cook": ["kitchen.*"]})
    ada = changed.principal(MEMBER)
    assert ada.may("cost.show")
    assert ada.may("kitchen.cook")
    assert not ada.may("sandbox.list")
    assert changed.roles_with("kitchen.cook") == ("admin", "cook")


def test_built_in_roles_hold_patterns_only_and_admin_alone_may_everything() -> None:
    assert all(is_permission(pattern) for patterns in BUILT_IN.values() for pattern in patterns)
    assert [role for role, patterns in BUILT_IN.items() if "*" in patterns] == ["admin"]


def test_only_what_the_settings_name_is_asked_of_slack() -> None:
    assert (rules().groups, rules().asks_for_domains) == (frozenset(), False)
    named = rules(
        teams={"pay": {"groups": ["@pay"]}},
        grants=[{"roles": ["admin"], "to": {"groups": ["S0SRE"], "domains": ["acme.example"]}}],
    )
    assert (set(named.groups), named.asks_for_domains) == ({"@pay", "S0SRE"}, True)


def test_those_who_can_grant_are_the_admins_named() -> None:
    assert str(rules().granters) == "whoever runs this bot"
    grants = [
        {"roles": ["admin"], "to": {"groups": ["@sre"], "teams": ["core"]}, "teams": "all"},
        {"roles": ["viewer"], "to": {"users": ["U0NOT"]}},
    ]
    found = rules(teams={"core": {"users": ["U0LEAD"]}}, grants=grants).granters
    assert (found.groups, found.users, str(found)) == (("@sre",), ("U0LEAD",), "@sre or U0LEAD")
