#define _GNU_SOURCE
#include "lorac_system.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
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

int64_t lorac_copy_range(int source, int64_t from, int target, int64_t to, int64_t count) {
  int64_t done = 0;
#ifdef __linux__
  while (done < count) {
    off_t in = from + done, out = to + done;
    ssize_t copied = copy_file_range(source, &in, target, &out, (size_t)(count - done), 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) break;
    done += copied;
  }
#else
  (void)source, (void)from, (void)target, (void)to, (void)count;
  errno = ENOSYS;
#endif
  return done;
}

int lorac_sync_system(int descriptor) {
#ifdef __linux__
  if (syncfs(descriptor) == 0) return 0;
  if (errno != ENOSYS) return -1;
#endif
  return fsync(descriptor);
}

int lorac_exchange(const char *from, const char *to) {
#ifdef RENAME_EXCHANGE
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE);
#else
  (void)from, (void)to;
  errno = ENOSYS;
  return -1;
#endif
}

long lorac_peak_resident_bytes(void) {
  FILE *status = fopen("/proc/self/status", "re");
  if (!status) return 0;
  char line[256];
  long kilobytes = 0;
  while (fgets(line, sizeof line, status))
    if (sscanf(line, "VmHWM: %ld", &kilobytes) == 1) break;
  fclose(status);
  return kilobytes * 1024;
}
