"""``python -m livingcircle`` is the command ``livingcircle``."""

from livingcircle.cli.main import main

main()
