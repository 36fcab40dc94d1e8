"""The page with its double and a small app, and a headless browser that looks at it."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from playground.cluster import ClusterDouble
from playground.page import Page as PlaygroundPage
from playground.page.look import ClusterDoubleLook
from playground.slack import SlackDouble, acme
from tests.playground.page.fake_app import MANIFEST, FakeApp

BROWSER_ARGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Stage:
    """One playground. `problems` is what the browser complained about: errors in modules, refused content."""

    double: SlackDouble
    app: FakeApp
    page: PlaygroundPage
    cluster: ClusterDouble
    problems: list[str] = field(default_factory=list)


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        double = await stack.enter_async_context(SlackDouble(MANIFEST, acme(), rate_limits=False, ack_seconds=0.5))
        app = FakeApp(double.api_url, double.bot_token, double.app_token)
        await app.start()
        stack.push_async_callback(app.stop)
        cluster = ClusterDouble()  # looked at, never asked over HTTP: it need not be started
        page = PlaygroundPage(double, ClusterDoubleLook(cluster))
        await page.start()
        stack.push_async_callback(page.stop)
        yield Stage(double, app, page, cluster)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_ARGS)
        yield browser
        await browser.close()


Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="module")
async def look(chromium: Browser, stage: Stage) -> AsyncIterator[Open]:
    """`await look("ada", "platform")` is a browser at that place; `scheme` light or dark, `width` in pixels."""
    contexts: list[BrowserContext] = []

    async def open_page(
        person: str = "ada", channel: str = "platform", *, scheme: str = "light", width: int = 1280
    ) -> Page:
        context = await chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: stage.problems.append(str(error)))
        page.on("console", lambda line: stage.problems.append(line.text) if line.type == "error" else None)
        place = stage.double.workspace.channel(channel).id if channel != "app" else "app"
        await page.goto(f"{stage.page.url}#/{person}/{place}")
        await page.wait_for_selector(f"body[data-person={person}]")
        return page

    yield open_page
    for context in contexts:
        await context.close()
