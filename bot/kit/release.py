"""Which release this is."""

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """Such as `0.1.0`; `0` for a source tree that was not installed."""
    try:
        return version("platform-bot")
    except PackageNotFoundError:
        return "0"
