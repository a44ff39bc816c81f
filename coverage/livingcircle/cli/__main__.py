"""Run the command line by ``python -m livingcircle.cli``."""

from livingcircle.cli.main import main

main()
