"""The same engine without asyncio: the classes of `xmp` by the same names, with methods that block.

Records, words and errors are those of `xmp`. While a call waits, other threads run.
"""

from xmp._names import stand_in
from xmp.generated import blocking
from xmp.generated.blocking import *
from xmp.generated.shared import ManualClock

__all__ = ["ManualClock"]
__all__ += blocking.__all__

stand_in(__name__, globals(), blocking.__all__)
