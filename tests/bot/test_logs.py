"""What is logged has its secrets taken out, whoever logs it and however."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.config import LogSettings
from bot.logs import configure_logs

_TOKEN = "xoxb-" + "1" * 20
_SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.fixture
def kept_configuration() -> Iterator[None]:
    """Logs as they are set up for all tests come back afterwards; what a library has switched off for the whole process is on
    meanwhile."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level, disabled = list(root.handlers), root.level, root.manager.disable
    logging.disable(logging.NOTSET)
    yield
    logging.disable(disabled)
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("kept_configuration")
@pytest.mark.parametrize("style", ["json", "text"])
def test_no_secret_is_in_a_line_in_its_traceback_or_in_what_libraries_log(style: str) -> None:
    out = io.StringIO()
    configure_logs(LogSettings(format=style, level="debug"), out, secrets=[_SIGNING])
    log = structlog.stdlib.get_logger("of_the_test_of_logs")
    log.info("with_a_field", token=_TOKEN, nested={"a": [_SIGNING]}, odd=ValueError(_TOKEN))
    try:
        raise RuntimeError(f"{_TOKEN} and {_SIGNING}")
    except RuntimeError:
        log.exception("failed")
    logging.getLogger("library").warning("connecting to %s", f"postgresql://bot:{_SIGNING}@db/x")
    lines = out.getvalue()
    assert "1" * 20 not in lines
    assert _SIGNING not in lines
    assert lines.count("[redacted]") >= 6
    assert "@db/x" in lines
    if style == "json":
        events = [json.loads(line)["event"] for line in lines.splitlines()]
        assert events[:2] == ["with_a_field", "failed"]
