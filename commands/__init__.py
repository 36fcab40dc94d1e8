"""Behaviour, one package per domain. Groups never import each other; bot/wiring.py joins them."""
