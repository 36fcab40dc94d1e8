"""What goes into the sandbox commands, as people and programs write it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from bot.kit.problems import by_field
from commands.sandbox.sizes import Size
from commands.sandbox.values.basics import CreateArguments, ListArguments, SandboxDetails, SandboxList, WhichArguments
from storage.sandboxes import SandboxState


def _problems(model: type[BaseModel], **given: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return by_field(caught.value)


def test_a_name_is_all_that_is_needed() -> None:
    arguments = CreateArguments(name="Checkout-Fix")
    assert arguments == CreateArguments(name="checkout-fix", size=Size.SMALL, lifetime=None, purpose="")


def test_everything_may_be_said() -> None:
    arguments = CreateArguments.model_validate(
        {"name": "pay", "size": "large", "lifetime": "2 weeks", "purpose": "R&D <soon>"}
    )
    assert (arguments.size, arguments.lifetime, arguments.purpose) == (Size.LARGE, timedelta(days=14), "R&D <soon>")


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({}, {"name": "is needed"}),
        ({"name": "x"}, {"name": "must be 2 to 30 lower-case letters"}),
        ({"name": "x" * 61}, {"name": "must have at most 60 characters"}),
        ({"name": "pay", "size": "huge"}, {"size": "must be small, medium, large or custom, not “huge”"}),
        ({"name": "pay", "lifetime": "59m"}, {"lifetime": "must be at least 1h"}),
        ({"name": "pay", "lifetime": "-3d"}, {"lifetime": "must be a duration such as 36h"}),
        ({"name": "pay", "lifetime": 36}, {"lifetime": "must be a duration such as 36h"}),
        ({"name": "pay", "purpose": "x" * 301}, {"purpose": "must have at most 300 characters"}),
    ],
)
def test_what_is_wrong_with_a_new_sandbox_is_told_by_argument(given: dict[str, Any], problems: dict[str, str]) -> None:
    found = _problems(CreateArguments, **given)
    assert list(found) == list(problems)
    assert all(found[name].startswith(words) for name, words in problems.items())


@pytest.mark.parametrize(
    ("sandbox", "problem"), [("", "must not be empty"), ("x" * 81, "must have at most 80 characters")]
)
def test_an_existing_sandbox_is_named_by_something(sandbox: str, problem: str) -> None:
    assert _problems(WhichArguments, sandbox=sandbox) == {"sandbox": problem}


def test_a_list_is_ones_own_unless_the_teams_is_asked_for() -> None:
    assert ListArguments().everyone is False
    assert ListArguments.model_validate({"everyone": "yes"}).everyone is True


def test_results_survive_json_for_they_are_kept_and_sent() -> None:
    now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    details = SandboxDetails(
        id="abcd2345",
        name="checkout",
        state=SandboxState.READY,
        owner="U1",
        owner_name="Ada",
        team="pay",
        size=Size.SMALL,
        cpu=2,
        memory=4 * 1024**3,
        storage=20 * 1024**3,
        template="empty",
        deleted_at=now + timedelta(days=4),
        extensions=0,
        asleep=False,
        asleep_why=None,
        woken_until=None,
        hours="always",
        cost_per_day=Decimal("1.92"),
        asleep_per_day=Decimal("0.07"),
        currency="EUR",
        purpose="",
        namespace="sbx-pay-checkout-abcd",
        created_at=now,
        expires_at=now + timedelta(days=3),
        problem=None,
        version=1,
    )
    result = SandboxList(sandboxes=(details,), everyone=True, at=now)
    assert SandboxList.model_validate_json(result.model_dump_json()) == result
    with pytest.raises(ValidationError):
        SandboxDetails.model_validate(details.model_dump() | {"created_at": now.replace(tzinfo=None)})
