"""Where to build: location models, candidates, and a plan that is assessed again."""
