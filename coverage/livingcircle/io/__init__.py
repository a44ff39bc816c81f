"""Bytes and frames: files, tables, coordinates; nothing here knows a city."""
