#define _GNU_SOURCE
#include "lorac_system.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void lorac_start_writeback(int descriptor, int64_t offset, int64_t count) {
#ifdef SYNC_FILE_RANGE_WRITE
  /* A hint: where it fails, fsync does all of the work. */
  (void)sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
#endif
}

int lorac_direct_flag(void) {
#ifdef O_DIRECT
  return O_DIRECT;
#else
  return 0;
#endif
}

int lorac_accept_signal(int number) {
  struct sigaction action;
  if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) return 0;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  return 1;
}

void lorac_keep_freed_memory(void) {
#ifdef M_MMAP_THRESHOLD
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}
