#pragma once
#include <stddef.h>

/* A placeholder until the data is in place. */
size_t lorac_builtin_encoder_size(void);
