"""Every limit of Block Kit, as tables: what each block and element may hold, and how much. Checks nothing by itself.

The numbers are Slack's reference for block kit, views and composition objects; the rules' words are in schema.py.
"""

from playground.slack.schema import (
    Anything,
    Bool,
    Free,
    Int,
    Like,
    Many,
    Numeral,
    OneOf,
    Rule,
    Str,
    Struct,
    Text,
    Url,
    Variants,
)

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MODAL_DEPTH = 3
VIEW_BYTES = 250_000
MESSAGE_TEXT_CUT = 40_000
UPDATE_TEXT = 4_000
MARKDOWN_TEXT = 12_000
# Slack names the error metadata_too_large but documents no size: this double is careful.
METADATA_BYTES = 8_000
CHANNEL_NAME = 80
TABLE_TEXT = 10_000  # all cells of all tables of a message

_ID = Str(255)
_PLAIN = ("plain_text",)

_CONFIRM = Struct(
    {"title": Text(100, _PLAIN), "text": Text(300), "confirm": Text(30, _PLAIN), "deny": Text(30, _PLAIN)},
    {"style": OneOf(("primary", "danger"))},
)
_PLACEHOLDER = Text(150, _PLAIN)


def _option(*, mrkdwn: bool, url: bool) -> Struct:
    kinds = ("plain_text", "mrkdwn") if mrkdwn else _PLAIN
    optional: dict[str, Rule] = {"description": Text(75, kinds)}
    if url:
        optional["url"] = Url(3000)
    return Struct({"text": Text(75, kinds), "value": Str(150)}, optional)


OPTION = _option(mrkdwn=False, url=False)
_RICH_OPTION = _option(mrkdwn=True, url=False)
_OVERFLOW_OPTION = _option(mrkdwn=False, url=True)
OPTION_GROUP = Struct({"label": Text(75, _PLAIN), "options": Many(OPTION, 100)})

_DISPATCH = Struct(
    {"trigger_actions_on": Many(OneOf(("on_enter_pressed", "on_character_entered")), 2)},
)
_FILTER = Struct(
    {},
    {
        "include": Many(OneOf(("im", "mpim", "private", "public")), 4),
        "exclude_external_shared_channels": Bool(),
        "exclude_bot_users": Bool(),
    },
)
_SLACK_FILE = Struct({}, {"id": Free(), "url": Url()}, either=("id", "url"))

_OPTIONAL_BASE: dict[str, Rule] = {"action_id": _ID, "confirm": _CONFIRM, "focus_on_load": Bool()}


def _element(required: dict[str, Rule], optional: dict[str, Rule], either: tuple[str, ...] = ()) -> Struct:
    return Struct({"type": Free(), **required}, {**_OPTIONAL_BASE, **optional}, either)


def _select(own: dict[str, Rule], *, many: bool, either: tuple[str, ...] = ()) -> Struct:
    optional: dict[str, Rule] = {"placeholder": _PLACEHOLDER, **own}
    if many:
        optional["max_selected_items"] = Int(1)
    return _element({}, optional, either)


_STATIC: dict[str, Rule] = {"options": Many(OPTION, 100), "option_groups": Many(OPTION_GROUP, 100)}
_ONE_OR_GROUPS = ("options", "option_groups")
_INPUT_TEXT: dict[str, Rule] = {"placeholder": _PLACEHOLDER, "dispatch_action_config": _DISPATCH}
_USER = Free()

