"""The former name of builders.grid_town; import from there."""

from builders.drawing import *  # noqa: F403
from builders.grid_town import *  # noqa: F403
