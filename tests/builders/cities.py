"""The former name of builders.square_city and builders.drawing; import from there."""

from builders.drawing import *  # noqa: F403
from builders.square_city import *  # noqa: F403
