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

/* The squares of eight values, added to four sums in binary64. */
HARDWARE static inline __m256d add_squares(__m256d sums, __m256 values) {
  __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(values));
  __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(values, 1));
  return _mm256_add_pd(sums, _mm256_add_pd(_mm256_mul_pd(low, low), _mm256_mul_pd(high, high)));
}

HARDWARE static inline double total(__m256d sums) {
  double parts[4];
  _mm256_storeu_pd(parts, sums);
  return (parts[0] + parts[1]) + (parts[2] + parts[3]);
}

HARDWARE static inline __m256 load_half(const void *source) {
  return _mm256_cvtph_ps(_mm_loadu_si128(source));
}

HARDWARE static inline __m128i round_half(__m256 value) {
  return _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT);
}

HARDWARE static inline __m256 load_brain(const void *source) {
  __m256i bits = _mm256_cvtepu16_epi32(_mm_loadu_si128(source));
  return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16));
}

HARDWARE static inline __m128i round_brain(__m256 value) {
  __m256i bits = _mm256_castps_si256(value);
  __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7FFF)));
  __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
  __m256i result = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, nan), 16);
  return _mm_packus_epi32(
      _mm256_castsi256_si128(result), _mm256_extracti128_si256(result, 1));
}

struct sums {
  __m256d lost, delta;
  __m256 overflow;
};

/* Eight sums of one format; written once for both. */
#define ADD8(load, round)                                                                        \
  __m256 value = load(base), change = _mm256_loadu_ps(delta);                                    \
  /* Adding -0 leaves every value as it is, and so its sign, where adding 0 would not. */        \
  __m256 zero = _mm256_cmp_ps(change, _mm256_setzero_ps(), _CMP_EQ_OQ);                          \
  __m256 term = _mm256_or_ps(change, _mm256_and_ps(zero, _mm256_set1_ps(-0.0f)));                \
  __m128i stored = round(_mm256_add_ps(value, term));                                            \
  _mm_storeu_si128(target, stored);                                                              \
  __m256 result = load(&stored);                                                                 \
  __m256 error = _mm256_sub_ps(_mm256_sub_ps(result, value), change);                            \
  sums->lost = add_squares(sums->lost, error);                                                   \
  sums->delta = add_squares(sums->delta, change);                                                \
  sums->overflow = _mm256_or_ps(                                                                 \
      sums->overflow, _mm256_andnot_ps(non_finite(value), non_finite(result)))

HARDWARE static inline void half_add8(
    const void *base, const float *delta, void *target, struct sums *sums) {
  ADD8(load_half, round_half);
}

HARDWARE static inline void brain_add8(
    const void *base, const float *delta, void *target, struct sums *sums) {
  ADD8(load_brain, round_brain);
}

#define ADD(add8)                                                                                \
  const char *from = base;                                                                       \
  char *to = target;                                                                             \
  struct sums own = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_ps()};             \
  size_t index = 0;                                                                              \
  for (; index + 8 <= count; index += 8)                                                         \
    add8(from + 2 * index, delta + index, to + 2 * index, &own);                                 \
  if (index < count) {                                                                           \
    char rest[16] = {0};                                                                         \
    float changes[8] = {0};                                                                      \
    memcpy(rest, from + 2 * index, 2 * (count - index));                                         \
    memcpy(changes, delta + index, 4 * (count - index));                                         \
    add8(rest, changes, rest, &own);                                                             \
    memcpy(to + 2 * index, rest, 2 * (count - index));                                           \
  }                                                                                              \
  sums[0] += total(own.lost);                                                                    \
  sums[1] += total(own.delta);                                                                   \
  return _mm256_movemask_ps(own.overflow) != 0

HARDWARE int lorac_half_add(
    const void *base, const float *delta, void *target, size_t count, double sums[2]) {
  ADD(half_add8);
}

HARDWARE int lorac_brain_add(
    const void *base, const float *delta, void *target, size_t count, double sums[2]) {
  ADD(brain_add8);
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

int lorac_half_add(
    const void *base, const float *delta, void *target, size_t count, double sums[2]) {
  (void)base, (void)delta, (void)target, (void)count, (void)sums;
  return 0;
}

int lorac_brain_add(
    const void *base, const float *delta, void *target, size_t count, double sums[2]) {
  (void)base, (void)delta, (void)target, (void)count, (void)sums;
  return 0;
}

#endif