SELECTS: dict[str, Struct] = {
    "static_select": _select({**_STATIC, "initial_option": OPTION}, many=False, either=_ONE_OR_GROUPS),
    "external_select": _select({"initial_option": OPTION, "min_query_length": Int(0)}, many=False),
    "users_select": _select({"initial_user": _USER}, many=False),
    "conversations_select": _select(
        {
            "initial_conversation": _USER,
            "default_to_current_conversation": Bool(),
            "response_url_enabled": Bool(),
            "filter": _FILTER,
        },
        many=False,
    ),
    "channels_select": _select({"initial_channel": _USER, "response_url_enabled": Bool()}, many=False),
}
MULTI_SELECTS: dict[str, Struct] = {
    "multi_static_select": _select({**_STATIC, "initial_options": Many(OPTION)}, many=True, either=_ONE_OR_GROUPS),
    "multi_external_select": _select({"initial_options": Many(OPTION), "min_query_length": Int(0)}, many=True),
    "multi_users_select": _select({"initial_users": Many(_USER)}, many=True),
    "multi_conversations_select": _select(
        {
            "initial_conversations": Many(_USER),
            "default_to_current_conversation": Bool(),
            "filter": _FILTER,
        },
        many=True,
    ),
    "multi_channels_select": _select({"initial_channels": Many(_USER)}, many=True),
}
PICKERS: dict[str, Struct] = {
    "datepicker": _element({}, {"placeholder": _PLACEHOLDER, "initial_date": Like(r"\d{4}-\d\d-\d\d")}),
    "timepicker": _element(
        {},
        {
            "placeholder": _PLACEHOLDER,
            "initial_time": Like(r"([01]\d|2[0-3]):[0-5]\d"),
            "timezone": Free(),
        },
    ),
}
_DATETIMEPICKER = _element({}, {"initial_date_time": Int(1_000_000_000, 9_999_999_999)})
CHOICES: dict[str, Struct] = {
    "checkboxes": _element({"options": Many(_RICH_OPTION, 10)}, {"initial_options": Many(_RICH_OPTION)}),
    "radio_buttons": _element({"options": Many(_RICH_OPTION, 10)}, {"initial_option": _RICH_OPTION}),
}
BUTTON = Struct(
    {"type": Free(), "text": Text(75, _PLAIN)},
    {
        "action_id": _ID,
        "url": Url(3000),
        "value": Str(2000),
        "style": OneOf(("primary", "danger")),
        "confirm": _CONFIRM,
        "accessibility_label": Str(75),
    },
)
OVERFLOW = Struct({"type": Free(), "options": Many(_OVERFLOW_OPTION, 5)}, {"action_id": _ID, "confirm": _CONFIRM})
IMAGE = Struct(
    {"type": Free(), "alt_text": Str(2000, 1)},
    {"image_url": Url(3000), "slack_file": _SLACK_FILE},
    either=("image_url", "slack_file"),
)
TEXT_INPUTS: dict[str, Struct] = {
    "plain_text_input": _element(
        {},
        {
            **_INPUT_TEXT,
            "initial_value": Str(3000),
            "multiline": Bool(),
            "min_length": Int(0, 3000),
            "max_length": Int(1, 3000),
        },
    ),
    "number_input": _element(
        {"is_decimal_allowed": Bool()},
        {**_INPUT_TEXT, "initial_value": Numeral(), "min_value": Numeral(), "max_value": Numeral()},
    ),
    "email_text_input": _element({}, {**_INPUT_TEXT, "initial_value": Free(empty=True)}),
    "url_text_input": _element({}, {**_INPUT_TEXT, "initial_value": Url()}),
    "rich_text_input": _element({}, {**_INPUT_TEXT, "initial_value": Anything()}),
    "file_input": _element({}, {"filetypes": Many(Free()), "max_files": Int(1, 10)}),
}

# Where each element may stand. Multi-selects are documented for section and input only, datetimepicker not for section.
ACCESSORIES = Variants(
    {"button": BUTTON, "image": IMAGE, "overflow": OVERFLOW, **SELECTS, **MULTI_SELECTS, **PICKERS, **CHOICES}
)
ACTION_ELEMENTS = Variants(
    {
        "button": BUTTON,
        "overflow": OVERFLOW,
        **SELECTS,
        **PICKERS,
        "datetimepicker": _DATETIMEPICKER,
        **CHOICES,
    }
)
INPUT_ELEMENTS = Variants(
    {**TEXT_INPUTS, **SELECTS, **MULTI_SELECTS, **PICKERS, "datetimepicker": _DATETIMEPICKER, **CHOICES}
)
CONTEXT_ELEMENTS = Variants(
    {"image": IMAGE, "plain_text": Text(3000, ("plain_text",)), "mrkdwn": Text(3000, ("mrkdwn",))}
)

# --- rich text

_STYLE = Struct(
    {},
    {
        name: Bool()
        for name in ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
    },
)


