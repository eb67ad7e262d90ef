#include "builtin_encoder.h"
size_t lorac_builtin_encoder_size(void) { return 0; }
