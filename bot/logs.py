"""Sets up structured logs, once, at process start: constant event names, fields apart, the call's reference on every line.

Standard-library loggers (aiohttp, apscheduler, slack_bolt) go through the same output. Every line has its secrets taken out
last, tracebacks and all.
"""

import logging
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog

from bot.config import LogSettings
from bot.kit.redact import redactor

_LONGEST = 10_000  # characters of one field: what arrives from outside may be a megabyte


def configure_logs(settings: LogSettings, stream: TextIO = sys.stderr, *, secrets: Iterable[str] = ()) -> None:
    """`text` for people, `json` for collectors; `auto` picks by whether the stream is a terminal. `secrets` are this process's
    own: they are taken out wherever they appear, beside whatever looks like a secret."""
    as_text = settings.format == "text" or (settings.format == "auto" and stream.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    # Plain: the default shows local variables where it can, and a token may be one.
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if as_text
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    tail: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not as_text:
        tail.append(structlog.processors.format_exc_info)
    tail.append(_bounded)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[*tail, _without_secrets(renderer, secrets)]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for noisy in ("apscheduler", "aiohttp.access", "alembic", "slack_sdk"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("slack_bolt").setLevel(
        logging.ERROR
    )  # it warns of the environment variables that we read ourselves


def _without_secrets(renderer: structlog.typing.Processor, secrets: Iterable[str]) -> structlog.typing.Processor:
    clean = redactor(secrets)

    def render(logger: structlog.typing.WrappedLogger, name: str, event: structlog.typing.EventDict) -> str:
        return clean(str(renderer(logger, name, event)))

    return render


def _bounded(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for name, value in event.items():
        if isinstance(value, str) and len(value) > _LONGEST:
            event[name] = f"{value[:_LONGEST]}… ({len(value)} characters)"
    return event
