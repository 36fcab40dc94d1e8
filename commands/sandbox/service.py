"""The sandbox domain put together: what people do is in use_cases/, what makes it true in reconcile/. Does nothing itself."""

from bot.kit.clock import Clock
from bot.kit.roles import Rules
from commands.sandbox.books import Books
from commands.sandbox.inside import Inside
from commands.sandbox.ports import Cluster, Measures, People
from commands.sandbox.reconcile.furnishing import Furnishing
from commands.sandbox.reconcile.round import Reconciler
from commands.sandbox.reconcile.sweep import Sweep
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.templates.catalogue import Catalogue
from commands.sandbox.templates.loading import load_templates
from commands.sandbox.use_cases.access import Access
from commands.sandbox.use_cases.brake import Brake
from commands.sandbox.use_cases.creating import Creating
from commands.sandbox.use_cases.doctor import Doctor
from commands.sandbox.use_cases.idleness import Idleness
from commands.sandbox.use_cases.life import Life
from commands.sandbox.use_cases.looking import Looking
from commands.sandbox.use_cases.notes import Notes
from commands.sandbox.use_cases.seeing import Seeing
from commands.sandbox.use_cases.sharing import Sharing
from commands.sandbox.use_cases.sleeping import Sleeping
from commands.sandbox.use_cases.templates import LookingAtTemplates
from storage.audit import AuditStore
from storage.db import Database
from storage.messages import MessageStore


class SandboxService:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        cluster: Cluster,
        messages: MessageStore,
        settings: SandboxSettings,
        rules: Rules,
        audit: AuditStore,
        people: People,
        measures: Measures,
    ) -> None:
        self.settings = settings
        self.books = Books(db, clock, messages, settings, rules, audit)
        catalogue = Catalogue(load_templates(settings.templates), settings.domain)
        self.creating = Creating(db, clock, messages, settings, self.books, catalogue)
        self.templates = LookingAtTemplates(catalogue)
        self.looking = Looking(db, clock, self.books)
        self.life = Life(db, clock, messages, settings, rules, self.books, people)
        self.sleeping = Sleeping(db, clock, settings, self.books)
        self.sharing = Sharing(db, clock, messages, self.books, people)
        self.inside = Inside(clock, cluster)
        self.seeing = Seeing(db, clock, settings, self.books, self.inside)
        self.notes = Notes(db, messages, settings)
        self.access = Access(db, clock, settings, self.books, cluster, people)
        self.idleness = Idleness(db, clock, messages, settings, self.books, self.inside, measures)
        furnishing = Furnishing(self.inside, catalogue)
        self.reconciler = Reconciler(db, clock, cluster, settings, messages, self.books, furnishing, self.inside)
        self.brake = Brake(db, clock, messages, settings, rules, self.books)
        self.doctor = Doctor(db, clock, cluster, settings, self.books, self.brake)
        self.sweep = Sweep(db, clock, cluster, settings, self.books)
