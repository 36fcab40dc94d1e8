"""What text looks like: mrkdwn as Slack reads it, and hostile text that stays text."""

import pytest
from playwright.async_api import Page, expect

from playground.slack import Message
from playground.slack.model import JsonObject
from tests.playground.page.conftest import Open, Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

RENDER = """async ([text, zone]) => {
  const { mrkdwn } = await import("/static/js/mrkdwn.js");
  const names = {
    user: (id) => (id === "U1" ? { display: "Ada Lovelace" } : undefined),
    channel: (id) => (id === "C1" ? { id, name: "platform" } : undefined),
    group: (id) => (id === "S1" ? { handle: "oncall", users: [] } : undefined),
    viewer: "U1",
    zone,
    visit() {},
  };
  const holder = document.createElement("div");
  holder.append(...mrkdwn(text, names));
  for (const node of holder.querySelectorAll("*")) {
    for (const { name } of [...node.attributes]) if (name !== "href") node.removeAttribute(name);
  }
  return holder.innerHTML;
}"""


async def rendered(page: Page, text: str, zone: str = "Europe/Berlin") -> str:
    return str(await page.evaluate(RENDER, [text, zone]))


CASES = {
    "*bold* _italic_ ~gone~": "<strong>bold</strong> <em>italic</em> <s>gone</s>",
    "*_both_*": "<strong><em>both</em></strong>",
    "2 * 3 * 4 and snake_case_name": "2 * 3 * 4 and snake_case_name",
    "* not bold *": "* not bold *",
    "*bold*, and (*also*)": "<strong>bold</strong>, and (<strong>also</strong>)",
    "*one\ntwo*": "*one<br>two*",
    "`*code*` <@U1>": "<code>*code*</code> <span>@Ada Lovelace</span>",
    "```\nline *one*\n  two\n```": "<pre>line *one*\n  two</pre>",
    "before\n```x```\nafter": "before<br><pre>x</pre>after",
    "unclosed ``` stays": "unclosed ``` stays",
    "&gt; quoted\n&gt; twice\nnot": "<blockquote>quoted<br>twice</blockquote>not",
    "&gt;&gt;&gt; all\nof it": "<blockquote>all<br>of it</blockquote>",
    "a &lt;b&gt; &amp; c &amp;lt;": "a &lt;b&gt; &amp; c &amp;lt;",
    "<https://acme.example/a?b=1&amp;c=2|docs>": '<a href="https://acme.example/a?b=1&amp;c=2">docs</a>',
    "see https://acme.example/x_y_z.": 'see <a href="https://acme.example/x_y_z">https://acme.example/x_y_z</a>.',
    "<mailto:a@b.example|write>": '<a href="mailto:a@b.example">write</a>',
    "<#C1> <!here> <!subteam^S1>": "<button>#platform</button> <span>@here</span> <span>@oncall</span>",
    "<@U404> <#C404>": "<span>@U404</span> <span>#private-channel</span>",
    "<!date^1795440000^{date_num} {time}|then>": "<time>2026-11-23 2:20 PM</time>",
    "<!date^nonsense^{time}|then>": "then",
    ":pizza: :no_such_thing: 10:30:00": "<span>🍕</span> :no_such_thing: 10:30:00",
    "*<https://acme.example/*|a*b>*": '<strong><a href="https://acme.example/*">a*b</a></strong>',
}

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;img src=x onerror=alert(1)&gt;",
    "<javascript:alert(1)|click me>",
    "<JaVaScRiPt:alert(1)|click me>",
    "<data:text/html,<script>alert(1)</script>|click>",
    "<vbscript:x|y>",
    "*<b onclick=alert(1)>bold</b>*",
    "```<script>alert(1)</script>```",
    "`<svg/onload=alert(1)>`",
    '<https://acme.example/"onmouseover="alert(1)|x>',
    "<@U1|<img src=x onerror=alert(1)>>",
    "<!date^1795440000^{date} <img src=x onerror=alert(1)>^javascript:alert(1)|x>",
    ":<img src=x onerror=alert(1)>:",
]


async def test_mrkdwn_reads_as_in_slack(look: Open, stage: Stage) -> None:
    page = await look("ada")
    shown = {text: await rendered(page, text) for text in CASES}
    assert shown == CASES


