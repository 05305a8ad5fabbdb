"""How little memory many processes can do with: one heap for all threads of each, and what is loaded before a fork shared by all.

A page of memory is shared until one of them writes into it, and to count a reference is to write.
"""

import ctypes
import gc
import sys

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_M_ARENA_MAX, _M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -8, -3, -1  # mallopt(3), glibc
_LARGE = 256 * 1024  # bytes: what compresses a page takes pieces of 128 KB, which are better kept
# Bytes, the largest first, since a small piece would split them. The first is the largest that glibc never maps apart.
_GAPS = (*(1024 * kilobytes for kilobytes in (120, 64, 32, 16, 8, 4, 2)), *range(1024, 8, -16))
_MOST_GAPS = 1_000  # of the largest
# How Python's own allocator (obmalloc.c) keeps what is small: in pools of one size each, blocks behind a head.
_SMALL_SIZES, _POOL, _POOL_HEAD = range(16, 513, 16), 16 * 1024, 48  # bytes
_ROW, _MOST_SMALL = 8, 1024 * 1024  # blocks; bytes of one size


def keep_one_heap() -> None:
    """Let all threads of this process and its children allocate from one heap (glibc only).

    By default glibc opens one for every two threads; under Python's lock that buys no speed, and each keeps what was freed.
    It also takes for large only what is larger than anything that was ever freed, up to 32 MB, and keeps twice as much at the
    end of the heap: after one large page or file each process would hold several MB for good.
    """
    if _LIBC is not None and hasattr(_LIBC, "mallopt"):
        _LIBC.mallopt(_M_ARENA_MAX, 1)
        _LIBC.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        _LIBC.mallopt(_M_TRIM_THRESHOLD, _LARGE)


def load_quickly() -> None:
    """To be called before loading what `share_what_is_loaded` is for: nearly nothing of it is garbage, and looking through it
    again and again while it grows takes a tenth of the start.
    """
    gc.disable()


def share_what_is_loaded() -> None:
    """To be called before forking: what was loaded stays in pages of memory that all children share.

    A garbage collector that looked at it would write into them. And what a child makes for itself is to lie together in new
    pages, not scattered over the small gaps of the old ones, each of which would be copied for a few bytes.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    _fill_pools()
    if _LIBC is not None and hasattr(_LIBC, "gnu_get_libc_version"):
        _fill_gaps(_LIBC)


def _fill_pools() -> None:
    """Take every free block of Python's pools that are in use, for good: some 1 MB, scattered over a tenth of what is loaded.

    Blocks in a row from the head of a pool on say that it is a new one, and that no other of its size has a free block.
    """
    if not sys.getallocatedblocks():  # another allocator stands in its place
        return
    malloc = ctypes.pythonapi.PyObject_Malloc
    malloc.restype, malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
    for size in _SMALL_SIZES:
        last = row = 0
        for _number in range(_MOST_SMALL // size):
            block = malloc(size)
            row = 1 if block % _POOL == _POOL_HEAD else row + 1 if row and block == last + size else 0
            if row == _ROW:
                break
            last = block


def _fill_gaps(libc: ctypes.CDLL) -> None:
    """Take every free piece of the heap below its end, for good: some 3 MB that lay there unused."""
    malloc, free, end_of_heap = libc.malloc, libc.free, libc.sbrk
    malloc.restype, malloc.argtypes, free.argtypes = ctypes.c_void_p, (ctypes.c_size_t,), (ctypes.c_void_p,)
    end_of_heap.restype, end_of_heap.argtypes = ctypes.c_void_p, (ctypes.c_ssize_t,)
    end = end_of_heap(0)
    for _number in range(_MOST_GAPS):
        last = malloc(_GAPS[0])
        if end_of_heap(0) != end:  # it has to grow, as no gap is large enough any more
            break
    else:  # another allocator stands in its place
        return
    for size in _GAPS[1:]:
        while (piece := malloc(size)) < last:
            pass
        free(piece)
    free(last)
