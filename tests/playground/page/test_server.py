"""The page's server over real sockets: who is let in, what a person is told, what their commands do."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from playground.page import Page
from playground.page.look import ClusterDoubleLook
from playground.slack import SlackDouble, acme
from tests.playground.page.fake_app import MANIFEST, FakeApp

JsonObject = dict[str, Any]


class Browser:
    """What a browser's store would hold, and a way to send commands."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.entities: JsonObject = {}
        self.resets = 0

    async def receive(self) -> JsonObject:
        message: JsonObject = await self._socket.receive_json(timeout=5)
        if message["type"] == "patch":
            self.resets += message["reset"]
            if message["reset"]:
                self.entities.clear()
            for key in message["gone"]:
                del self.entities[key]
            self.entities |= message["set"]
        return message

    async def until(self, condition: Callable[[], object]) -> None:
        while not condition():
            await self.receive()

    async def ask(self, command: str, **fields: Any) -> JsonObject:
        """The answer; every patch on the way is applied."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "command": command, **fields})
        while True:
            message = await self.receive()
            if message["type"] == "answer" and message["id"] == self._number:
                return message

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)

    def texts(self) -> list[str]:
        return [value["text"] for key, value in self.entities.items() if key.startswith("message:")]


@pytest.fixture
async def double() -> AsyncIterator[SlackDouble]:
    async with SlackDouble(MANIFEST, acme(), rate_limits=False, ack_seconds=0.5) as double:
        yield double


@pytest.fixture
async def app(double: SlackDouble) -> AsyncIterator[FakeApp]:
    app = FakeApp(double.api_url, double.bot_token, double.app_token)
    await app.start()
    yield app
    await app.stop()


@pytest.fixture
async def page(double: SlackDouble) -> AsyncIterator[Page]:
    page = Page(double)
    await page.start()
    yield page
    await page.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


Connect = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def connect(page: Page, client: aiohttp.ClientSession) -> AsyncIterator[Connect]:
    sockets = []

    async def connected(person: str, **more: str) -> Browser:
        socket = await client.ws_connect(
            f"{page.url}page/socket", params={"person": person, **more}, origin=page.url.rstrip("/")
        )
        sockets.append(socket)
        browser = Browser(socket)
        await browser.receive()
        return browser

    yield connected
    for socket in sockets:
        await socket.close()


def channel_id(double: SlackDouble, name: str) -> str:
    return double.workspace.channel(name).id


# --- who is let in


@pytest.mark.parametrize("path", ["", "static/js/main.js", "static/nothing", "page/files/F0"])
async def test_every_answer_allows_content_of_this_page_only(
    page: Page, client: aiohttp.ClientSession, path: str
) -> None:
    async with client.get(page.url + path) as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'; ")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_name_elsewhere_that_points_here_is_refused(page: Page, client: aiohttp.ClientSession) -> None:
    async with client.get(page.url, headers={"Host": "evil.example:80"}) as answer:
        assert answer.status == 421


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {}, {"Origin": "null"}])
async def test_a_socket_opened_by_another_page_is_refused(
    page: Page, client: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await client.ws_connect(f"{page.url}page/socket", headers=headers)
    assert refusal.value.status == 403


async def test_an_uploaded_file_comes_as_a_download_and_never_as_a_page(
    double: SlackDouble, page: Page, client: aiohttp.ClientSession
) -> None:
    message = await double.person("ada").upload("platform", "evil.html", b"<script>alert(1)</script>")
    async with client.get(f"{page.url}page/files/{message.files[0].id}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''evil.html"
        assert await answer.read() == b"<script>alert(1)</script>"


# --- what a person is told


async def test_a_person_first_gets_everything_they_see(double: SlackDouble, connect: Connect) -> None:
    await double.person("grace").say("platform", "morning")
    ada = await connect("ada")
    assert ada.entities["me"]["name"] == "ada"
    assert ada.texts() == ["morning"]
    assert ada.entities["command:/platform"]["usage_hint"] == "[group] [verb]"


async def test_somebody_unknown_becomes_the_first_person_there_is(connect: Connect) -> None:
    nobody = await connect("nobody")
    assert nobody.entities["me"]["name"] == "ada"


async def test_only_what_changed_is_sent_again(double: SlackDouble, connect: Connect) -> None:
    ada = await connect("ada")
    await double.person("grace").say("platform", "hello")
    patch = await ada.receive()
    assert [key.partition(":")[0] for key in patch["set"]] == ["message"]
    assert patch["gone"] == []


async def test_a_deleted_message_is_gone(double: SlackDouble, connect: Connect) -> None:
    message = await double.person("grace").say("platform", "oops")
    ada = await connect("ada")
    await double.person("grace").delete(message)
    await ada.until(lambda: ada.texts() == [])
    assert ada.resets == 1


async def test_an_ephemeral_message_reaches_its_addressee_alone(
    double: SlackDouble, app: FakeApp, connect: Connect
) -> None:
    ada, grace = await connect("ada"), await connect("grace")
    await double.person("ada").slash("platform", "/platform", "nonsense")
    await ada.until(lambda: any("Usage" in text for text in ada.texts()))
    await double.person("ada").say("platform", "did you see that?")
    await grace.until(lambda: grace.texts())
    assert grace.texts() == ["did you see that?"]


async def test_private_channels_and_others_conversations_are_not_told(double: SlackDouble, connect: Connect) -> None:
    secret = double.workspace.add_channel("board", ("linus",), kind="private")
    talk = await double.person("linus").open_dm("grace")
    await double.person("linus").say(talk.id, "psst")
    ada = await connect("ada")
    assert not {key for key in ada.entities if secret.id in key or talk.id in key}


async def test_a_guest_sees_only_the_channels_they_are_in(connect: Connect) -> None:
    guest = await connect("margaret")
    assert [value["name"] for key, value in guest.entities.items() if key.startswith("channel:")] == ["platform"]


async def test_a_channel_one_leaves_disappears_with_its_messages_for_a_guest(
    double: SlackDouble, connect: Connect
) -> None:
    await double.person("ada").say("platform", "hi")
    guest = await connect("margaret")
    await guest.ask("leave", channel=channel_id(double, "platform"))
    assert not [key for key in guest.entities if key.startswith(("channel:", "message:"))]


async def test_traffic_is_told_only_while_somebody_watches(double: SlackDouble, app: FakeApp, connect: Connect) -> None:
    ada = await connect("ada")
    assert not [key for key in ada.entities if key.startswith("traffic:")]
    await ada.ask("watch", what="traffic")
    assert "apps.connections.open" in [v["name"] for k, v in ada.entities.items() if k.startswith("traffic:")]
    await ada.ask("watch", what=None)
    assert not [key for key in ada.entities if key.startswith("traffic:")]


async def test_the_cluster_is_told_only_where_there_is_one(double: SlackDouble, connect: Connect) -> None:
    ada = await connect("ada")
    assert ada.entities["tools"] == ["traffic", "fault"]
    await ada.ask("watch", what="cluster")
    assert "cluster" not in ada.entities


async def test_reading_in_one_window_is_known_in_the_other(double: SlackDouble, connect: Connect) -> None:
    message = await double.person("grace").say("platform", "hello")
    one, other = await connect("ada"), await connect("ada")
    grace = await connect("grace")
    await one.ask("read", channel=message.channel_id, ts=message.ts)
    await other.until(lambda: other.entities[f"read:{message.channel_id}"] == message.ts)
    assert grace.entities[f"read:{message.channel_id}"] == ""


async def test_a_reload_of_the_only_window_forgets_what_was_ephemeral(
    double: SlackDouble, app: FakeApp, connect: Connect
) -> None:
    await double.person("ada").slash("platform", "/platform", "nonsense")
    first = await connect("ada")
    assert first.texts()
    second = await connect("ada", fresh="1")
    assert second.texts(), "another window is open, so nothing was reloaded for it"


async def test_a_fresh_page_forgets_what_was_ephemeral(double: SlackDouble, app: FakeApp, connect: Connect) -> None:
    await double.person("ada").slash("platform", "/platform", "nonsense")
    ada = await connect("ada", fresh="1")
    assert ada.texts() == []


# --- what their commands do


async def test_what_a_person_sees_of_a_command_arrives_before_its_answer(double: SlackDouble, connect: Connect) -> None:
    ada = await connect("ada")
    answer = await ada.ask("open_dm", people=[double.workspace.user("grace").id])
    assert f"channel:{answer['channel']}" in ada.entities


async def test_what_slack_would_refuse_is_refused_with_the_reason(double: SlackDouble, connect: Connect) -> None:
    guest = await connect("margaret")
    answer = await guest.ask("say", channel=channel_id(double, "general"), text="let me in")
    assert not answer["ok"]
    assert answer["error"]
    assert double.workspace.messages(channel_id(double, "general")) == ()


async def test_an_unknown_place_is_an_answer_and_not_a_crash(connect: Connect) -> None:
    ada = await connect("ada")
    assert (await ada.ask("say", channel="C0NOWHERE", text="hello"))["ok"] is False
    assert (await ada.ask("say", channel="platform", text="still here"))["ok"] is True


@pytest.mark.parametrize("text", ["{", "[]", '{"id": 7, "command": "launch"}', '{"command": "say"}'])
async def test_nonsense_is_answered_and_the_socket_stays(connect: Connect, text: str) -> None:
    ada = await connect("ada")
    await ada.send(text)
    answer = await ada.receive()
    assert answer["ok"] is False
    assert (await ada.ask("say", channel="platform", text="hello"))["ok"] is True


async def test_a_form_is_filled_and_its_errors_come_back(double: SlackDouble, app: FakeApp, connect: Connect) -> None:
    ada = await connect("ada")
    await ada.ask("slash", channel="platform", name="/platform", text="sandbox create")
    view = ada.entities["views"][-1]
    wrong = await ada.ask("submit", view=view["id"], inputs=[{"block": "name", "action": "it", "value": "Bad Name"}])
    assert wrong["errors"] == {"name": "Only lowercase letters, digits and dashes."}
    assert ada.entities["views"][-1]["errors"] == wrong["errors"]
    right = await ada.ask("submit", view=view["id"], inputs=[{"block": "name", "action": "it", "value": "demo"}])
    assert right["ok"]
    assert ada.entities["views"] == []
    await ada.until(lambda: "Sandbox demo" in ada.texts())


async def test_a_button_that_asks_cannot_be_pressed_without_the_answer(
    double: SlackDouble, app: FakeApp, connect: Connect
) -> None:
    ada = await connect("ada")
    await ada.ask("slash", channel="platform", name="/platform", text="card")
    await ada.until(lambda: ada.texts())
    place = next({"channel": v["channel"], "ts": v["ts"]} for k, v in ada.entities.items() if k.startswith("message:"))
    pressed = await ada.ask("click", place=place, block="acts", action="delete")
    assert not pressed["ok"]
    assert (await ada.ask("click", place=place, block="acts", action="delete", confirm=True))["ok"]


async def test_an_app_that_is_silent_is_told_to_the_person_by_slackbot(
    double: SlackDouble, app: FakeApp, connect: Connect
) -> None:
    ada = await connect("ada")
    answer = await ada.ask("slash", channel="platform", name="/platform", text="silence")
    assert answer["ok"], "Slackbot says it in the channel; the page says nothing more"
    assert any("operation_timeout" in text for text in ada.texts())


async def test_a_command_outlives_the_window_it_was_typed_in(
    double: SlackDouble, app: FakeApp, page: Page, client: aiohttp.ClientSession
) -> None:
    socket = await client.ws_connect(f"{page.url}page/socket?person=ada", origin=page.url.rstrip("/"))
    say = {"id": 1, "command": "slash", "channel": "platform", "name": "/platform", "text": "card"}
    await socket.send_str(json.dumps(say))
    await socket.close()
    await double.wait_for(lambda: any(m.text == "Sandbox demo" for m in double.person("ada").sees("platform")))


async def test_faults_are_injected_and_cleared(double: SlackDouble, connect: Connect) -> None:
    ada = await connect("ada")
    await ada.ask("watch", what="faults")
    await ada.ask("inject", kind="ratelimited", method="chat.*", times=2, retry_after=5)
    assert ada.entities["faults"] == [{"kind": "ratelimited", "method": "chat.*", "times": 2, "hits": 0}]
    await ada.ask("clear_faults")
    assert ada.entities["faults"] == []


async def test_the_cluster_panel_follows_the_cluster_and_hides_secrets(
    double: SlackDouble, client: aiohttp.ClientSession
) -> None:
    from playground.cluster import ClusterDouble

    cluster = ClusterDouble()
    page = Page(double, ClusterDoubleLook(cluster))
    await page.start()
    socket = await client.ws_connect(f"{page.url}page/socket?person=ada", origin=page.url.rstrip("/"))
    ada = Browser(socket)
    await ada.receive()
    await ada.ask("watch", what="cluster")
    cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "sbx-demo"}})
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "sbx-demo"}}
    cluster.put({**secret, "data": {"password": "aHVudGVyMg=="}})
    await ada.until(lambda: ada.entities.get("cluster", {}).get("objects"))
    shown = ada.entities["cluster"]
    assert [(each["name"], each["phase"], each["managed"]) for each in shown["namespaces"]] == [
        ("sbx-demo", "Active", True)
    ]
    assert shown["objects"][0]["body"]["data"] == {"password": "•••"}
    await socket.close()
    await page.stop()
