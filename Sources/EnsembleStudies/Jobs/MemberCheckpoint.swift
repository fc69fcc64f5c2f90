import Safetensors
import SparseNetworks

/// A member's training between two steps, in any of its phases: all that it needs to resume with the same bits.
package struct MemberCheckpoint: Equatable, Sendable {
  /// Steps done, over all phases.
  package let step: Int
  /// The phase under way; 0 is the penalised training.
  let phase: Int
  /// Mean squared error of each epoch of the phases before.
  let earlierCurve: [Double]
  /// The training under way.
  let training: TrainingCheckpoint
  /// The best weights of the validations so far; nil without validation.
  var validation: ValidationProgress?
  /// The blocks that were left out in turn before this training; nil without such.
  var blocks: BlockValidation?

  /// Mean squared error of each finished epoch, over all phases.
  package var trainingCurve: [Double] { earlierCurve + training.trainingCurve }
}

extension MemberCheckpoint {
  private static var format: String { "potline-member-checkpoint-1" }

  /// The bytes of a checkpoint, a safetensors file: `place` I64 [2], the phase and the step; `earlierCurve` F64; and
  /// `training` U8, the bytes of the training's own checkpoint. With validation `validation.steps` I64 [2] and, once there
  /// is a best, `validation.error` F64 [1] and `validation.parameters` F32. With blocks `blocks.done` I64 [1] and `blocks.errors` F64
  /// [errors, 4]. O(parameters).
  package func encoded() throws(SafetensorsError) -> [UInt8] {
    var archive = TensorArchive(metadata: ["format": Self.format])
    try archive.add("place", shape: [2], values: [Int64(phase), Int64(step)])
    try archive.add("earlierCurve", shape: [earlierCurve.count], values: earlierCurve)
    let bytes = try training.encoded()
    try archive.add("training", shape: [bytes.count], values: bytes)
    try validation?.write(to: &archive)
    try blocks?.write(to: &archive)
    return archive.encoded()
  }

  /// A checkpoint from its bytes. Throws `SafetensorsError`, or `TrainingCheckpointError.format` for another format.
  package init(decoding bytes: [UInt8]) throws {
    let archive = try TensorArchive(decoding: bytes, source: "checkpoint")
    guard archive.metadata["format"] == Self.format else { throw TrainingCheckpointError.format }
    let place = try archive.int64s(named: "place", shape: [2]).map { Int(clamping: $0) }
    self.init(
      step: place[1], phase: place[0], earlierCurve: try archive.doubles(named: "earlierCurve"),
      training: try TrainingCheckpoint(decoding: try archive.uint8s(named: "training")),
      validation: try ValidationProgress(from: archive), blocks: try BlockValidation(from: archive))
  }
}
