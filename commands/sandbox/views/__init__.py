"""Sandboxes in Slack: values -> blocks. Pure; what people wrote is escaped there."""
