"""Every limit of Block Kit: what is just allowed passes, one more is refused with Slack's words and pointer."""

from collections.abc import Callable
from typing import Any

import pytest

from playground.slack.block_kit import check_message_blocks, check_options, check_view
from tests.playground.slack.conftest import Json, modal, plain, section, text_input

Check = Callable[[int], list[str]]


def of(length: int) -> str:
    return "x" * length


def options(count: int) -> list[Json]:
    return [{"text": plain(f"o{number}"), "value": str(number)} for number in range(count)]


def in_message(*blocks: Json) -> list[str]:
    return check_message_blocks(list(blocks))


def in_actions(**element: Any) -> list[str]:
    return in_message({"type": "actions", "elements": [{"action_id": "a", **element}]})


def in_input(**element: Any) -> list[str]:
    return check_view(modal({"type": "input", "label": plain("L"), "element": {"action_id": "a", **element}}), "modal")


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("B"), **more}


def confirm(**more: Any) -> Json:
    return {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n"), **more}


def url(length: int) -> str:
    return "https://a.example/".ljust(length, "x")


def select(**more: Any) -> Json:
    return {"type": "static_select", "options": options(1), **more}


def video(**more: Any) -> Json:
    needed = {"alt_text": "a", "title": plain("t"), "thumbnail_url": url(30), "video_url": url(30)}
    return {"type": "video", **needed, **more}


def rich_text(*inline: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(inline)}]}


def cells(columns: int) -> list[Json]:
    return [{"type": "raw_text", "text": "x"}] * columns