def _inline(required: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Struct:
    return Struct({"type": Free(), **required}, {"style": _STYLE, **(optional or {})})


_INLINE = Variants(
    {
        "text": _inline({"text": Free()}),
        "link": _inline({"url": Url(3000, ("http", "https", "mailto"))}, {"text": Free(empty=True), "unsafe": Bool()}),
        "user": _inline({"user_id": _USER}),
        "usergroup": _inline({"usergroup_id": _USER}),
        "channel": _inline({"channel_id": _USER}),
        "emoji": _inline({"name": Free()}, {"unicode": Free(), "url": Url(), "skin_tone": Int(1, 6)}),
        "broadcast": _inline({"range": OneOf(("here", "channel", "everyone"))}),
        "color": _inline({"value": Free()}),
        "date": _inline({"timestamp": Int(0), "format": Free()}, {"url": Url(), "fallback": Free()}),
    }
)
_SECTION = Struct({"type": Free(), "elements": Many(_INLINE, low=0)})
_RICH_TEXT_PARTS = Variants(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": Struct(
            {
                "type": Free(),
                "style": OneOf(("bullet", "ordered")),
                "elements": Many(Variants({"rich_text_section": _SECTION})),
            },
            {"indent": Int(0, 8), "offset": Int(0), "border": Int(0, 1)},
        ),
        "rich_text_preformatted": Struct(
            {"type": Free(), "elements": Many(_INLINE, low=0)}, {"border": Int(0, 1), "language": Free()}
        ),
        "rich_text_quote": Struct({"type": Free(), "elements": Many(_INLINE, low=0)}, {"border": Int(0, 1)}),
    }
)

# --- blocks


def _block(required: dict[str, Rule], optional: dict[str, Rule] | None = None, either: tuple[str, ...] = ()) -> Struct:
    return Struct({"type": Free(), **required}, {"block_id": _ID, **(optional or {})}, either)


RICH_TEXT = _block({"elements": Many(_RICH_TEXT_PARTS)})
_RAW_TEXT = Struct({"type": Free(), "text": Free()})
_RAW_NUMBER = Struct({"type": Free(), "value": Anything()}, {"text": Free()})
_CELL = Variants({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER, "rich_text": RICH_TEXT})
_COLUMN = Struct({}, {"align": OneOf(("left", "center", "right")), "is_wrapped": Bool()})

_EVERYWHERE: dict[str, Struct] = {
    "actions": _block({"elements": Many(ACTION_ELEMENTS, 25)}),
    "context": _block({"elements": Many(CONTEXT_ELEMENTS, 10)}),
    "divider": _block({}),
    "header": _block({"text": Text(150, _PLAIN)}),
    "image": _block(
        {"alt_text": Str(2000, 1)},
        {"image_url": Url(3000), "slack_file": _SLACK_FILE, "title": Text(2000, _PLAIN)},
        either=("image_url", "slack_file"),
    ),
    "input": _block(
        {"label": Text(2000, _PLAIN), "element": INPUT_ELEMENTS},
        {"hint": Text(2000, _PLAIN), "optional": Bool(), "dispatch_action": Bool()},
    ),
    "rich_text": RICH_TEXT,
    "section": _block(
        {}, {"text": Text(3000), "fields": Many(Text(2000), 10), "accessory": ACCESSORIES, "expand": Bool()}
    ),
    "video": _block(
        {
            "alt_text": Str(2000, 1),
            "title": Text(199, _PLAIN),
            "thumbnail_url": Url(),
            "video_url": Url(3000, ("https",)),
        },
        {
            "author_name": Str(49),
            "description": Text(199, _PLAIN),
            "provider_icon_url": Url(),
            "provider_name": Str(49),
            "title_url": Url(3000, ("https",)),
        },
    ),
}
MESSAGE_ONLY: dict[str, Struct] = {
    "markdown": _block({"text": Free()}),  # all of them together at most MARKDOWN_TEXT
    "table": _block({"rows": Many(Many(_CELL, 20), 100)}, {"column_settings": Many(_COLUMN, 20)}),
    "data_table": _block(
        {"caption": Free(), "rows": Many(Many(_CELL, 20), 101, 2)},
        {"page_size": Int(1, 100), "row_header_column_index": Int(0)},
    ),
}
BLOCKS_OF_MESSAGES = Many(Variants({**_EVERYWHERE, **MESSAGE_ONLY}), MESSAGE_BLOCKS, 0)
BLOCKS_OF_VIEWS = Many(Variants(_EVERYWHERE), VIEW_BLOCKS, 0)

_VIEW_COMMON: dict[str, Rule] = {"private_metadata": Str(3000), "callback_id": _ID, "external_id": _ID}
MODAL = Struct(
    {"type": Free(), "title": Text(24, _PLAIN), "blocks": BLOCKS_OF_VIEWS},
    {
        **_VIEW_COMMON,
        "submit": Text(24, _PLAIN),
        "close": Text(24, _PLAIN),
        "clear_on_close": Bool(),
        "notify_on_close": Bool(),
    },
)
HOME = Struct({"type": Free(), "blocks": BLOCKS_OF_VIEWS}, _VIEW_COMMON)
