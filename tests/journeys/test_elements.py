"""Every kind of field: model -> form -> filled in by a person in a browser -> value in the handler. Then forms that do more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect
from pydantic import BaseModel, Field, create_model

from bot.kit.arguments import Argument, Kind
from bot.kit.blocks import actions, command_button, context, section
from bot.kit.call import Call, Principal
from bot.kit.declare import EntryFields, Form, Group
from bot.kit.fields import Bytes, Channel, Choice, Entries, Lookup, Moment, Several, User, Users
from bot.kit.replies import Reply
from bot.kit.units import Duration
from bot.wiring import GROUPS
from playground.slack import Workspace
from tests.journeys.browsing import PATIENCE, Demo, demo, picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

Fill = Callable[[Locator, str], Awaitable[None]]
"""What a person does in the form with the field of that label."""


def written(text: str) -> Fill:
    async def fill(form: Locator, label: str) -> None:
        await form.get_by_role("textbox", name=label, exact=True).fill(text)

    return fill


def set_to(value: str) -> Fill:
    async def fill(form: Locator, label: str) -> None:
        await form.get_by_label(label, exact=True).fill(value)

    return fill


def ticked(option: str) -> Fill:
    async def fill(form: Locator, label: str) -> None:
        await form.get_by_label(label, exact=True).get_by_label(option, exact=True).check()

    return fill


def picked(*choices: tuple[str, str]) -> Fill:
    """For each, writes the first and takes the option that is then called the second."""

    async def fill(form: Locator, label: str) -> None:
        box = form.get_by_role("combobox", name=label, exact=True)
        for typed, option in choices:
            await box.click()
            await box.press_sequentially(typed)
            await form.get_by_role("option", name=option, exact=True).click()
        await box.press("Tab")

    return fill


@dataclass(frozen=True)
class Row:
    """`value` is what the handler must get; ids are looked up in the workspace. `typed`: the same as typed after the slash
    command, where that can be done."""

    name: str
    kind: Kind
    annotation: Any
    fill: Fill
    value: Any
    typed: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    def expected(self, workspace: Workspace) -> Any:
        return self.value(workspace) if callable(self.value) else self.value

    @property
    def definition(self) -> Any:
        return (self.annotation, Field(**self.limits))


SERVICES = tuple(f"service-{number:03}" for number in range(150))  # more than a select holds
Service = Literal[SERVICES]  # type: ignore[valid-type] # made, so that nobody must write 150 of them
LONG = "First line\nand a <second> & *third*\n" + "x" * 200

ROWS = [
    Row(
        "short_text",
        Kind.TEXT,
        str,
        written("Ada's & <new> *thing*"),
        "Ada's & <new> *thing*",
        limits={"max_length": 60},
    ),
    Row("long_text", Kind.TEXT, str, written(LONG), LONG, limits={"max_length": 500}),
    Row("few_choices", Kind.CHOICE, Literal["small", "medium", "large"], ticked("medium"), "medium", "MEDIUM"),
    Row("some_choices", Kind.CHOICE, Literal["mon", "tue", "wed", "thu", "fri"], picked(("th", "thu")), "thu", "thu"),
    Row("many_choices", Kind.CHOICE, Service, picked(("-14", "service-142")), "service-142", "service-142"),
    Row("yes_or_no", Kind.BOOLEAN, bool, ticked("Yes"), True, "yes"),
    Row("whole_number", Kind.INTEGER, int, written("7"), 7, "7", {"ge": 1, "le": 9}),
    Row("number", Kind.DECIMAL, Decimal, written("2.50"), Decimal("2.50"), "2.50", {"ge": 0, "le": 10}),
    Row("day", Kind.DATE, date, set_to("2026-12-24"), date(2026, 12, 24), "2026-12-24"),
    # Ada sits in Berlin: an hour ahead of UTC in winter.
    Row(
        "moment",
        Kind.MOMENT,
        Moment,
        set_to("2026-12-01T14:00"),
        datetime(2026, 12, 1, 13, tzinfo=UTC),
        "2026-12-01 14:00",
    ),
    Row("duration", Kind.DURATION, Duration, written("1d12h"), timedelta(hours=36), "36h"),
    Row("size", Kind.SIZE, Bytes, written("10Gi"), 10 * 1024**3, "10Gi"),
    Row(
        "person",
        Kind.USER,
        User,
        picked(("gra", "Grace Hopper On-call engineer")),
        lambda at: at.user("grace").id,
        "@grace",
    ),
    Row(
        "people",
        Kind.USERS,
        Users,
        picked(("lin", "Linus Pauling Engineering manager"), ("gra", "Grace Hopper On-call engineer")),
        lambda at: (at.user("linus").id, at.user("grace").id),
        "@linus @grace",
    ),
    Row("channel", Kind.CHANNEL, Channel, picked(("ale", "alerts")), lambda at: at.channel("alerts").id, "#alerts"),
    Row(
        "several_choices",
        Kind.CHOICES,
        Annotated[tuple[Literal["red", "green", "blue"], ...], Several],
        picked(("blu", "blue"), ("re", "red")),
        ("blue", "red"),
        "blue, red",
    ),
    Row(
        "several_of_many",
        Kind.CHOICES,
        Annotated[tuple[Service, ...], Several],
        picked(("-14", "service-142"), ("-007", "service-007")),
        ("service-142", "service-007"),
        "service-142 service-007",
    ),
    Row("looked_up", Kind.LOOKUP, Annotated[str, Lookup("plants")], picked(("oa", "Oak tree")), "oak", "oak"),
]
PLANTS = {"oak": "Oak tree", "ash": "Ash tree", "rose": "Rose bush"}


async def test_the_table_holds_every_kind_there_is() -> None:
    assert {row.kind for row in ROWS} == set(Kind) - {Kind.ENTRIES}  # which are asked for one by one, below


class Nothing(BaseModel):
    """The result of commands whose arguments are what matters."""


class Order(BaseModel):
    """`plan` decides what stands below the fields; `remark` too, when one presses Enter in it."""

    plan: Literal["small", "large"]
    customer: str = Field(max_length=80)
    remark: str = Field(default="", max_length=80)


class Meal(BaseModel):
    """What else is asked for depends on the `dish`."""

    dish: Literal["soup", "cake"]
    extras: Entries = {}


class Customer(BaseModel):
    full_name: str = Field(max_length=80)


class Count(BaseModel):
    upto: int = Field(ge=1, le=1000)


class Counted(BaseModel):
    total: int


class Kinds:
    """Remembers what its commands were called with. `may_end` lets the slow one go on."""

    def __init__(self) -> None:
        self.got: list[tuple[str, BaseModel]] = []
        self.may_end = asyncio.Event()


def kinds_group() -> Group[Kinds]:
    """A command for each row, one with all of them, and forms that do more than ask."""
    group: Group[Kinds] = Group("kinds", summary="A field of every kind", service=Kinds)

    def declare(verb: str, rows: Sequence[Row]) -> None:
        definitions: dict[str, Any] = {row.name: row.definition for row in rows}
        arguments = create_model("Arguments", **definitions)

        @group.command(
            verb,
            arguments=arguments,
            result=Nothing,
            permission="kinds.fill",
            summary=f"Asks for {verb.replace('-', ' ')}",
            view=lambda _result: Reply("Thanks"),
        )
        async def run(service: Kinds, call: Call, arguments: BaseModel) -> Nothing:
            service.got.append((call.command, arguments))
            return Nothing()

    for row in ROWS:
        declare(row.name.replace("_", "-"), [row])
    declare("everything", ROWS)

    @group.options("plants")
    async def plants(service: Kinds, principal: Principal, typed: str) -> Sequence[Choice]:
        return [Choice(value, label) for value, label in PLANTS.items() if typed.lower() in label.lower()]

    async def order_form(service: Kinds, principal: Principal, filled: Mapping[str, str]) -> Form:
        price = {"small": "10", "large": "90"}.get(filled.get("plan", ""), "?")
        notes = [context(f"Costs {price} a month. Remark: {filled.get('remark', 'none')}")]
        return Form(
            notes=[*notes, actions(command_button("New customer …", "kinds.customer", {}))],
            watch=frozenset({"plan", "remark"}),
        )

    @group.command(
        "order",
        arguments=Order,
        result=Nothing,
        permission="kinds.fill",
        summary="Order something",
        view=lambda _result: Reply("Ordered"),
        form=order_form,
    )
    async def order(service: Kinds, call: Call, arguments: Order) -> Nothing:
        service.got.append((call.command, arguments))
        return Nothing()

    async def meal_form(service: Kinds, principal: Principal, filled: Mapping[str, str]) -> Form:
        size = Argument("extras.size", Kind.SIZE, "Size", required=True)
        heat = Argument("extras.heat", Kind.CHOICE, "Heat", False, default="mild", choices=("mild", "hot"))
        candles = Argument("extras.candles", Kind.INTEGER, "Candles", required=False, default="3")
        dish = filled.get("dish", "")
        asked = {"soup": (size, heat), "cake": (size, candles)}.get(dish, ())
        return Form(entries={"extras": EntryFields(dish, asked)}, watch=frozenset({"dish"}))

    @group.command(
        "meal",
        arguments=Meal,
        result=Nothing,
        permission="kinds.fill",
        summary="Order a meal",
        view=lambda _result: Reply("Ordered"),
        form=meal_form,
    )
    async def meal(service: Kinds, call: Call, arguments: Meal) -> Nothing:
        service.got.append((call.command, arguments))
        return Nothing()

    @group.command(
        "customer",
        arguments=Customer,
        result=Nothing,
        permission="kinds.fill",
        summary="Add a customer",
        view=lambda _result: Reply("Added"),
    )
    async def customer(service: Kinds, call: Call, arguments: Customer) -> Nothing:
        service.got.append((call.command, arguments))
        return Nothing()

    @group.command(
        "count",
        arguments=Count,
        result=Counted,
        permission="kinds.fill",
        summary="Counts, slowly",
        view=lambda result: Reply(f"{result.total}", [section(f"That makes *{result.total}*.")]),
        progress=True,
    )
    async def count(service: Kinds, call: Call, arguments: Count) -> Counted:
        await service.may_end.wait()
        return Counted(total=sum(range(arguments.upto + 1)))

    return group


async def opened(page: Page, verb: str, typed: str = "") -> Locator:
    box = page.get_by_test_id("composer-field")
    await box.fill(f"/platform kinds {verb} {typed}")
    await box.press("Enter")
    form = page.get_by_role("dialog", name=f"{verb.capitalize()} kinds")
    await expect(form).to_be_visible(timeout=PATIENCE)
    return form


@dataclass
class Stage:
    """The demo with the group in it, and Ada's browser."""

    demo: Demo
    kinds: Kinds
    page: Page

    @property
    def workspace(self) -> Workspace:
        return self.demo.playground.slack.workspace

    async def form(self, verb: str, typed: str = "") -> Locator:
        ada = self.demo.playground.slack.person("ada")
        if ada.view is not None:  # a test before this one failed in it
            await ada.close(ada.view, all_views=True)
        return await opened(self.page, verb, typed)

    async def submitted(self, form: Locator, verb: str) -> BaseModel:
        """Sends the form; what the handler then got."""
        before = len(self.kinds.got)
        await form.get_by_test_id("modal-submit").click()
        await expect(form).to_be_hidden(timeout=PATIENCE)
        await self.demo.playground.slack.wait_for(lambda: len(self.kinds.got) > before)
        command, arguments = self.kinds.got[-1]
        assert command == f"kinds.{verb}"
        return arguments


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    directory: Path = tmp_path_factory.mktemp("demo")
    group = kinds_group()
    settings = {"access": {"roles": {"developer": ["sandbox.*", "kinds.*"]}}}
    async with demo(directory, [*GROUPS, group], settings) as world, world.look() as page:
        kinds = world.parts.services["kinds"]
        assert isinstance(kinds, Kinds)
        yield Stage(world, kinds, page)
        assert world.problems == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_what_a_person_fills_in_is_what_the_handler_gets(stage: Stage, row: Row) -> None:
    verb = row.name.replace("_", "-")
    form = await stage.form(verb)
    await row.fill(form, row.label)
    arguments = await stage.submitted(form, verb)
    assert getattr(arguments, row.name) == row.expected(stage.workspace)


