#pragma once
#include <stdint.h>

/* Calls of Linux and glibc that Swift's Glibc module does not show. */

/* Starts to write `count` bytes at `offset` of `descriptor` to the disk, and returns at once. */
void lorac_start_writeback(int descriptor, int64_t offset, int64_t count);

/* The flag of open() for writing past the page cache; 0 where there is none. */
int lorac_direct_flag(void);

/* Lets `signal` be delivered, unless it is ignored: then returns 0, else 1. */
int lorac_accept_signal(int signal);

/* Lets freed memory of up to 64 MiB a block stay with the process, to be used again. */
void lorac_keep_freed_memory(void);
