"""What if: facilities added or closed and links added or cut, laid over a city."""
