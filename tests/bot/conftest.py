"""How hypothesis looks for counterexamples: without a clock, for several people's work shares the machine."""

from hypothesis import settings

settings.register_profile("platform-bot", deadline=None)
settings.load_profile("platform-bot")
