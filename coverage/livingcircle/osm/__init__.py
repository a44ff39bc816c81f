"""OpenStreetMap: what its tags mean; reading and downloading extracts."""
