"""Who may do what, and the names that calls get."""

import re

import pytest

from bot.kit.call import Principal
from bot.kit.ids import new_id, new_ref


@pytest.mark.parametrize(
    ("patterns", "permission", "allowed"),
    [
        ({"sandbox.create"}, "sandbox.create", True),
        ({"sandbox.create"}, "sandbox.delete", False),
        ({"sandbox.*"}, "sandbox.delete", True),
        ({"sandbox.*"}, "sandboxes.delete", False),
        ({"*"}, "incident.start", True),
        ({"incident.*", "alert.ack"}, "alert.ack", True),
        ({"sandbox"}, "sandbox.create", False),
        ({""}, "sandbox.create", False),
        (set(), "sandbox.create", False),
    ],
)
def test_a_permission_is_covered_by_its_own_name_its_group_or_the_star(
    patterns: set[str], permission: str, allowed: bool
) -> None:
    assert Principal("U1", "ada", permissions=frozenset(patterns)).may(permission) is allowed


def test_somebody_without_a_team_belongs_to_the_default_one() -> None:
    assert Principal("U1", "ada").team == "default"
    assert Principal("U1", "ada", teams=frozenset({"pay", "core"})).team == "core"


def test_references_are_short_distinct_and_free_of_look_alikes() -> None:
    references = {new_ref() for _ in range(1000)}
    assert len(references) == 1000
    assert all(re.fullmatch(r"c-[a-hjkmnp-z2-9]{10}", each) for each in references)
    assert len(new_id(6)) == 6
