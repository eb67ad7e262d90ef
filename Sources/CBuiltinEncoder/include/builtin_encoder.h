#pragma once
#include <stddef.h>

/* Data of the builtin text encoder, part of the executable image. It lives as long as the process
   and is read from disk only where it is touched. See NOTICE.md for its origin. */

/* A safetensors file: all-MiniLM-L6-v2, int8 per row. Aligned to 64 bytes. */
const unsigned char *_Nonnull lorac_builtin_weights(void);
size_t lorac_builtin_weights_size(void);

/* vocab.txt of bert-base-uncased: a token per line, the line's number is its id. */
const unsigned char *_Nonnull lorac_builtin_vocabulary(void);
size_t lorac_builtin_vocabulary_size(void);