CHARACTERS: dict[str, tuple[int, str, Check]] = {
    "section text": (3000, "/blocks/0/text/text", lambda n: in_message(section(of(n)))),
    "section field": (
        2000,
        "/blocks/0/fields/0/text",
        lambda n: in_message({"type": "section", "fields": [plain(of(n))]}),
    ),
    "header": (150, "/blocks/0/text/text", lambda n: in_message({"type": "header", "text": plain(of(n))})),
    "context text": (
        3000,
        "/blocks/0/elements/0/text",
        lambda n: in_message({"type": "context", "elements": [plain(of(n))]}),
    ),
    "accessory's alt text": (
        2000,
        "/blocks/0/accessory/alt_text",
        lambda n: in_message(section(accessory={"type": "image", "alt_text": of(n), "image_url": url(30)})),
    ),
    "accessory's image url": (
        3000,
        "/blocks/0/accessory/image_url",
        lambda n: in_message(section(accessory={"type": "image", "alt_text": "a", "image_url": url(n)})),
    ),
    "overflow url": (
        3000,
        "/blocks/0/elements/0/options/0/url",
        lambda n: in_actions(type="overflow", options=[{"text": plain("x"), "value": "1", "url": url(n)}]),
    ),
    "context mrkdwn": (
        3000,
        "/blocks/0/elements/0/text",
        lambda n: in_message({"type": "context", "elements": [{"type": "mrkdwn", "text": of(n)}]}),
    ),
    "video title": (199, "/blocks/0/title/text", lambda n: in_message(video(title=plain(of(n))))),
    "video description": (199, "/blocks/0/description/text", lambda n: in_message(video(description=plain(of(n))))),
    "video author": (49, "/blocks/0/author_name", lambda n: in_message(video(author_name=of(n)))),
    "video provider": (49, "/blocks/0/provider_name", lambda n: in_message(video(provider_name=of(n)))),
    "video alt text": (2000, "/blocks/0/alt_text", lambda n: in_message(video(alt_text=of(n)))),
    "video url": (3000, "/blocks/0/video_url", lambda n: in_message(video(video_url=url(n)))),
    "video title url": (3000, "/blocks/0/title_url", lambda n: in_message(video(title_url=url(n)))),
    "link url": (
        3000,
        "/blocks/0/elements/0/elements/0/url",
        lambda n: in_message(rich_text({"type": "link", "url": url(n)})),
    ),
    "block_id": (255, "/blocks/0/block_id", lambda n: in_message({"type": "divider", "block_id": of(n)})),
    "action_id": (
        255,
        "/blocks/0/elements/0/action_id",
        lambda n: in_message({"type": "actions", "elements": [button(action_id=of(n))]}),
    ),
    "button text": (75, "/blocks/0/elements/0/text/text", lambda n: in_actions(**button(text=plain(of(n))))),
    "button value": (2000, "/blocks/0/elements/0/value", lambda n: in_actions(**button(value=of(n)))),
    "button url": (3000, "/blocks/0/elements/0/url", lambda n: in_actions(**button(url=url(n)))),
    "button label": (
        75,
        "/blocks/0/elements/0/accessibility_label",
        lambda n: in_actions(**button(accessibility_label=of(n))),
    ),
    "confirm title": (
        100,
        "/blocks/0/elements/0/confirm/title/text",
        lambda n: in_actions(**button(confirm=confirm(title=plain(of(n))))),
    ),
    "confirm text": (
        300,
        "/blocks/0/elements/0/confirm/text/text",
        lambda n: in_actions(**button(confirm=confirm(text=plain(of(n))))),
    ),
    "confirm button": (
        30,
        "/blocks/0/elements/0/confirm/confirm/text",
        lambda n: in_actions(**button(confirm=confirm(confirm=plain(of(n))))),
    ),
    "deny button": (
        30,
        "/blocks/0/elements/0/confirm/deny/text",
        lambda n: in_actions(**button(confirm=confirm(deny=plain(of(n))))),
    ),
    "option text": (
        75,
        "/blocks/0/elements/0/options/0/text/text",
        lambda n: in_actions(**select(options=[{"text": plain(of(n)), "value": "v"}])),
    ),
    "option value": (
        150,
        "/blocks/0/elements/0/options/0/value",
        lambda n: in_actions(**select(options=[{"text": plain("o"), "value": of(n)}])),
    ),
    "option description": (
        75,
        "/blocks/0/elements/0/options/0/description/text",
        lambda n: in_actions(**select(options=[{"text": plain("o"), "value": "v", "description": plain(of(n))}])),
    ),
    "option group label": (
        75,
        "/blocks/0/elements/0/option_groups/0/label/text",
        lambda n: in_actions(type="static_select", option_groups=[{"label": plain(of(n)), "options": options(1)}]),
    ),
    "placeholder": (
        150,
        "/blocks/0/elements/0/placeholder/text",
        lambda n: in_actions(**select(placeholder=plain(of(n)))),
    ),
    "input label": (2000, "/view/blocks/0/label/text", lambda n: check_view(modal(text_input(label=of(n))), "modal")),
    "input hint": (
        2000,
        "/view/blocks/0/hint/text",
        lambda n: check_view(modal(text_input() | {"hint": plain(of(n))}), "modal"),
    ),
    "initial text": (
        3000,
        "/view/blocks/0/element/initial_value",
        lambda n: in_input(type="plain_text_input", initial_value=of(n)),
    ),
    "image url": (
        3000,
        "/blocks/0/image_url",
        lambda n: in_message({"type": "image", "alt_text": "a", "image_url": url(n)}),
    ),
    "alt text": (
        2000,
        "/blocks/0/alt_text",
        lambda n: in_message({"type": "image", "alt_text": of(n), "image_url": url(30)}),
    ),
    "image title": (
        2000,
        "/blocks/0/title/text",
        lambda n: in_message({"type": "image", "alt_text": "a", "image_url": url(30), "title": plain(of(n))}),
    ),
    "modal title": (24, "/view/title/text", lambda n: check_view(modal(title=plain(of(n))), "modal")),
    "modal submit": (24, "/view/submit/text", lambda n: check_view(modal(submit=plain(of(n))), "modal")),
    "modal close": (24, "/view/close/text", lambda n: check_view(modal(close=plain(of(n))), "modal")),
    "private_metadata": (3000, "/view/private_metadata", lambda n: check_view(modal(private_metadata=of(n)), "modal")),
    "callback_id": (255, "/view/callback_id", lambda n: check_view(modal(callback_id=of(n)), "modal")),
    "external_id": (255, "/view/external_id", lambda n: check_view(modal(external_id=of(n)), "modal")),
}

