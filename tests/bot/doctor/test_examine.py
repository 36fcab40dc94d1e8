"""Checks run side by side, each within its time, whatever becomes of the others."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
import structlog

from bot.doctor.examine import Check, UnjoinedThreads, examine
from bot.doctor.report import Finding, State, failed, ok, skipped, warning


def says(finding: Finding) -> Callable[[], Awaitable[Finding]]:
    async def ask() -> Finding:
        return finding

    return ask


async def never() -> Finding:
    await asyncio.Event().wait()
    raise AssertionError


async def stubborn() -> Finding:
    """Takes no notice of being cancelled."""
    for _time in range(100):
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            continue
    return ok("at last")


@pytest.mark.parametrize("ask", [never, stubborn])
async def test_a_check_without_an_answer_fails_and_holds_up_nobody(ask: Callable[[], Awaitable[Finding]]) -> None:
    report = await examine([Check("late", ask, timeout=0.01), Check("other", says(ok("fine")))])
    late, other = report.rows
    assert late.finding.state is State.FAILED
    assert "no answer within 0.01 s" in late.finding.found
    assert other.finding == ok("fine")


async def test_a_check_that_breaks_is_told_as_such_and_breaks_no_other() -> None:
    async def broken() -> Finding:
        raise ZeroDivisionError("oh\nno")

    with structlog.testing.capture_logs() as logs:
        report = await examine([Check("broken", broken), Check("other", says(ok("fine")))])
    assert report.rows[0].finding == failed("the check itself failed: ZeroDivisionError: oh", "please report this")
    assert report.rows[1].finding == ok("fine")
    assert [entry["event"] for entry in logs] == ["check_broken"]


@pytest.mark.parametrize("finding", [failed("no", "x"), skipped("no")])
async def test_what_needs_a_check_that_did_not_pass_is_skipped_with_all_that_follows(finding: Finding) -> None:
    report = await examine(
        [
            Check("first", says(finding)),
            Check("second", says(ok("fine")), after="first"),
            Check("third", says(ok("fine")), after="second"),
        ]
    )
    assert [row.finding for row in report.rows[1:]] == [skipped("it needs “first”"), skipped("it needs “second”")]


async def test_a_warning_does_not_keep_what_follows_from_being_checked() -> None:
    report = await examine([Check("first", says(warning("hm", "x"))), Check("second", says(ok("fine")), after="first")])
    assert report.rows[1].finding == ok("fine")


async def test_what_reads_something_unusable_is_not_asked() -> None:
    report = await examine([Check("one", never, reads=("A", "B")), Check("two", says(ok("fine")), reads=("A",))], {"B"})
    assert report.rows[0].finding.state is State.SKIPPED
    assert "B" in report.rows[0].finding.found
    assert report.rows[1].finding == ok("fine")


def test_a_thread_that_hangs_does_not_keep_the_program_from_ending() -> None:
    hanging, release = threading.Event(), threading.Event()

    def hang() -> None:
        hanging.set()
        release.wait(60)

    async def ask() -> Finding:
        await asyncio.to_thread(hang)
        return ok("never")

    async def program() -> State:
        asyncio.get_running_loop().set_default_executor(UnjoinedThreads())
        asked = asyncio.create_task(examine([Check("disk", ask, timeout=0.2)]))
        report = await asked
        return report.rows[0].finding.state

    assert asyncio.run(program()) is State.FAILED  # the thread still hangs: this returns all the same
    assert hanging.is_set()
    assert not release.is_set()
    release.set()


async def test_threads_give_back_results_and_errors() -> None:
    loop = asyncio.get_running_loop()
    threads = UnjoinedThreads()
    assert await loop.run_in_executor(threads, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        await loop.run_in_executor(threads, lambda: 1 // 0)