async def test_all_kinds_stand_in_one_form_and_what_was_typed_already_is_filled_in(stage: Stage) -> None:
    typed = " ".join(f'{row.name}="{row.typed}"' for row in ROWS if row.typed)
    form = await stage.form("everything", typed)
    for row in ROWS:
        if not row.typed:
            await row.fill(form, row.label)
    await picture(stage.page, "elements")
    arguments = await stage.submitted(form, "everything")
    assert arguments.model_dump() == {row.name: row.expected(stage.workspace) for row in ROWS}


async def test_a_watched_field_changes_what_stands_below_and_loses_nothing(stage: Stage) -> None:
    form = await stage.form("order")
    await expect(form).to_contain_text("Costs ? a month")
    await form.get_by_role("textbox", name="Customer").fill("Grace")
    await form.get_by_label("large").check()
    await expect(form).to_contain_text("Costs 90 a month")
    await expect(form.get_by_role("textbox", name="Customer")).to_have_value("Grace")
    await expect(form.get_by_label("large")).to_be_checked()
    await form.get_by_label("small").check()
    await expect(form).to_contain_text("Costs 10 a month")
    remark = form.get_by_role("textbox", name="Remark")
    await remark.fill("soon")
    await remark.press("Enter")
    await expect(form).to_contain_text("Remark: soon")
    await expect(remark).to_be_focused()
    await remark.fill("later")
    arguments = await stage.submitted(form, "order")
    assert arguments == Order(plan="small", customer="Grace", remark="later")


