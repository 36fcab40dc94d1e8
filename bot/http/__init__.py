"""HTTP's side: Slack's deliveries in HTTP mode, health, metrics, the API."""
