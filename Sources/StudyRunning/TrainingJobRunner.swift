import EnsembleStudies
import QueueProtocol
import QueueWorker
import SparseNetworks

/// Where the queue meets the training: runs a training job for a worker.
package struct TrainingJobRunner: JobRunner {
  private let kernels: Kernels

  package init(kernels: Kernels) { self.kernels = kernels }

  package func run(_ input: JobInput, context: JobContext) throws -> [UInt8] {
    let job: TrainingJob
    do {
      job = try TrainingJob(payload: input.payload)
    } catch {
      throw JobFailure(.invalidJob, "\(error)")
    }
    let dataset = try DatasetFile(try context.blob(job.dataset))
    try MemberMemory(of: job, in: dataset.signals).check()
    // A checkpoint that can't be used costs time, not the job.
    let checkpoint = input.checkpoint.flatMap { try? MemberCheckpoint(decoding: $0) }
    do {
      let training = try MemberTraining(job, dataset: dataset, kernels: kernels)
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
