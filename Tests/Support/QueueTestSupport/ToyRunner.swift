import Digests
import Foundation
import QueueWorker

/// Runs `ToyJob`s.
package struct ToyRunner: JobRunner {
  /// A runner.
  package init() {}

  /// Counts the job's steps, from the checkpoint if there is one.
  package func run(_ input: JobInput, context: JobContext) throws -> [UInt8] {
    guard let job = ToyJob(payload: input.payload) else { throw JobFailure(.invalidJob, "not a toy job") }
    var state = job.start
    var step = 0
    if let checkpoint = input.checkpoint {
      step = Int(checkpoint[0]) << 8 | Int(checkpoint[1])
      state = Array(checkpoint.dropFirst(2))
    }
    func checkpoint() -> [UInt8] { [UInt8(step >> 8), UInt8(step & 255)] + state }

    append("\(step)\n", to: job.trace)
    if let digest = SHA256Digest(hex: job.blob) {
      let path = try context.blob(digest)
      guard try SHA256Digest.of(fileAt: path) == digest else { throw JobFailure(.other, "a wrong blob") }
    }
    while step < job.steps {
      if context.shouldStop { throw JobInterrupted(checkpoint: checkpoint(), step: step) }
      if step >= job.at { try act(job, context) }
      ToyJob.advance(&state, step)
      step += 1
      context.report(step: step, totalSteps: job.steps, loss: 1 / Double(step))
      if context.checkpointDue { context.offer(checkpoint: checkpoint(), step: step) }
      if job.pause > 0 { usleep(UInt32(job.pause) * 1000) }
    }
    return state
  }

  private func act(_ job: ToyJob, _ context: JobContext) throws {
    if job.act.isEmpty { return }
    if !job.once.isEmpty {
      if FileManager.default.fileExists(atPath: job.once) { return }
      append("acted\n", to: job.once)
    }
    switch job.act {
    case "crash":
      // A true fault: a signal that is only sent would let a crash handler return.
      UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1
    case "exit": exit(3)
    case "hang": while true { usleep(10_000) }
    case "fail": throw JobFailure(.other, "told to fail")
    case "nan": throw JobFailure(.nonFiniteLoss, "the loss is not a number")
    default: break
    }
  }

  private func append(_ text: String, to path: String) {
    guard !path.isEmpty else { return }
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    _ = text.withCString { write(file, $0, strlen($0)) }
    close(file)
  }
}
