"""Access in Slack: values -> blocks, a file for each thing it is about. Pure; what people wrote is escaped here."""
