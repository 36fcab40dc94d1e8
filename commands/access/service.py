"""The access domain's service: holds its use cases, a file each in use_cases/. Does nothing itself."""

from bot.kit.clock import Clock
from bot.kit.roles import Rules
from commands.access.ports import People
from commands.access.use_cases.approvals import Approvals
from commands.access.use_cases.audit import AuditTrail
from commands.access.use_cases.people import Roles
from storage.audit import AuditStore
from storage.db import Database
from storage.messages import MessageStore


class AccessService:
    def __init__(
        self, db: Database, clock: Clock, messages: MessageStore, audit: AuditStore, people: People, rules: Rules
    ) -> None:
        self.approvals = Approvals(db, clock, audit, messages)
        self.audit = AuditTrail(db, clock, audit, messages)
        self.roles = Roles(people, rules)
