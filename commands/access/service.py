"""The access domain's service: holds its use cases, a file each in use_cases/. Does nothing itself."""

from bot.kit.clock import Clock
from commands.access.use_cases.approvals import Approvals
from commands.access.use_cases.audit import AuditTrail
from storage.audit import AuditStore
from storage.db import Database
from storage.messages import MessageStore


class AccessService:
    def __init__(self, db: Database, clock: Clock, messages: MessageStore, audit: AuditStore) -> None:
        self.approvals = Approvals(db, clock, audit, messages)
        self.audit = AuditTrail(db, clock, audit, messages)
