"""What a database's schema revision means for this release; asks no database."""

from bot.doctor.report import Finding, ok, warning
from storage.migrate import head

URL_VARIABLE = "DATABASE_URL"
NEWEST_KEY = "SELECT key_id FROM audit ORDER BY id DESC LIMIT 1"


def schema_finding(revision: str | None) -> Finding:
    """`revision` is the database's; None: it has no schema yet. Revisions are numbered and compare as text."""
    newest = head()
    migrated = "nothing: the bot's next start migrates it; or run `platform-bot migrate`"
    if revision is None:
        return warning(f"there is none yet; this release's is {newest}", migrated)
    if revision < newest:
        return warning(f"revision {revision}, this release's is {newest}", migrated)
    if revision > newest:
        return warning(
            f"revision {revision}, newer than this release's {newest}",
            "finish the update: the release before the newest works with it, an older one may not",
        )
    return ok(f"revision {revision}, this release's")
