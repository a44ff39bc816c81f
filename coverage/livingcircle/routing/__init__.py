"""Exact cost from the nearest facilities to every node, edge position and demand point."""
