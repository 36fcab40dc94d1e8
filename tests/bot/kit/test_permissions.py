"""Permission patterns: what each allows is checked against the permissions themselves, for every pattern there may be."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calls.admit import limited
from bot.kit.call import Principal
from bot.kit.permissions import checked_permission, common, covering, covers, is_permission, narrowed

_WORDS = ("sandbox", "access", "list", "show")
_ALL = [f"{group}.{verb}" for group, verb in product(_WORDS, _WORDS)]
_PATTERNS = st.sampled_from(["*", *_ALL, *(f"{word}.*" for word in _WORDS), *(f"*.{word}" for word in _WORDS)])
_SETS = st.frozensets(_PATTERNS, max_size=4)
_TEAMS = st.dictionaries(st.sampled_from(["pay", "core", "web"]), _SETS, max_size=3)


def _allowed(patterns: frozenset[str]) -> set[str]:
    """What they allow, found without the code under test."""
    found = set()
    for permission in _ALL:
        group, verb = permission.split(".")
        if patterns & {"*", permission, f"{group}.*", f"*.{verb}"}:
            found.add(permission)
    return found


@given(_PATTERNS, _PATTERNS)
def test_what_two_patterns_have_in_common_is_a_pattern_for_what_both_allow(one: str, other: str) -> None:
    both = common(one, other)
    assert both == common(other, one)
    assert (_allowed(frozenset({both})) if both else set()) == _allowed(frozenset({one})) & _allowed(frozenset({other}))
    assert both is None or is_permission(both)


@given(_SETS, _SETS)
def test_narrowing_leaves_what_both_allow(patterns: frozenset[str], limits: frozenset[str]) -> None:
    assert _allowed(narrowed(patterns, limits)) == _allowed(patterns) & _allowed(limits)


@given(_SETS, _PATTERNS)
def test_a_set_covers_a_pattern_only_if_it_allows_all_of_it(patterns: frozenset[str], pattern: str) -> None:
    if covers(patterns, pattern):
        assert _allowed(frozenset({pattern})) <= _allowed(patterns)


@given(_SETS, st.sampled_from(_ALL))
def test_a_permission_is_covered_exactly_when_it_is_allowed(patterns: frozenset[str], permission: str) -> None:
    assert covers(patterns, permission) is (permission in _allowed(patterns))
    assert (not covering(permission).isdisjoint(patterns)) is (permission in _allowed(patterns))


@given(_SETS, _TEAMS, st.sampled_from(_ALL), st.sampled_from(["pay", "core", "web", "other"]))
def test_somebody_may_for_a_team_what_counts_for_it_or_for_all(
    everywhere: frozenset[str], scoped: dict[str, frozenset[str]], permission: str, team: str
) -> None:
    person = Principal("U1", "ada", permissions=everywhere, scoped=scoped)
    here = permission in _allowed(everywhere) | _allowed(scoped.get(team, frozenset()))
    assert person.may(permission, team=team) is here
    assert person.may(permission) is any(permission in _allowed(each) for each in (everywhere, *scoped.values()))
    teams = person.teams_where(permission)
    assert here is (teams is None or team in teams)


@given(_SETS, _TEAMS, _SETS, st.sampled_from(_ALL), st.sampled_from(["pay", "core"]))
def test_a_token_narrows_what_its_owner_may_and_never_widens_it(
    everywhere: frozenset[str], scoped: dict[str, frozenset[str]], limits: frozenset[str], permission: str, team: str
) -> None:
    person = Principal("U1", "ada", permissions=everywhere, scoped=scoped)
    narrow = limited(person, limits)
    assert narrow.may(permission, team=team) is (person.may(permission, team=team) and permission in _allowed(limits))
    assert narrow.may(permission) is (person.may(permission) and permission in _allowed(limits))
    assert limited(person, None) is person


@pytest.mark.parametrize("text", ["*", "sandbox.create", "sandbox.*", "*.list", "on-call.page2"])
def test_what_looks_like_a_permission_is_one(text: str) -> None:
    assert checked_permission(text) == text


@pytest.mark.parametrize(
    "text", ["", "sandbox", "*.*", "Sandbox.create", "a.b.c", "sandbox.", ".list", "**", "a.b*", "a b.c"]
)
def test_what_does_not_is_told_what_one_looks_like(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as sandbox\.create, sandbox\.\*, \*\.list or \*"):
        checked_permission(text)
