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

/* Copies `count` bytes at `from` of `source` to `to` of `target` inside the kernel, sharing blocks
   where the file system can. Returns how many it copied, which is less than `count` where the
   kernel cannot go on; errno then says why. */
int64_t lorac_copy_range(int source, int64_t from, int target, int64_t to, int64_t count);

/* Writes all that waits for the disk of the file system that `descriptor` is on; where it cannot,
   that of the file alone. Returns 0, or -1 with errno. */
int lorac_sync_system(int descriptor);

/* Puts `from` in the place of `to` and the other way round, at once. Returns 0, or -1 with errno. */
int lorac_exchange(const char *from, const char *to);

/* The largest resident size of this process so far, in bytes; 0 where the system does not tell. */
long lorac_peak_resident_bytes(void);
