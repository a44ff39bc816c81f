"""Measurable requirements of published plans, and how a city is assessed against them."""
