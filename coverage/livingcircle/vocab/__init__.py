"""Identifiers that have names in two languages, kept as TOML beside their readers."""