ITEMS: dict[str, tuple[int, str, Check]] = {
    "message blocks": (50, "/blocks", lambda n: in_message(*[section()] * n)),
    "view blocks": (100, "/view/blocks", lambda n: check_view(modal(*[section()] * n), "modal")),
    "home blocks": (
        100,
        "/view/blocks",
        lambda n: check_view({"type": "home", "blocks": [section()] * n}, "home"),
    ),
    "section fields": (10, "/blocks/0/fields", lambda n: in_message({"type": "section", "fields": [plain("f")] * n})),
    "context elements": (
        10,
        "/blocks/0/elements",
        lambda n: in_message({"type": "context", "elements": [plain("f")] * n}),
    ),
    "actions elements": (
        25,
        "/blocks/0/elements",
        lambda n: in_message({"type": "actions", "elements": [button()] * n}),
    ),
    "select options": (100, "/blocks/0/elements/0/options", lambda n: in_actions(**select(options=options(n)))),
    "option groups": (
        100,
        "/blocks/0/elements/0/option_groups",
        lambda n: in_actions(type="static_select", option_groups=[{"label": plain("g"), "options": options(1)}] * n),
    ),
    "options of a group": (
        100,
        "/blocks/0/elements/0/option_groups/0/options",
        lambda n: in_actions(type="static_select", option_groups=[{"label": plain("g"), "options": options(n)}]),
    ),
    "overflow options": (
        5,
        "/blocks/0/elements/0/options",
        lambda n: in_actions(type="overflow", options=options(n)),
    ),
    "checkboxes": (10, "/blocks/0/elements/0/options", lambda n: in_actions(type="checkboxes", options=options(n))),
    "radio buttons": (
        10,
        "/blocks/0/elements/0/options",
        lambda n: in_actions(type="radio_buttons", options=options(n)),
    ),
    "dispatch moments": (
        2,
        "/view/blocks/0/element/dispatch_action_config/trigger_actions_on",
        lambda n: in_input(
            type="plain_text_input", dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"] * n}
        ),
    ),
    "conversation kinds": (
        4,
        "/blocks/0/elements/0/filter/include",
        lambda n: in_actions(type="conversations_select", filter={"include": ["im"] * n}),
    ),
    "table columns' settings": (
        20,
        "/blocks/0/column_settings",
        lambda n: in_message({"type": "table", "rows": [cells(2)], "column_settings": [{"align": "left"}] * n}),
    ),
    "table rows": (100, "/blocks/0/rows", lambda n: in_message({"type": "table", "rows": [cells(2)] * n})),
    "table columns": (20, "/blocks/0/rows/0", lambda n: in_message({"type": "table", "rows": [cells(n)]})),
    "data table rows": (
        101,
        "/blocks/0/rows",
        lambda n: in_message({"type": "data_table", "caption": "c", "rows": [cells(2)] * n}),
    ),
    "data table columns": (
        20,
        "/blocks/0/rows/0",
        lambda n: in_message({"type": "data_table", "caption": "c", "rows": [cells(n)] * 2}),
    ),
    "suggested options": (100, "/options", lambda n: check_options({"options": options(n)})),
}


# What is counted as a number, with the smallest and largest that pass.
NUMBERS: dict[str, tuple[int, int | None, Check]] = {
    "max_selected_items": (
        1,
        None,
        lambda n: in_message(section(accessory={"type": "multi_users_select", "max_selected_items": n})),
    ),
    "min_query_length": (0, None, lambda n: in_actions(type="external_select", min_query_length=n)),
    "multi min_query_length": (
        0,
        None,
        lambda n: in_message(section(accessory={"type": "multi_external_select", "min_query_length": n})),
    ),
    "min_length": (0, 3000, lambda n: in_input(type="plain_text_input", min_length=n)),
    "max_length": (1, 3000, lambda n: in_input(type="plain_text_input", max_length=n)),
    "max_files": (1, 10, lambda n: in_input(type="file_input", max_files=n)),
    "initial_date_time": (
        1_000_000_000,
        9_999_999_999,
        lambda n: in_actions(type="datetimepicker", initial_date_time=n),
    ),
    "page_size": (1, 100, lambda n: in_message(data_table(page_size=n))),
    "row_header_column_index": (0, None, lambda n: in_message(data_table(row_header_column_index=n))),
    "list indent": (0, 8, lambda n: in_message(rich_list(indent=n))),
    "list offset": (0, None, lambda n: in_message(rich_list(offset=n))),
    "list border": (0, 1, lambda n: in_message(rich_list(border=n))),
    "preformatted border": (0, 1, lambda n: in_message(rich_part("rich_text_preformatted", border=n))),
    "quote border": (0, 1, lambda n: in_message(rich_part("rich_text_quote", border=n))),
    "emoji skin tone": (1, 6, lambda n: in_message(rich_text({"type": "emoji", "name": "wave", "skin_tone": n}))),
    "date timestamp": (
        0,
        None,
        lambda n: in_message(rich_text({"type": "date", "timestamp": n, "format": "{date}"})),
    ),
}


