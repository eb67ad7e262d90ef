#include "lorac_half.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define HARDWARE __attribute__((target("avx2,f16c")))

int lorac_half_is_fast(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c");
}

/* The lanes of `value` that are infinite or NaN, all bits set. */
HARDWARE static inline __m256 non_finite(__m256 value) {
  const __m256i exponent = _mm256_set1_epi32(0x7F800000);
  __m256i bits = _mm256_and_si256(_mm256_castps_si256(value), exponent);
  return _mm256_castsi256_ps(_mm256_cmpeq_epi32(bits, exponent));
}

/* Eight values; returns the lanes that overflowed. */
HARDWARE static inline __m256 scale8(const void *source, void *target, __m256 multiplier) {
  __m256 value = _mm256_cvtph_ps(_mm_loadu_si128(source));
  __m128i half = _mm256_cvtps_ph(_mm256_mul_ps(value, multiplier), _MM_FROUND_TO_NEAREST_INT);
  _mm_storeu_si128(target, half);
  return _mm256_andnot_ps(non_finite(value), non_finite(_mm256_cvtph_ps(half)));
}

HARDWARE int lorac_half_scale(const void *source, void *target, size_t count, float multiplier) {
  const char *from = source;
  char *to = target;
  const __m256 factor = _mm256_set1_ps(multiplier);
  __m256 overflow = _mm256_setzero_ps();
  size_t index = 0;
  for (; index + 8 <= count; index += 8)
    overflow = _mm256_or_ps(overflow, scale8(from + 2 * index, to + 2 * index, factor));
  if (index < count) {
    char rest[16] = {0};
    memcpy(rest, from + 2 * index, 2 * (count - index));
    overflow = _mm256_or_ps(overflow, scale8(rest, rest, factor));
    memcpy(to + 2 * index, rest, 2 * (count - index));
  }
  return _mm256_movemask_ps(overflow) != 0;
}

HARDWARE void lorac_half_widen(
    const void *source, void *target, size_t count, float multiplier) {
  const char *from = source;
  char *to = target;
  const __m256 factor = _mm256_set1_ps(multiplier);
  size_t index = 0;
  for (; index + 8 <= count; index += 8) {
    __m128i half = _mm_loadu_si128((const void *)(from + 2 * index));
    _mm256_storeu_ps((void *)(to + 4 * index), _mm256_mul_ps(_mm256_cvtph_ps(half), factor));
  }
  if (index < count) {
    char rest[16] = {0};
    float values[8];
    memcpy(rest, from + 2 * index, 2 * (count - index));
    __m128i half = _mm_loadu_si128((const void *)rest);
    _mm256_storeu_ps(values, _mm256_mul_ps(_mm256_cvtph_ps(half), factor));
    memcpy(to + 4 * index, values, 4 * (count - index));
  }
}

#else

int lorac_half_is_fast(void) { return 0; }

int lorac_half_scale(const void *source, void *target, size_t count, float multiplier) {
  (void)source, (void)target, (void)count, (void)multiplier;
  return 0;
}

void lorac_half_widen(
    const void *source, void *target, size_t count, float multiplier) {
  (void)source, (void)target, (void)count, (void)multiplier;
}

#endif
