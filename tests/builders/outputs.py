"""The former name of builders.run_folder; import from there."""

from builders.run_folder import *  # noqa: F403