async def test_times_are_those_of_the_reader(look: Open, stage: Stage) -> None:
    page = await look("ada")
    text = "<!date^1795440000^{date_num} {time}|then>"
    assert await rendered(page, text, "America/New_York") == "<time>2026-11-23 8:20 AM</time>"
    assert await rendered(page, text, "Asia/Tokyo") == "<time>2026-11-23 10:20 PM</time>"


async def test_hostile_text_becomes_neither_elements_nor_dangerous_links(look: Open, stage: Stage) -> None:
    """In every place where somebody's text is shown: messages, blocks, names, topics, forms, traffic."""
    workspace, double = stage.double.workspace, stage.double
    evil = "<img src=x onerror=alert(1)>"
    workspace.add_user("mallory", evil, title=evil)
    channel = workspace.add_channel("hostile", ("ada", "mallory", "platform"), topic=evil)
    mallory = double.person("mallory")
    for text in HOSTILE:
        workspace.post(Message(channel.id, workspace.new_ts(), mallory.user_id, text))
        await mallory.say("hostile", text)
        plain, marked = {"type": "plain_text", "text": text}, {"type": "mrkdwn", "text": text}
        blocks: list[JsonObject] = [
            {"type": "header", "text": plain},
            {"type": "section", "text": marked, "fields": [plain, marked]},
            {"type": "context", "elements": [marked, plain]},
            {"type": "markdown", "text": f"# {text}\n\n{text}\n\n- {text}\n\n| a |\n|---|\n| {text} |"},
            {"type": "markdown", "text": "[x](javascript:alert(1)) <javascript:alert(1)>"},
            {"type": "actions", "elements": [{"type": "button", "action_id": "b", "text": plain}]},
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
                {"type": "text", "text": text}, {"type": "link", "url": "javascript:alert(1)", "text": text}]}]},
        ]  # fmt: skip
        # Past the double's own checks: the page must hold by itself.
        posted = Message(
            channel.id, workspace.new_ts(), workspace.bot_user_id, text, tuple(blocks), bot_id=workspace.bot_id
        )
        workspace.post(posted)
    await double.person("ada").slash("hostile", "/platform", evil)
    page = await look("ada", "hostile")
    await page.get_by_test_id("tool-traffic").click()
    await page.get_by_test_id("traffic-row").last.click()
    await expect(page.get_by_test_id("traffic-detail")).to_contain_text("onerror")
    await expect(page.get_by_test_id("message")).to_have_count(3 * len(HOSTILE))
    assert (
        await page.evaluate(
            "document.querySelectorAll('main img, main script:not([src]), main b, main svg[onload]').length"
        )
        == 0
    )
    links = await page.evaluate("[...document.querySelectorAll('a[href]')].map((link) => link.protocol)")
    assert set(links) <= {"http:", "https:"}
    handlers = "[...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => a.name.startsWith('on'))).length"
    assert await page.evaluate(handlers) == 0
    await expect(page.locator(".pane-topic")).to_contain_text("onerror=alert(1)")
    assert stage.problems == []


async def test_all_kinds_of_blocks_are_shown(look: Open, stage: Stage) -> None:
    await stage.double.person("ada").slash("platform", "/platform", "showcase")
    page = await look("ada")
    message = page.get_by_test_id("message")
    await expect(message.locator(".rich-text li")).to_have_text(["first", "second"])
    await expect(message.locator(".rich-text pre")).to_have_text("kubectl get pods\nNAME READY")
    await expect(message.get_by_role("heading", name="What it costs")).to_be_visible()
    await expect(message.get_by_role("cell", name="7.25")).to_be_visible()
    await expect(message.get_by_text("CPU over the week")).to_be_visible()
    await expect(message.locator(".unsupported")).to_have_count(0)
    assert stage.problems == []


async def test_a_block_that_nobody_knows_is_named_and_breaks_nothing(look: Open, stage: Stage) -> None:
    workspace = stage.double.workspace
    channel = workspace.channel("platform")
    blocks = (
        {"type": "hologram", "block_id": "h"},
        {"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": "after"}},
    )
    workspace.post(
        Message(channel.id, workspace.new_ts(), workspace.bot_user_id, "x", blocks=blocks, bot_id=workspace.bot_id)
    )
    page = await look("ada")
    await expect(page.get_by_test_id("message-body")).to_contain_text("The playground cannot show a “hologram” block.")
    await expect(page.get_by_test_id("message-body")).to_contain_text("after")
