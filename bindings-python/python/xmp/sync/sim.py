"""The simulator without asyncio. Its records are those of `xmp.sim`."""

from xmp._names import stand_in
from xmp.generated import blocking_sim
from xmp.generated.blocking_sim import *
from xmp.generated.shared import SimClock

__all__ = ["SimClock"]
__all__ += blocking_sim.__all__

stand_in(__name__, globals(), blocking_sim.__all__)
