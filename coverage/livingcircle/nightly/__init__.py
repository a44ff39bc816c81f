"""nightly: many cities, incremental, published in one step; what changed, and why."""
