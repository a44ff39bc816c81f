"""The former name of builders.street_city; import from there."""

from builders.street_city import *  # noqa: F403
from builders.street_city import plot as box  # noqa: F401
