"""Doubles of the outside world, as strict as the real thing: for tests and for `platform-bot demo`. Imports at most bot.kit."""
