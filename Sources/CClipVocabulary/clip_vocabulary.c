#include "clip_vocabulary.h"

static const unsigned char merges[] = {
#embed "data/merges.txt"
};

const unsigned char *_Nonnull lorac_clip_merges(void) { return merges; }
size_t lorac_clip_merges_size(void) { return sizeof merges; }
