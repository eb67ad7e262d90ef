internal import Glibc
internal import Synchronization

/// Steps that a thread of its own takes while others are busy with something that one core does.
package final class BackgroundWork: Sendable {
  private let step: @Sendable () -> Bool
  private let isStopped = Mutex(false)
  private let thread = Mutex<pthread_t?>(nil)

  /// Starts to call `step` again and again, until it returns false or ``stop()`` is called.
  package init(_ step: @escaping @Sendable () -> Bool) {
    self.step = step
    var thread = pthread_t()
    // SAFETY: the thread holds a reference of its own, which it gives back at its end.
    let argument = unsafe Unmanaged.passRetained(self)
    let code = unsafe pthread_create(
      &thread, nil,
      { argument in
        if let argument = unsafe argument {
          unsafe Unmanaged<BackgroundWork>.fromOpaque(argument).takeRetainedValue().run()
        }
        return nil
      }, unsafe argument.toOpaque())
    if code == 0 {
      let started = thread
      self.thread.withLock { $0 = started }
    } else {
      unsafe argument.release()
    }
  }

  private func run() {
    while !isStopped.withLock({ $0 }), step() {}
  }

  /// Lets the step that is being taken end, and returns when no further one will be.
  package func stop() {
    isStopped.withLock { $0 = true }
    let thread = thread.withLock { $0.take() }
    if let thread { pthread_join(thread, nil) }
  }
}
