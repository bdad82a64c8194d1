"""NumPy's seeded permutation without NumPy, whose import would take a quarter of the time of `embedmark plan`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_WORD: Final = 2**32 - 1
_LONG: Final = 2**64 - 1
_STATE: Final = 2**128 - 1
_POOL: Final = 4  # words that the seed is mixed into
_INIT_A, _MULTIPLY_A = 0x43B0D7E5, 0x931E8875  # of O'Neill's seed_seq, as in numpy.random.SeedSequence
_INIT_B, _MULTIPLY_B = 0x8B51F9DD, 0x58F38DED
_MIX_LEFT, _MIX_RIGHT = 0xCA01F9DD, 0x4973F715
_PCG: Final = 0x2360ED051FC65DA44385DF649FCCF645


@lru_cache(maxsize=8)
def permutation(n: int, seed: int) -> tuple[int, ...]:
    """Return `numpy.random.default_rng(seed).permutation(n)`: the numbers below `n`, shuffled.

    It takes a microsecond a number, so a caller with very many of them uses NumPy.
    """
    words = _words_of(seed)
    numbers = list(range(n))
    for i in range(n - 1, 0, -1):
        mask = (1 << i.bit_length()) - 1
        while (j := next(words) & mask) > i:
            pass
        numbers[i], numbers[j] = numbers[j], numbers[i]
    return tuple(numbers)


def _words_of(seed: int) -> Iterator[int]:
    """Yield the 32-bit words of PCG64 (O'Neill, 2014: XSL-RR), the lower half of each output first."""
    high, low, high_step, low_step = _seeds_of(seed)
    step = ((high_step << 64 | low_step) << 1 | 1) & _STATE
    state = ((step + (high << 64 | low)) * _PCG + step) & _STATE
    while True:
        state = (state * _PCG + step) & _STATE
        folded, turn = (state >> 64) ^ (state & _LONG), state >> 122
        output = (folded >> turn | folded << (64 - turn)) & _LONG
        yield output & _WORD
        yield output >> 32


def _seeds_of(seed: int) -> list[int]:
    """Return the four 64-bit numbers that PCG64 begins with."""
    pool, constant, words = _mixed_pool(seed), _INIT_B, []
    for i in range(2 * _POOL):
        word = pool[i % _POOL] ^ constant
        constant = constant * _MULTIPLY_B & _WORD
        word = word * constant & _WORD
        words.append(word ^ word >> 16)
    return [words[i] | words[i + 1] << 32 for i in range(0, 2 * _POOL, 2)]


def _mixed_pool(seed: int) -> list[int]:
    constant = _INIT_A

    def hashed(word: int) -> int:
        nonlocal constant
        word ^= constant
        constant = constant * _MULTIPLY_A & _WORD
        word = word * constant & _WORD
        return word ^ word >> 16

    def mixed(a: int, b: int) -> int:
        word = (_MIX_LEFT * a - _MIX_RIGHT * b) & _WORD
        return word ^ word >> 16

    entropy = [seed >> shift & _WORD for shift in range(0, max(seed.bit_length(), 1), 32)]
    pool = [hashed(entropy[i] if i < len(entropy) else 0) for i in range(_POOL)]
    for source in range(_POOL):
        for target in range(_POOL):
            if source != target:
                pool[target] = mixed(pool[target], hashed(pool[source]))
    for word in entropy[_POOL:]:
        pool = [mixed(held, hashed(word)) for held in pool]
    return pool
