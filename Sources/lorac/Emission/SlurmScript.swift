import Fusion

/// A batch script for Slurm: an array of tasks, each of which builds a part of the targets.
struct SlurmScript {
  let text: String

  private static let targetsPerTask = 50
  private static let taskLimit = 1000
  /// At once, so that a shared file system is not flooded.
  private static let tasksAtOnce = 32
  private static let processors = 4

  /// - Parameters:
  ///   - emission: the targets.
  ///   - tasks: how many; nil for as many as the targets suggest.
  /// - Throws: `FusionError` for names that a script cannot carry.
  init(_ emission: Emission, tasks: Int?) throws(FusionError) {
    try Emission.check(emission.recipe, "a script")
    for name in emission.names { try Emission.check(name, "a script") }
    let count = emission.targets.count
    let tasks = tasks ?? max(1, min(Self.taskLimit, (count - 1) / Self.targetsPerTask + 1))
    let recipe = ShellWord.line([ShellWord.operand(emission.recipe)])
    let names = emission.names.isEmpty ? "" : " \\\n  -- \(ShellWord.line(emission.names))"
    text = """
      #!/bin/bash
      # Written by 'lorac build --emit slurm'. Run 'sbatch' with it in this folder.
      #SBATCH --job-name=lorac
      #SBATCH --array=0-\(tasks - 1)%\(min(tasks, Self.tasksAtOnce))
      #SBATCH --ntasks=1
      #SBATCH --cpus-per-task=\(Self.processors)
      #SBATCH --mem=\(Self.mebibytes(emission))M
      #SBATCH --requeue

      set -u
      recipe=\(recipe)
      tasks=\(tasks)
      task=$((SLURM_ARRAY_TASK_ID + 1))
      cpus=${SLURM_CPUS_PER_TASK:-1}
      cd "${SLURM_SUBMIT_DIR:-.}" || exit 66

      # A task that ran before builds what is missing.
      lorac build "$recipe" --shard "$task/$tasks" --keep-going --quiet \\
        --jobs "$cpus" --threads "$cpus" --results "results-$task-of-$tasks.jsonl"\(names)
      status=$?

      # 74: reading or writing failed; 75: something else was at work. Both may pass. Anything else, as
      # 65, unacceptable input, or 66, missing input, would only fail again.
      case $status in
        74 | 75)
          if [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
            scontrol requeue "$SLURM_JOB_ID"
          fi
          ;;
      esac
      exit "$status"

      """
  }

  /// For as many small targets as there are processors, or the largest one.
  private static func mebibytes(_ emission: Emission) -> Int {
    func largest(_ isLarge: Bool) -> Int {
      emission.targets.filter { $0.isLarge == isLarge }.map(\.peakByteCount).max() ?? 0
    }
    return MemoryRequest.mebibytes(max(largest(true), largest(false) * processors))
  }
}
