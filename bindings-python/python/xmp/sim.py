"""A simulator of X on loopback, for tests: `Sim.start(...)`, and what it tells.

`xmp.sync.sim` has the same without asyncio.
"""

from xmp._names import stand_in
from xmp.generated import aio_sim, sim_records
from xmp.generated.aio_sim import *
from xmp.generated.shared import SimClock
from xmp.generated.sim_records import *

__all__ = ["SimClock"]
__all__ += aio_sim.__all__
__all__ += sim_records.__all__

stand_in(__name__, globals(), __all__)
