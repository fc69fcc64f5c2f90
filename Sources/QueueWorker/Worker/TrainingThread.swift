import Foundation
import QueueProtocol

/// The thread that runs jobs, one after another. Its stack has 8 MiB, as a main thread's.
final class TrainingThread: Sendable {
  private struct Work: Sendable {
    let job: JobInput
    let context: JobContext
  }

  /// `nil` ends the thread.
  private let work = BlockingQueue<Work?>()

  init(runner: any JobRunner, outbox: WorkerOutbox) {
    let work = work
    let thread = Thread {
      while case let next?? = work.pop() {
        outbox.put(Self.run(next, with: runner))
      }
    }
    thread.stackSize = 8 << 20
    thread.name = "training"
    thread.start()
  }

  deinit { work.push(nil) }

  func start(_ job: JobInput, _ context: JobContext) { work.push(Work(job: job, context: context)) }

  private static func run(_ work: Work, with runner: any JobRunner) -> WorkerCore.AttemptResult {
    let start = SuspendingClock.now
    do {
      let bytes = try runner.run(work.job, context: work.context)
      let steps = work.context.latestProgress?.step ?? 0
      return .finished(JobResult(bytes: bytes, seconds: (SuspendingClock.now - start).seconds, steps: steps))
    } catch let error as JobInterrupted {
      return .interrupted(error.checkpoint.map { Checkpoint(step: max(0, error.step), bytes: $0) })
    } catch let error as JobFailure {
      return .failed(error)
    } catch let error as any HostShortcoming {
      return .unable("\(error)")
    } catch let error as BlobError {
      return error.isInfrastructure ? .unable("\(error)") : .failed(JobFailure(.other, "\(error)"))
    } catch {
      return .failed(JobFailure(.other, "\(error)"))
    }
  }
}
