"""What is loaded before a fork stays shared: the kernel is not asked here, only where new things come to lie."""

import subprocess
import sys

# In a process of its own, since what is taken there is never given back.
_FILLED = """
from engage.service import memory
kept = [bytes(67) for _ in range(4_000)]  # blocks of 112 bytes
del kept[::2]
old = {id(each) // 16_384 for each in kept}
if FILLED:
    memory.share_what_is_loaded()
print(sum(id(each) // 16_384 in old for each in [bytes(67) for _ in range(1_000)]))
"""


def _made_among_what_is_shared(*, filled: bool) -> int:
    code = _FILLED.replace("FILLED", str(filled))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_what_a_child_makes_does_not_lie_among_what_it_shares() -> None:
    assert _made_among_what_is_shared(filled=False) > 900
    assert _made_among_what_is_shared(filled=True) == 0