async def test_entries_are_asked_for_one_by_one_and_are_others_when_the_choice_is_another(stage: Stage) -> None:
    form = await stage.form("meal")
    await expect(form.get_by_role("textbox", name="Size")).to_have_count(0)
    await form.get_by_label("soup").check()
    await form.get_by_role("textbox", name="Size").fill("1Gi")
    await form.get_by_label("hot").check()
    await form.get_by_label("cake").check()
    await expect(form.get_by_label("hot")).to_have_count(0)
    await expect(form.get_by_role("textbox", name="Size")).to_have_value("")  # it was the soup's
    await form.get_by_role("textbox", name="Size").fill("2Gi")
    candles = form.get_by_role("textbox", name="Candles")
    await expect(candles).to_have_value("3")
    await candles.fill("5")
    assert await stage.submitted(form, "meal") == Meal(dish="cake", extras={"size": "2Gi", "candles": "5"})


async def test_a_button_in_a_form_pushes_a_second_one_and_the_first_is_as_it_was(stage: Stage) -> None:
    form = await stage.form("order")
    await form.get_by_label("small").check()
    await form.get_by_role("textbox", name="Customer").fill("Grace")
    await form.get_by_role("button", name="New customer").click()
    pushed = stage.page.get_by_role("dialog", name="Customer kinds")
    await pushed.get_by_role("textbox", name="Full name").fill("Grace Brewster Hopper")
    assert await stage.submitted(pushed, "customer") == Customer(full_name="Grace Brewster Hopper")
    await expect(form.get_by_role("textbox", name="Customer")).to_have_value("Grace")
    await expect(form.get_by_label("small")).to_be_checked()
    assert await stage.submitted(form, "order") == Order(plan="small", customer="Grace")


