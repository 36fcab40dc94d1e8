"""Slack's side: deliveries in (socket or HTTP, through Bolt), routed by our own table to help, forms and the desk."""
