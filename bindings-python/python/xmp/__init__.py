"""Hold many social accounts; write, schedule, publish and measure posts, each exactly once.

`xmp` is for asyncio; `xmp.sync` has the same names without `await`; `xmp.sim` is a simulator of X for tests.

    async with xmp.Xmp.open(home="xmp-home", x=xmp.XConfig(client_id="...")) as engine:
        draft = xmp.Draft.text("Good morning").to(account_id)
        await engine.posts.schedule(draft, "morning/2026-12-24")
"""

from xmp._caller import correlation_id
from xmp._draft import Draft
from xmp._errors import XmpError
from xmp._fork import post_fork
from xmp._names import stand_in
from xmp.generated import aio, errors, inputs, outputs, words
from xmp.generated.aio import *
from xmp.generated.errors import *
from xmp.generated.inputs import *
from xmp.generated.outputs import *
from xmp.generated.shared import ManualClock
from xmp.generated.words import *

__all__ = ["Draft", "ManualClock", "XmpError", "correlation_id", "post_fork"]
__all__ += aio.__all__
__all__ += errors.__all__
__all__ += inputs.__all__
__all__ += outputs.__all__
__all__ += words.__all__

stand_in(__name__, globals(), __all__)
