#pragma once
#include <stddef.h>

/* Adds x·wᵀ to y: x is [rows, inner], y is [rows, columns], both row by row, `x_stride` and `y_stride`
   elements from one row to the next. The element (c, i) of w is w[c * w_column + i * w_inner].

   Every element of the result is the sum of its products in one order, whatever the number of rows
   and the place among them: a row gives the same bits alone and beside others, which kernels of
   common libraries do not promise. Sums are taken over blocks of LORAC_ROW_PRODUCT_BLOCK inner
   elements, each from zero, with fused multiply-add where the processor has it.

   `panel` is room for LORAC_ROW_PRODUCT_PANEL floats. */
void lorac_row_product(
    const float *x, size_t x_stride, const float *w, size_t w_column, size_t w_inner, float *y,
    size_t y_stride, size_t rows, size_t columns, size_t inner, float *panel);

#define LORAC_ROW_PRODUCT_BLOCK 384
#define LORAC_ROW_PRODUCT_PANEL (32 * LORAC_ROW_PRODUCT_BLOCK)
