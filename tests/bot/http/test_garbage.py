"""Whatever bytes arrive: they are read as what they are or refused as garbage, and nothing else is raised."""

import json
from urllib.parse import quote_plus

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.http.body import read_object
from bot.http.problems import MALFORMED, Refusal
from bot.http.slack import read_delivery

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
OBJECTS = ("event", "view", "user", "team", "channel", "message")  # where Slack has objects, or nothing

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner), max_leaves=8
)
# What looks like a delivery, with anything at all in its places.
deliveries = st.dictionaries(
    st.sampled_from(
        [*OBJECTS, "type", "actions", "trigger_id", "response_url", "enterprise", "authorizations", "command"]
    ),
    values | st.sampled_from(["event_callback", "block_actions", "view_submission", "url_verification", "shortcut"]),
)
bodies = st.one_of(
    st.text(),
    st.text().map(lambda text: "payload=" + text),
    values.map(json.dumps),
    deliveries.map(json.dumps),
    deliveries.map(lambda found: "payload=" + quote_plus(json.dumps(found))),
    deliveries.map(lambda found: "payload=" + json.dumps(found)[:-1]),  # broken off
)
kinds = st.sampled_from([FORM, JSON, "text/plain", "nonsense", ""])
names = st.dictionaries(st.sampled_from(["id", "name", "hash", "ts"]), st.text(max_size=20))
events = st.fixed_dictionaries(
    {"type": st.text(max_size=20)}, optional={"text": st.text(), "user": st.text(max_size=20)}
)
tried = settings(max_examples=100)


@tried
@given(body=bodies, kind=kinds, query=st.text(max_size=10))
@example(body="payload=" + "[" * 100_000, kind=FORM, query="")
@example(body='{"type": ' + "9" * 5000 + "}", kind=JSON, query="")
@example(body='{"type": "event_callback", "event": {"type": null}}', kind=JSON, query="")
def test_what_slack_might_say_is_read_or_refused(body: str, kind: str, query: str) -> None:
    found = read_delivery(body, query, {"content-type": kind})
    if found is None:
        return
    assert isinstance(found.body, dict)
    if "command" not in found.body:
        assert all(isinstance(found.body.get(name), dict | None) for name in OBJECTS)
        if found.body.get("type") == "event_callback":
            assert isinstance(found.body["event"]["type"], str)


@tried
@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["block_actions", "view_submission", "shortcut", "event_callback"])},
        optional=dict.fromkeys(("view", "user", "team", "channel", "message"), st.none() | names) | {"event": events},
    )
)
def test_what_has_slacks_shape_is_read_whatever_it_says(delivery: dict[str, object]) -> None:
    if delivery["type"] == "event_callback":
        delivery.setdefault("event", {"type": "message"})
    found = read_delivery(json.dumps(delivery), "", {"content-type": JSON})
    assert found is not None
    assert found.body == delivery


@tried
@given(st.binary(max_size=80) | values.map(lambda value: json.dumps(value).encode()) | st.text().map(str.encode))
@example(b'{"a": ' * 100_000)
@example(b'{"a": 1, "a": 2}')
@example(b'{"a": 1e999}')
@example(b'{"a": NaN}')
@example(b'\xef\xbb\xbf{"a": 1}')
@example(b"\xff\xfe{\x00}\x00")
def test_the_arguments_of_a_program_are_an_object_or_refused(body: bytes) -> None:
    try:
        found: object = read_object(body)
    except Refusal as refusal:
        found = refusal.kind
    if found is MALFORMED:
        return
    assert isinstance(found, dict)
    assert json.loads(json.dumps(found, allow_nan=False)) == found  # strict JSON, there and back
