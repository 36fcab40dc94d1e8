"""The demo in this process and a browser at it, for tests that must look into the bot as well. Asserts nothing."""

import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from playwright.async_api import Browser, Page, async_playwright

from bot.app import Application
from bot.config import load_settings
from bot.kit.declare import Group
from bot.slack.manifest import manifest
from bot.wiring import GROUPS, Parts, build
from commands.sandbox.role import user_role
from playground.demo import Playground
from tests.playground.page.conftest import BROWSER_ARGS

PATIENCE = 20_000  # milliseconds for what the bot does on a busy machine


@dataclass
class Demo:
    """`problems` is what the browser complained about."""

    playground: Playground
    parts: Parts
    browser: Browser
    problems: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def look(
        self,
        person: str = "ada",
        channel: str = "platform",
        *,
        scheme: str = "light",
        width: int = 1280,
    ) -> AsyncIterator[Page]:
        """A browser of its own (nothing remembered: a first visit) at that place; `width` in pixels."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
        )
        try:
            page = await context.new_page()
            page.set_default_timeout(PATIENCE)
            page.on("pageerror", lambda error: self.problems.append(str(error)))
            page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
            workspace = self.playground.slack.workspace
            place = "app" if channel == "app" else workspace.channel(channel).id
            await page.goto(f"{self.playground.url}#/{person}/{place}")
            await page.wait_for_selector(f"body[data-person={person}]")
            yield page
        finally:
            await context.close()


@asynccontextmanager
async def demo(
    directory: Path, groups: Sequence[Group[Any]] = GROUPS, settings: Mapping[str, Any] | None = None
) -> AsyncIterator[Demo]:
    """`settings` is the platform.yaml it runs with."""
    (directory / "platform.yaml").write_text(yaml.safe_dump(dict(settings or {})))
    async with (
        async_playwright() as playwright,
        Playground(manifest=manifest("/platform", groups), directory=directory, objects=[user_role()]) as playground,
    ):
        sections = {group.name: group.settings for group in groups if group.settings is not None}
        parts = await build(load_settings(playground.environment(), sections), groups=groups)
        app = Application(parts)
        await app.start()
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_ARGS)
        try:
            await playground.slack.wait_for(lambda: playground.slack.sockets.connections > 0)
            yield Demo(playground, parts, browser)
        finally:
            await browser.close()
            await app.stop()


async def picture(page: Page, name: str) -> None:
    """Kept in the folder that SCREENSHOTS names; nowhere without it."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")
