"""What may go wrong around a running bot, and that nothing is lost, doubled or left half-done.

The bots here are processes of their own, so that they can be killed. A test asks for `fleet` (tests/faults/conftest.py): Slack,
a cluster and a database with any number of bots, once per database and mode unless it says otherwise:

    async def test_it_survives(fleet: Fleet) -> None:
        bot = await fleet.start()                                  # as `platform-bot run` starts; environment=… for settings
        held = fleet.world.slack.faults.holds.hold("chat.postMessage", "done")
        await fleet.world.ada.slash("#platform", "/platform", "sandbox create checkout")
        await fleet.reached(held)                                  # Slack has it, the bot has not heard
        await bot.kill()                                           # kill -9; also terminate, freeze, thaw
        held.cut()
        await fleet.start()                                        # on SQLite; on PostgreSQL another replica may go on
        await fleet.world.message("checkout", "is ready")
        await fleet.settled()                                      # nothing lost, nothing doubled, nothing half-done

- Where to break in: `world.slack.faults.holds` by Web API method, `world.cluster.faults.holds` by verb and resource ("create
  namespaces"), at "arrived" or "done"; other faults of the doubles beside them (playground/*/faults.py).
- `database_url` and `mode` are fixtures: override them (`pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)`,
  `pytest.mark.parametrize("mode", ["http"])`) where one of them tells enough: each start costs a fifth of a second of CPU.
- What cannot be reached from outside: `fleet.start(program="tests.faults.entry", …)`, the same application put together with
  something held or shifted (tests/faults/entry.py).
- Waiting is always for a condition (`world.until`, `fleet.reached`, `fleet.eventually`), never for a time.
"""