def data_table(**more: Any) -> Json:
    return {"type": "data_table", "caption": "c", "rows": [cells(2)] * 2, **more}


def rich_list(**more: Any) -> Json:
    item: Json = {"type": "rich_text_section", "elements": []}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [item], **more}],
    }


def rich_part(kind: str, **more: Any) -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": [], **more}]}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_within_its_bounds_passes_and_one_beyond_is_refused(name: str) -> None:
    low, high, check = NUMBERS[name]
    assert check(low) == []
    assert any("must be greater than or equal to" in line for line in check(low - 1))
    if high is not None:
        assert check(high) == []
        assert any("must be less than or equal to" in line for line in check(high + 1))


def test_no_blocks_at_all_are_no_mistake() -> None:
    assert in_message() == []
    assert check_view(modal(), "modal") == []


def test_all_cells_of_a_table_share_ten_thousand_characters() -> None:
    def table(*lengths: int) -> Json:
        return {"type": "table", "rows": [[{"type": "raw_text", "text": of(length)}] for length in lengths]}

    assert in_message(table(4_000, 6_000)) == []
    assert "must be less than 10001 characters in all table cells" in in_message(table(4_000, 6_001))[0]


def test_all_markdown_blocks_share_twelve_thousand_characters() -> None:
    def markdown(length: int) -> Json:
        return {"type": "markdown", "text": of(length)}

    assert in_message(markdown(6_000), markdown(6_000)) == []
    assert (
        "must be less than 12001 characters in all markdown blocks" in in_message(markdown(6_000), markdown(6_001))[0]
    )


@pytest.mark.parametrize("name", CHARACTERS)
def test_a_text_of_the_limit_passes_and_one_character_more_is_refused(name: str) -> None:
    limit, pointer, check = CHARACTERS[name]
    assert check(limit) == []
    assert f"must be less than {limit + 1} characters [json-pointer:{pointer}]" in check(limit + 1)


