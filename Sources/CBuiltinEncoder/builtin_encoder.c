#include "builtin_encoder.h"

alignas(64) static const unsigned char weights[] = {
#embed "data/minilm-int8.safetensors"
};

alignas(64) static const unsigned char vocabulary[] = {
#embed "data/vocab.txt"
};

const unsigned char *_Nonnull lorac_builtin_weights(void) { return weights; }
size_t lorac_builtin_weights_size(void) { return sizeof weights; }
const unsigned char *_Nonnull lorac_builtin_vocabulary(void) { return vocabulary; }
size_t lorac_builtin_vocabulary_size(void) { return sizeof vocabulary; }
