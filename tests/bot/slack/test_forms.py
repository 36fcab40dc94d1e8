"""Forms: whatever was typed before, Slack takes the view; what is filled in comes back as the command's arguments."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, create_model

from bot.calls.admit import validate
from bot.kit.arguments import Argument, Kind
from bot.kit.blocks import section
from bot.kit.call import Place
from bot.kit.declare import Command, EntryFields, Form, Group
from bot.kit.errors import FieldErrors
from bot.kit.replies import Reply
from bot.slack.forms import Origin, Submitted, field_errors, form_view, result_view, submitted, working_view
from bot.wiring import GROUPS
from playground.slack.block_kit import check_view, is_too_large
from playground.slack.forms import client_errors, entered, find_input, values_for
from tests.bot.kit.sample import Colour, Everything, Nothing, Service, Wide, sample_group

MAKE = sample_group().commands["make"]
PING = sample_group().commands["ping"]
WIRED = [command for group in GROUPS for command in group.commands.values()]
HERE = Origin(Place("C1", "1700000000.000100"), "https://hooks.example/commands/1")


def _command(arguments: type[BaseModel], summary: str = "Does it", verb: str = "go") -> Command:
    group: Group[Service] = Group("short", summary="Short", service=Service)

    @group.command(
        verb, arguments=arguments, result=Nothing, permission="short.go", summary=summary, view=lambda _: Reply("gone")
    )
    async def run(*_: object) -> Nothing:
        return Nothing()

    return group.commands[verb]


def _submission(view: dict[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    """The view as Slack hands it back after a person filled in `filled` and left the rest as it was."""
    values = values_for(view["blocks"], {})
    for name, value in filled.items():
        block, element = find_input(view["blocks"], name)
        values[block["block_id"]][element["action_id"]] = entered(element, value)
    assert client_errors(view["blocks"], values) == {}
    return view | {"id": "V1", "state": {"values": values}}


def _through(command: Command, typed: dict[str, str], filled: dict[str, Any]) -> BaseModel:
    """Model -> view -> state -> raw -> validated value."""
    found = submitted(_submission(form_view(command, typed, HERE), filled))
    assert found is not None
    assert found.command == command.name
    return validate(command, found.raw)


@pytest.mark.parametrize(
    ("typed", "filled", "arguments"),
    [
        ({}, {"name": "Checkout"}, Everything(name="checkout")),
        ({"name": "pay"}, {}, Everything(name="pay")),
        ({"name": "pay"}, {"name": "cart"}, Everything(name="cart")),
        ({"name": "pay", "colour": "green"}, {}, Everything(name="pay", colour=Colour.GREEN)),
        ({"name": "pay", "colour": "GREEN"}, {}, Everything(name="pay", colour=Colour.GREEN)),
        ({"name": "pay"}, {"colour": "green"}, Everything(name="pay", colour=Colour.GREEN)),
        ({"name": "pay", "region": "eu"}, {}, Everything(name="pay", region="EU")),
        ({"name": "pay"}, {"region": "US"}, Everything(name="pay", region="US")),
        ({"name": "pay", "count": "7"}, {}, Everything(name="pay", count=7)),
        ({"name": "pay"}, {"count": "9"}, Everything(name="pay", count=9)),
        ({"name": "pay"}, {"count": None}, Everything(name="pay", count=2)),
        ({"name": "pay", "ratio": "-0.25"}, {}, Everything(name="pay", ratio=Decimal("-0.25"))),
        ({"name": "pay"}, {"weight": "12.5"}, Everything(name="pay", weight=12.5)),
        ({"name": "pay", "lifetime": "36h"}, {}, Everything(name="pay", lifetime=timedelta(hours=36))),
        ({"name": "pay"}, {"lifetime": "1d 12h"}, Everything(name="pay", lifetime=timedelta(hours=36))),
        ({"name": "pay", "loud": "yes"}, {}, Everything(name="pay", loud=True)),
        ({"name": "pay", "loud": "yes"}, {"loud": None}, Everything(name="pay", loud=False)),
        ({"name": "pay"}, {"loud": ["yes"]}, Everything(name="pay", loud=True)),
        ({"name": "pay"}, {"notes": "one\ntwo"}, Everything(name="pay", notes="one\ntwo")),
    ],
)
def test_an_argument_of_every_kind_goes_through_a_form_and_back(
    typed: dict[str, str], filled: dict[str, Any], arguments: Everything
) -> None:
    assert _through(MAKE, typed, filled) == arguments


@pytest.mark.parametrize(
    ("typed", "filled", "arguments"),
    [
        ({}, {}, {}),
        ({"who": "<@U0ADALOVE|ada>"}, {}, {"who": "U0ADALOVE"}),
        ({}, {"who": "U0ADALOVE"}, {"who": "U0ADALOVE"}),
        ({"people": "<@U0ADALOVE|ada lovelace> U0ABC1234"}, {}, {"people": ("U0ADALOVE", "U0ABC1234")}),
        ({}, {"people": ["U0ADALOVE", "U0BOBBY01"]}, {"people": ("U0ADALOVE", "U0BOBBY01")}),
        ({"where": "<#C0GENERAL|general>"}, {}, {"where": "C0GENERAL"}),
        ({}, {"where": "C0GENERAL"}, {"where": "C0GENERAL"}),
        ({"sizes": "small, LARGE"}, {}, {"sizes": ("small", "large")}),
        ({"sizes": "large"}, {"sizes": []}, {"sizes": ()}),
        ({"sizes": "large"}, {"sizes": ["small"]}, {"sizes": ("small",)}),
        ({"volume": "512Mi"}, {}, {"volume": 512 * 1024**2}),
        ({}, {"volume": "1.5G"}, {"volume": 1_500_000_000}),
        ({"day": "2026-12-01"}, {}, {"day": date(2026, 12, 1)}),
        ({}, {"day": "2026-12-01"}, {"day": date(2026, 12, 1)}),
        ({"at": "2026-12-01T14:00+01:00"}, {}, {"at": datetime(2026, 12, 1, 13, 0, tzinfo=UTC)}),
        ({}, {"at": 1793610000}, {"at": datetime(2026, 11, 2, 9, 0, tzinfo=UTC)}),
        ({"thing": "x"}, {}, {"thing": "x"}),
        ({"extras": "image=nginx"}, {}, {"extras": {"image": "nginx"}}),
        ({}, {"extras": 'image=nginx\ntitle="two words"'}, {"extras": {"image": "nginx", "title": "two words"}}),
        ({}, {"thing": {"text": {"type": "plain_text", "text": "A thing"}, "value": "x"}}, {"thing": "x"}),
    ],
)
def test_people_channels_sizes_and_times_go_through_a_form_and_back(
    typed: dict[str, str], filled: dict[str, Any], arguments: dict[str, Any]
) -> None:
    assert _through(_command(Wide), typed, filled) == Wide(**arguments)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("who", "HOWDY"),
        ("who", "UNICORNS"),
        ("who", "<#C0GENERAL>"),
        ("who", "ada"),
        ("people", "HOWDY <#C0GENERAL> WORLD"),
        ("where", "<@U0ADALOVE>"),
        ("where", "GENERAL"),
        ("where", "D0ADA12345"),
        ("sizes", "huge"),
        ("day", "tomorrow"),
        ("at", "2026-12-01 14:00"),
        ("at", "0001-01-01T00:00+00:00"),
        ("thing", "x" * 76),
    ],
)
def test_what_slack_would_refuse_in_a_picker_is_left_empty(name: str, typed: str) -> None:
    view = form_view(_command(Wide), {name: typed}, HERE)
    _, element = find_input(view["blocks"], name)
    assert [key for key in element if key.startswith("initial")] == []
    assert check_view(view, "modal") == []


@given(st.dictionaries(st.sampled_from(sorted(Wide.model_fields)), st.text(max_size=100)))
def test_slack_takes_every_picker_whatever_was_typed_before(typed: dict[str, str]) -> None:
    assert check_view(form_view(_command(Wide), typed, HERE), "modal") == []


def test_a_command_without_arguments_has_a_form_with_nothing_to_fill_in() -> None:
    assert _through(PING, {}, {}) == Nothing()


@pytest.mark.parametrize("command", WIRED, ids=lambda command: command.name)
def test_the_examples_of_every_command_go_through_its_form(command: Command) -> None:
    typed = {field.name: field.example for field in command.fields if field.example}
    view = form_view(command, typed, HERE)
    assert check_view(view, "modal") == []
    assert _through(command, typed, {}) == validate(command, typed)


def test_a_needed_yes_or_no_may_be_answered_with_no() -> None:
    command = _command(create_model("Sure", sure=(bool, ...)))
    assert _through(command, {}, {}).model_dump() == {"sure": False}


def test_a_form_shows_its_words() -> None:
    view = form_view(MAKE, {}, HERE)
    assert (view["title"]["text"], view["submit"]["text"], view["close"]["text"]) == ("Make thing", "Make", "Cancel")
    name, colour, region = view["blocks"][1:4]
    assert name["element"]["placeholder"]["text"] == "e.g. checkout"
    assert (name["optional"], colour["optional"]) == (False, True)
    assert colour["hint"]["text"] == "What it is painted in."
    assert region["label"]["text"] == "Where"
    assert [option["value"] for option in region["element"]["options"]] == ["EU", "US"]
    assert view["blocks"][-1]["element"]["multiline"] is True


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("count", "0"),
        ("count", "10"),
        ("count", "2.5"),
        ("count", "many"),
        ("count", "nan"),
        ("count", "1e1"),
        ("count", "1_0"),
        ("count", " 3"),
        ("count", "٣"),
        ("ratio", "1.51"),
        ("ratio", "-2"),
        ("ratio", "inf"),
        ("ratio", "9" * 500),
        ("weight", "1e400"),
        ("colour", "purple"),
        ("colour", ""),
        ("region", "<!channel>"),
    ],
)
def test_what_does_not_fit_its_element_is_left_empty(name: str, typed: str) -> None:
    view = form_view(MAKE, {name: typed}, HERE)
    _, element = find_input(view["blocks"], name)
    assert not {"initial_value", "initial_option"} & set(element)
    assert check_view(view, "modal") == []


@given(st.dictionaries(st.sampled_from([each.name for each in MAKE.fields]), st.text(max_size=500)))
def test_slack_takes_the_form_whatever_was_typed_before(typed: dict[str, str]) -> None:
    view = form_view(MAKE, typed, HERE)
    assert check_view(view, "modal") == []
    assert not is_too_large(view)


def test_overlong_words_of_a_declaration_are_cut_to_slacks_limits() -> None:
    long = "word " * 2_000
    arguments = create_model(
        "Long",
        text=(str, Field(title=long, description=long, examples=[long], max_length=9_000)),
        choice=(Colour, Field(default=Colour.RED, title=long, description=long)),
    )
    command = _command(arguments, summary=long, verb="v" * 31)
    view = form_view(command, {"text": long * 2}, HERE)
    assert check_view(view, "modal") == []
    assert not is_too_large(view)


def test_hostile_words_in_a_form_do_not_act_as_markup() -> None:
    command = _command(create_model("Hostile", text=(str, Field(title="<!channel>"))), summary="<!channel> & more")
    summary = form_view(command, {}, HERE)["blocks"][0]
    assert summary["elements"][0]["text"] == "&lt;!channel&gt; &amp; more"


@pytest.mark.parametrize("origin", [HERE, Origin(Place("C1"), "https://x.example"), Origin(Place("C1")), Origin()])
def test_a_form_remembers_where_it_was_asked_for(origin: Origin) -> None:
    view = form_view(PING, {}, origin)
    assert len(view["private_metadata"]) <= 3000
    assert submitted(view) == Submitted("thing.ping", {}, origin)


def test_a_view_of_somebody_else_is_not_taken_for_a_form() -> None:
    assert submitted({"callback_id": "home", "state": {"values": {}}}) is None
    assert submitted({}) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "value", "values", "selected_option", "selected_options", "channel", "thread", "x"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
        | st.builds(
            lambda kind, value: {"type": kind, "value": value, "selected_option": value, "selected_options": value},
            st.sampled_from(["plain_text_input", "number_input", "static_select", "checkboxes", "datepicker"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(_JSON, _JSON.map(json.dumps) | st.text(max_size=20))
def test_no_state_crashes_the_decoder_and_all_it_gives_is_text(state: object, metadata: str) -> None:
    for garbage in (state, {"values": state}, {"values": {"name": state}}, {"values": {"name": {"value": state}}}):
        found = submitted({"callback_id": "form:thing.make", "state": garbage, "private_metadata": metadata})
        assert found is not None
        assert all(isinstance(value, str) for value in found.raw.values())
        place = found.origin.place
        assert place is None or (isinstance(place.channel, str) and isinstance(place.thread_ts, str | None))
        assert isinstance(found.origin.response_url, str | None)


def test_deeply_nested_metadata_does_not_crash_the_decoder() -> None:
    found = submitted({"callback_id": "form:thing.make", "private_metadata": "[" * 3000})
    assert found == Submitted("thing.make", {}, Origin())


def test_each_error_stands_at_its_field_and_begins_like_a_sentence() -> None:
    with pytest.raises(FieldErrors) as caught:
        validate(MAKE, {"count": "0", "loud": "maybe"})
    assert field_errors(form_view(MAKE, {}, HERE), caught.value.errors) == {
        "name": "Is needed",
        "count": "Must be at least 1",
        "loud": "Must be yes or no, not “maybe”",
    }


def test_what_belongs_to_no_field_stands_at_the_first() -> None:
    assert field_errors(form_view(MAKE, {}, HERE), {"": "you have too many"}) == {"name": "You have too many."}
    both = field_errors(form_view(MAKE, {}, HERE), {"name": "is taken", "": "you have too many.", "zzz": "is unknown"})
    assert both == {"name": "Is taken. You have too many. Is unknown."}


def test_without_fields_there_is_nowhere_to_show_an_error() -> None:
    assert field_errors(form_view(PING, {}, HERE), {"": "no"}) == {}


def test_an_overlong_error_is_cut() -> None:
    assert (
        max(map(len, field_errors(form_view(MAKE, {}, HERE), {"name": "x" * 9_000, "": "y" * 9_000}).values())) <= 2000
    )


@pytest.mark.parametrize(
    "reply",
    [Reply("Done."), Reply("x" * 9_000), Reply(""), Reply("Many", blocks=[section("x" * 3_000)] * 150)],
    ids=["short", "long", "empty", "many"],
)
def test_a_form_that_stays_open_shows_that_it_works_and_then_the_result(reply: Reply) -> None:
    for view in (working_view(MAKE), result_view(MAKE, reply)):
        assert check_view(view, "modal") == []
        assert "submit" not in view
        assert submitted(view) is None


def test_a_commands_own_form_adds_defaults_and_notes_and_watches_fields() -> None:
    form = Form(
        defaults={"colour": "green", "name": "cart"}, notes=[section("Costs 3 € a day")], watch=frozenset({"count"})
    )
    view = form_view(MAKE, {"name": "pay"}, HERE, form)
    assert check_view(view, "modal") == []
    assert view["blocks"][-1]["text"]["text"] == "Costs 3 € a day"
    watched = [block["block_id"] for block in view["blocks"] if block.get("dispatch_action")]
    assert watched == ["count"]
    found = submitted(_submission(view, {}))
    assert found is not None
    assert (found.raw["name"], found.raw["colour"]) == ("pay", "green")


def test_the_form_model_may_forbid_what_it_does_not_know() -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid")
        name: str

    assert _through(_command(Strict), {}, {"name": "x"}) == Strict(name="x")


# --- entries --------------------------------------------------------------------------------------------------------------


def _entries(of: str) -> Form:
    """What asks for the extras of a web server, or of a database."""
    title = Argument("extras.title", Kind.TEXT, "Title", required=False, default=of)
    size = Argument("extras.size", Kind.SIZE, "Size", required=True)
    asked = {"web": (title,), "database": (title, size), "nothing": ()}[of]
    return Form(entries={"extras": EntryFields(of, asked)}, watch=frozenset({"volume"}))


def test_each_entry_is_a_field_of_its_own_where_the_argument_stands() -> None:
    command = _command(Wide)
    view = form_view(command, {"extras": "title=Shop"}, HERE, _entries("database"))
    assert check_view(view, "modal") == []
    names = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    assert names == [*(each.name for each in command.fields if each.name != "extras"), "extras.title", "extras.size"]
    found = submitted(_submission(view, {"extras.size": "2Gi"}))
    assert found is not None
    assert {name: text for name, text in found.raw.items() if name.startswith("extras")} == {
        "extras.title": "Shop",
        "extras.size": "2Gi",
    }
    arguments = validate(command, found.raw)
    assert isinstance(arguments, Wide)
    assert arguments.extras == {"title": "Shop", "size": "2Gi"}


def test_what_was_filled_in_stays_while_the_entries_belong_to_the_same() -> None:
    held = submitted(_submission(form_view(_command(Wide), {}, HERE, _entries("web")), {"extras.title": "Shop"}))
    assert held is not None
    again = form_view(_command(Wide), held.raw, held.origin, _entries("web"), held.scopes)
    assert find_input(again["blocks"], "extras.title")[1]["initial_value"] == "Shop"


def test_what_was_filled_in_for_something_else_is_not_taken_for_it() -> None:
    held = submitted(_submission(form_view(_command(Wide), {}, HERE, _entries("web")), {"extras.title": "Shop"}))
    assert held is not None
    other = form_view(_command(Wide), held.raw, held.origin, _entries("database"), held.scopes)
    before = find_input(form_view(_command(Wide), {}, HERE, _entries("web"))["blocks"], "extras.title")[1]
    after = find_input(other["blocks"], "extras.title")[1]
    assert after["initial_value"] == "database"
    assert after["action_id"] != before["action_id"], "Slack would keep what stands there"


def test_no_entries_no_fields() -> None:
    view = form_view(_command(Wide), {}, HERE, _entries("nothing"))
    assert not any(block.get("block_id", "").startswith("extras") for block in view["blocks"])


def test_a_problem_of_an_entry_stands_at_its_field_and_else_at_the_first() -> None:
    problems = {"extras.title": "is too long", "extras.colour": "is unknown"}
    found = field_errors(form_view(_command(Wide), {}, HERE, _entries("web")), problems)
    assert found == {"extras.title": "Is too long", "who": "Is unknown."}
