import EnsembleStudies
import HostResources
import QueueProtocol
import QueueWorker
import SparseNetworks

/// Where the queue meets the training: runs a training job for a worker.
package struct TrainingJobRunner: JobRunner {
  private let kernels: Kernels

  package init(kernels: Kernels) { self.kernels = kernels }

  /// A size in bytes that no result or checkpoint of a job reaches: 16 numbers for each weight and bias (a checkpoint has
  /// their values, moments and best values), and 64 MiB for losses, forecast errors and the job itself. nil for a payload that
  /// isn't a job.
  package static func outcomeLimit(_ payload: [UInt8]) -> Int? {
    guard let shape = try? TrainingJob(payload: payload).shape else { return nil }
    return (64 << 20) + 64 * (shape.weightCount + shape.biasCount)
  }

  package func run(_ input: JobInput, context: JobContext) throws -> [UInt8] {
    let job: TrainingJob
    do {
      job = try TrainingJob(payload: input.payload)
    } catch let error as TrainingJobError where error.isOfNewerFormat {
      // A worker of the coordinator's version can run it.
      throw NewerJobFormatError(description: "\(error)")
    } catch {
      throw JobFailure(.invalidJob, "\(error)")
    }
    let dataset = try DatasetFile(try context.blob(job.dataset))
    try MemberMemory(of: job, in: dataset.signals).check()
    // A checkpoint that can't be used costs time, not the job.
    let checkpoint = input.checkpoint.flatMap { try? MemberCheckpoint(decoding: $0) }
    do {
      let training = try MemberTraining(
        job, dataset: dataset, kernels: kernels, memory: HostResources.current.memory)
      let outcome = try training.resume(from: checkpoint) { step, totalSteps, loss, checkpoint in
        context.report(step: step, totalSteps: totalSteps, loss: loss)
        if context.shouldStop { return .stop }
        if context.checkpointDue { context.offer(checkpoint: try checkpoint().encoded(), step: step) }
        return .proceed
      }
      switch outcome {
      case .finished(let member): return try member.encoded()
      case .stopped(let checkpoint):
        throw JobInterrupted(checkpoint: try checkpoint.encoded(), step: checkpoint.step)
      }
    } catch let error as NonFiniteLoss {
      throw JobFailure(.nonFiniteLoss, "\(error)", details: MemberFailure.details(of: error))
    } catch let error as TrainingJobError {
      throw JobFailure(.invalidJob, "\(error)")
    }
  }
}

/// A job that only a newer version of the program can run.
private struct NewerJobFormatError: HostShortcoming {
  let description: String
}
