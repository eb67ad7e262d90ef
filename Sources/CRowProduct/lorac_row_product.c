#include "lorac_row_product.h"

#include <string.h>

enum { block = LORAC_ROW_PRODUCT_BLOCK, widest = 32 };

/* Stores `count` inner elements of `columns` columns of w in `panel`, inner by inner; columns up to
   `width` are zeros. */
static void pack(
    const float *w, size_t w_column, size_t w_inner, size_t columns, size_t count, size_t width,
    float *panel) {
  if (columns < width) memset(panel, 0, count * width * sizeof *panel);
  if (w_inner == 1) {
    for (size_t c = 0; c < columns; c++) {
      const float *from = w + c * w_column;
      for (size_t i = 0; i < count; i++) panel[i * width + c] = from[i];
    }
  } else {
    for (size_t i = 0; i < count; i++)
      for (size_t c = 0; c < columns; c++) panel[i * width + c] = w[c * w_column + i * w_inner];
  }
}

typedef float vector __attribute__((vector_size(64), aligned(4)));

#define UNROLL _Pragma("clang loop unroll(full)")

/* The kernels are compiled for several processors from one text. VECTORS is how many vectors of 16
   columns are summed together, ROWS how many rows: as many sums as registers hold. */
#define KERNELS(NAME, TARGET, ROWS, VECTORS)                                                       \
  TARGET static inline __attribute__((always_inline)) void NAME##_tile(                            \
      const float *x, size_t x_stride, const float *panel, float *y, size_t y_stride,              \
      size_t columns, size_t count, const int rows) {                                              \
    vector sums[ROWS][VECTORS];                                                                    \
    UNROLL                                                                                         \
    for (int r = 0; r < rows; r++)                                                                 \
      UNROLL                                                                                       \
      for (int v = 0; v < VECTORS; v++) sums[r][v] = (vector){0};                                  \
    for (size_t i = 0; i < count; i++) {                                                           \
      vector values[VECTORS];                                                                      \
      UNROLL                                                                                       \
      for (int v = 0; v < VECTORS; v++)                                                            \
        values[v] = *(const vector *)(panel + (i * VECTORS + (size_t)v) * 16);                     \
      UNROLL                                                                                       \
      for (int r = 0; r < rows; r++)                                                               \
        UNROLL                                                                                     \
        for (int v = 0; v < VECTORS; v++)                                                          \
          sums[r][v] += x[(size_t)r * x_stride + i] * values[v];                                   \
    }                                                                                              \
    UNROLL                                                                                         \
    for (int r = 0; r < rows; r++) {                                                               \
      float *to = y + (size_t)r * y_stride;                                                        \
      if (columns == VECTORS * 16) {                                                               \
        UNROLL                                                                                     \
        for (int v = 0; v < VECTORS; v++) *(vector *)(to + v * 16) += sums[r][v];                  \
      } else {                                                                                     \
        float rest[VECTORS * 16];                                                                  \
        memcpy(rest, sums[r], sizeof rest);                                                        \
        for (size_t c = 0; c < columns; c++) to[c] += rest[c];                                     \
      }                                                                                            \
    }                                                                                              \
  }                                                                                                \
  TARGET static void NAME(                                                                         \
      const float *x, size_t x_stride, const float *w, size_t w_column, size_t w_inner, float *y,  \
      size_t y_stride, size_t rows, size_t columns, size_t inner, float *panel) {                  \
    const size_t width = VECTORS * 16;                                                             \
    for (size_t i = 0; i < inner; i += block) {                                                    \
      size_t count = inner - i < block ? inner - i : block;                                        \
      for (size_t c = 0; c < columns; c += width) {                                                \
        size_t wide = columns - c < width ? columns - c : width;                                   \
        pack(w + c * w_column + i * w_inner, w_column, w_inner, wide, count, width, panel);        \
        size_t r = 0;                                                                              \
        for (; r + ROWS <= rows; r += ROWS)                                                        \
          NAME##_tile(                                                                             \
              x + r * x_stride + i, x_stride, panel, y + r * y_stride + c, y_stride, wide, count,  \
              ROWS);                                                                               \
        for (; r + ROWS / 2 <= rows; r += ROWS / 2)                                                \
          NAME##_tile(                                                                             \
              x + r * x_stride + i, x_stride, panel, y + r * y_stride + c, y_stride, wide, count,  \
              ROWS / 2);                                                                           \
        for (; r < rows; r++)                                                                      \
          NAME##_tile(                                                                             \
              x + r * x_stride + i, x_stride, panel, y + r * y_stride + c, y_stride, wide, count,  \
              1);                                                                                  \
      }                                                                                            \
    }                                                                                              \
  }

#pragma STDC FP_CONTRACT ON

#if defined(__x86_64__)
KERNELS(wide, __attribute__((target("avx512f,avx512vl"))), 12, 2)
KERNELS(middle, __attribute__((target("avx2,fma"))), 6, 1)
#endif
KERNELS(narrow, , 4, 1)

void lorac_row_product(
    const float *x, size_t x_stride, const float *w, size_t w_column, size_t w_inner, float *y,
    size_t y_stride, size_t rows, size_t columns, size_t inner, float *panel) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
    return wide(x, x_stride, w, w_column, w_inner, y, y_stride, rows, columns, inner, panel);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return middle(x, x_stride, w, w_column, w_inner, y, y_stride, rows, columns, inner, panel);
#endif
  narrow(x, x_stride, w, w_column, w_inner, y, y_stride, rows, columns, inner, panel);
}
