internal import Glibc

/// The work of the threads of one call, kept alive until all have joined.
private final class Work {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Runs `body` on `count` threads at once, one of them the caller's, and waits for all.
///
/// Unlike a pool's, the threads may be more than the cores: those that wait for a disk leave a
/// core to others. Where the system refuses a thread, the others do its part.
func withThreads(_ count: Int, _ body: @Sendable () -> Void) {
  withoutActuallyEscaping(body) { body in
    let work = Work(body)
    var threads: [pthread_t] = []
    for _ in 1..<max(1, count) {
      var thread = pthread_t()
      // SAFETY: `work` outlives the threads, which are joined below.
      let code = unsafe pthread_create(
        &thread, nil,
        { argument in
          if let argument = unsafe argument {
            unsafe Unmanaged<Work>.fromOpaque(argument).takeUnretainedValue().body()
          }
          return nil
        }, Unmanaged.passUnretained(work).toOpaque())
      if code == 0 { threads.append(thread) }
    }
    work.body()
    for thread in threads { pthread_join(thread, nil) }
    withExtendedLifetime(work) {}
  }
}
