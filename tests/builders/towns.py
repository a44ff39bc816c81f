"""The former name of builders.drawing; import from there."""

from builders.drawing import *  # noqa: F403
