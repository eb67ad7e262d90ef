#pragma once
#include <stddef.h>

/* Whether this processor converts half precision in hardware (x86-64 with AVX2 and F16C). */
int lorac_half_is_fast(void);

/* Stores `multiplier` times each of `count` binary16 values in `target`, computed in binary32 and
   rounded once, ties to even. Returns whether a finite value became infinite. Any alignment.
   Only to be called where lorac_half_is_fast(). */
int lorac_half_scale(const void *source, void *target, size_t count, float multiplier);

/* The same, stored as binary32, for multipliers below 2^100, where nothing overflows. */
void lorac_half_widen(const void *source, void *target, size_t count, float multiplier);

/* Stores `base + delta` of each of `count` binary16 values in `target`, added in binary32 and rounded
   once, ties to even. A delta of zero leaves the stored bits as they are, but for NaNs. Adds the
   squares of what rounding took away, and those of the deltas, to `sums[0]` and `sums[1]`. Returns
   whether a finite value became infinite or NaN. Only to be called where lorac_half_is_fast(). */
int lorac_half_add(
    const void *base, const float *delta, void *target, size_t count, double sums[2]);

/* The same for bfloat16. */
int lorac_brain_add(
    const void *base, const float *delta, void *target, size_t count, double sums[2]);
