"""`platform-bot doctor`: looks whether the bot could work here, beside a running one. Changes nothing, and holds no lock."""