@pytest.mark.parametrize("name", ITEMS)
def test_as_many_items_as_the_limit_pass_and_one_more_is_refused(name: str) -> None:
    limit, pointer, check = ITEMS[name]
    assert check(limit) == []
    assert f"no more than {limit} items allowed [json-pointer:{pointer}]" in check(limit + 1)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (lambda: in_message(section("")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (lambda: in_message({"type": "header", "text": plain("")}), "must be more than 0 characters"),
        (lambda: in_actions(**button(text=plain(""))), "must be more than 0 characters"),
        (lambda: in_message({"type": "actions", "elements": []}), "no fewer than 1 items allowed"),
        (lambda: in_actions(type="static_select", options=[]), "no fewer than 1 items allowed"),
        (lambda: in_message({"type": "section"}), "missing required field: text [json-pointer:/blocks/0]"),
        (lambda: in_message({"text": plain("x")}), "missing required field: type [json-pointer:/blocks/0]"),
        (lambda: in_message({"type": "banner"}), "unsupported type: banner [json-pointer:/blocks/0/type]"),
        (
            lambda: in_message(section(colour="red")),
            "invalid additional property: colour [json-pointer:/blocks/0]",
        ),
        (
            lambda: in_message({"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}),
            "invalid additional property: emoji [json-pointer:/blocks/0/text]",
        ),
        (
            lambda: in_message({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}),
            "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
        ),
        (
            lambda: in_message({"type": "section", "text": "plain"}),
            "must provide an object [json-pointer:/blocks/0/text]",
        ),
        (lambda: in_message({"type": "image", "alt_text": "a"}), "missing required field: image_url"),
        (
            lambda: in_message({"type": "image", "alt_text": "a", "image_url": url(30), "slack_file": {"id": "F1"}}),
            "only one of image_url, slack_file allowed",
        ),
        (lambda: in_message({"type": "image", "alt_text": "a", "image_url": "file:///etc"}), "invalid url"),
        (lambda: in_actions(**button(url="javascript:alert(1)")), "invalid url"),
        (lambda: in_actions(**button(style="loud")), "must be a valid enum value: primary, danger"),
        (lambda: in_actions(**button(confirm={"title": plain("t")})), "missing required field: text"),
        (
            lambda: in_actions(type="plain_text_input"),
            "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
        ),
        (lambda: in_actions(type="multi_users_select"), "unsupported type: multi_users_select"),
        (
            lambda: in_message(section(accessory={"type": "datetimepicker", "action_id": "a"})),
            "unsupported type: datetimepicker [json-pointer:/blocks/0/accessory/type]",
        ),
        (lambda: in_input(**button()), "unsupported type: button [json-pointer:/view/blocks/0/element/type]"),
        (lambda: in_actions(**select(initial_option=None)), "must provide an object"),
        (
            lambda: in_actions(**select(initial_option={"text": plain("other"), "value": "other"})),
            "initial option must match one of the options [json-pointer:/blocks/0/elements/0/initial_option]",
        ),
        (
            lambda: in_actions(type="static_select", options=options(1), option_groups=[]),
            "only one of options, option_groups allowed",
        ),
        (lambda: in_actions(type="static_select"), "missing required field: options"),
        (lambda: in_actions(type="datepicker", initial_date="23.11.2026"), "must match regular expression"),
        (lambda: in_actions(type="timepicker", initial_time="25:00"), "must match regular expression"),
        (lambda: in_input(type="number_input"), "missing required field: is_decimal_allowed"),
        (
            lambda: in_input(type="number_input", is_decimal_allowed=False, min_value=1),
            "must provide a number as a string [json-pointer:/view/blocks/0/element/min_value]",
        ),
        (
            lambda: in_input(type="number_input", is_decimal_allowed=False, min_value="5", max_value="1"),
            "min_value must not exceed max_value",
        ),
        (
            lambda: in_input(type="number_input", is_decimal_allowed=False, initial_value="1.5"),
            "must be an integer [json-pointer:/view/blocks/0/element/initial_value]",
        ),
        (
            lambda: in_input(type="number_input", is_decimal_allowed=True, initial_value="9", max_value="1"),
            "must lie between min_value and max_value",
        ),
        (
            lambda: in_input(type="plain_text_input", min_length=9, max_length=2),
            "min_length must not exceed max_length",
        ),
        (lambda: in_message({"type": "markdown", "text": ""}), "must be more than 0 characters"),
        (lambda: in_message({"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}), "must be more than 0"),
        (lambda: in_message(video(alt_text="")), "must be more than 0 characters"),
        (lambda: in_message(video(video_url="http://a.example/v")), "invalid url"),
        (lambda: in_input(type="timepicker", timezone=""), "must be more than 0 characters"),
        (lambda: in_actions(type="users_select", initial_user=""), "must be more than 0 characters"),
        (
            lambda: in_message({"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}),
            '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
        ),
        (
            lambda: in_message({"type": "actions", "elements": [button(action_id="a"), button(action_id="a")]}),
            '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]',
        ),
        (
            lambda: in_actions(type="radio_buttons", options=options(1) * 2),
            'option `value` "0" already exists',
        ),
        (
            lambda: in_message({"type": "table", "rows": [cells(1)]}, {"type": "table", "rows": [cells(1)]}),
            "only_one_table_allowed",
        ),
        (
            lambda: in_message({"type": "data_table", "rows": [cells(1)] * 2}),
            "missing required field: caption",
        ),
        (
            lambda: in_message({"type": "data_table", "caption": "c", "rows": [cells(1)]}),
            "no fewer than 2 items allowed [json-pointer:/blocks/0/rows]",
        ),
        (
            lambda: in_message({"type": "data_table", "caption": "c", "rows": [cells(1), cells(2)]}),
            "every row must have the same number of cells",
        ),
        (
            lambda: check_view(modal({"type": "markdown", "text": "x"}), "modal"),
            "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
        ),
        (
            lambda: check_view({k: v for k, v in modal(text_input()).items() if k != "submit"}, "modal"),
            "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0]",
        ),
        (lambda: check_view({"type": "modal", "blocks": []}, "modal"), "missing required field: title"),
        (lambda: check_view(modal(submit_disabled=True), "modal"), "invalid additional property: submit_disabled"),
        (lambda: check_view({"type": "home", "blocks": []}, "modal"), "must be of type: modal"),
        (lambda: check_view({"type": "home", "blocks": [], "title": plain("x")}, "home"), "additional property: title"),
        (
            lambda: check_view(modal(text_input(focus_on_load=True), text_input("b", focus_on_load=True)), "modal"),
            "`focus_on_load` can only be set to true on one element",
        ),
        (lambda: check_view("modal", "modal"), "must provide an object [json-pointer:/view]"),
        (lambda: check_message_blocks({"type": "section"}), "must provide an array [json-pointer:/blocks]"),
        (lambda: check_options({}), "must provide either options or option_groups"),
    ],
)
def test_what_slack_refuses_is_refused_in_its_words(found: Callable[[], list[str]], said: str) -> None:
    assert any(said in line for line in found()), found()


@pytest.mark.parametrize(
    "block",
    [
        section(accessory=button(action_id="a", style="danger", confirm=confirm(style="danger"))),
        section(accessory={"type": "image", "alt_text": "a", "image_url": url(30)}),
        section(
            accessory={"type": "multi_static_select", "action_id": "a", "options": options(2), "max_selected_items": 2}
        ),
        section(accessory={"type": "overflow", "options": [{"text": plain("x"), "value": "1", "url": url(30)}]}),
        {
            "type": "actions",
            "elements": [{"type": "users_select"}, {"type": "datetimepicker"}, {"type": "external_select"}],
        },
        {"type": "context", "elements": [{"type": "image", "alt_text": "a", "image_url": url(30)}, plain("x")]},
        {"type": "image", "alt_text": "a", "slack_file": {"id": "F1"}},
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "x", "style": {"bold": True}},
                        {"type": "user", "user_id": "U1"},
                        {"type": "link", "url": "https://a.example"},
                        {"type": "date", "timestamp": 1_700_000_000, "format": "{date}", "fallback": "x"},
                    ],
                },
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "indent": 0,
                    "elements": [{"type": "rich_text_section", "elements": [{"type": "emoji", "name": "wave"}]}],
                },
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}], "border": 0},
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
            ],
        },
        {"type": "data_table", "caption": "c", "rows": [cells(2), cells(2)], "page_size": 5},
        {"type": "table", "rows": [cells(2)], "column_settings": [{"align": "right"}]},
        {"type": "markdown", "text": "# x"},
    ],
)
def test_what_slack_documents_is_taken(block: Json) -> None:
    assert check_message_blocks([block]) == []


@pytest.mark.parametrize(
    "element",
    [
        {
            "type": "plain_text_input",
            "multiline": True,
            "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
        },
        {
            "type": "number_input",
            "is_decimal_allowed": True,
            "min_value": "0",
            "max_value": "9",
            "initial_value": "1.5",
        },
        {"type": "email_text_input", "initial_value": "a@b.example"},
        {"type": "url_text_input", "placeholder": plain("https://…")},
        {"type": "multi_conversations_select", "filter": {"include": ["public"], "exclude_bot_users": True}},
        {"type": "conversations_select", "default_to_current_conversation": True, "response_url_enabled": True},
        {"type": "checkboxes", "options": [{"text": {"type": "mrkdwn", "text": "*x*"}, "value": "1"}]},
        {"type": "radio_buttons", "options": options(2), "initial_option": options(1)[0]},
        {"type": "file_input", "filetypes": ["csv"], "max_files": 1},
        {"type": "timepicker", "initial_time": "09:30", "timezone": "Europe/Berlin"},
    ],
)
def test_what_slack_documents_for_inputs_is_taken(element: Json) -> None:
    assert in_input(**element) == []