async def test_somebody_whom_the_bot_has_never_seen_finds_and_is_told_the_same(stage: Stage) -> None:
    async with stage.demo.look("grace") as page:
        await picked(("oa", "Oak tree"))(await opened(page, "looked-up"), "Looked up")
    async with stage.demo.look("linus") as page:
        form = await opened(page, "order")
        await form.get_by_label("large").check()
        await expect(form).to_contain_text("Costs 90 a month")


async def test_a_form_shows_that_its_command_is_running_and_then_its_result(stage: Stage) -> None:
    form = await stage.form("count")
    await form.get_by_role("textbox", name="Upto").fill("100")
    await form.get_by_test_id("modal-submit").click()
    await expect(form).to_contain_text("Working on it")
    stage.kinds.may_end.set()
    await expect(form).to_contain_text("That makes 5050.", timeout=PATIENCE)
    await picture(stage.page, "result-in-form")
    await form.get_by_role("button", name="Close").last.click()
    await expect(form).to_be_hidden()


async def test_a_mistake_is_shown_at_its_field_and_nothing_is_lost(stage: Stage) -> None:
    form = await stage.form("duration")
    duration = form.get_by_role("textbox", name="Duration")
    await duration.fill("soon")
    await form.get_by_test_id("modal-submit").click()
    await expect(form.get_by_test_id("field-error").filter(visible=True)).to_contain_text(
        "Must be a duration such as 36h"
    )
    await duration.fill("2h")
    arguments = await stage.submitted(form, "duration")
    assert arguments.model_dump() == {"duration": timedelta(hours=2)}
