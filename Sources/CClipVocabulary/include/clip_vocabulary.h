#pragma once
#include <stddef.h>

/* The vocabulary of CLIP's text encoders, part of the executable image. It lives as long as the process
   and is read from disk only where it is touched. See NOTICE.md for its origin. */

/* The merges of the byte pair encoding, one per line in the order of their ranks: two tokens with a
   space between. */
const unsigned char *_Nonnull lorac_clip_merges(void);
size_t lorac_clip_merges_size(void);
