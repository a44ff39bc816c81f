"""The former name of builders.square_city and builders.site; import from there."""

from builders.site import *  # noqa: F403
from builders.square_city import *  # noqa: F403
