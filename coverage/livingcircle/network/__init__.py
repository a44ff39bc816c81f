"""The walking network: nodes, edges, pieces, and where points meet it."""
