import Safetensors

extension TrainingCheckpoint {
  private static var format: String { "potline-checkpoint-1" }

  /// The bytes of a checkpoint: a safetensors file. O(parameters).
  package func encoded() throws(SafetensorsError) -> [UInt8] {
    var archive = TensorArchive(metadata: ["format": Self.format])
    try archive.add("step", shape: [1], values: [Int64(step)])
    try archive.add("trainingCurve", shape: [trainingCurve.count], values: trainingCurve)
    try archive.add("running", shape: [3], values: [epochErrorSum, beta1Power, beta2Power])
    try archive.add("parameters", shape: [parameters.count], values: parameters)
    try archive.add("firstMoment", shape: [firstMoment.count], values: firstMoment)
    try archive.add("secondMoment", shape: [secondMoment.count], values: secondMoment)
    if let isActive { try archive.add("isActive", shape: [isActive.count], values: isActive) }
    if let secondOrder { try archive.add("secondOrder", shape: [secondOrder.count], values: secondOrder) }
    return archive.encoded()
  }

  /// A checkpoint from its bytes. Throws `SafetensorsError`, or ``TrainingCheckpointError/format`` for another format.
  package init(decoding bytes: [UInt8]) throws {
    let archive = try TensorArchive(decoding: bytes, source: "checkpoint")
    guard archive.metadata["format"] == Self.format else { throw TrainingCheckpointError.format }
    let running = try archive.doubles(named: "running", shape: [3])
    self.init(
      step: Int(try archive.int64s(named: "step", shape: [1])[0]),
      trainingCurve: try archive.doubles(named: "trainingCurve"), epochErrorSum: running[0],
      beta1Power: running[1],
      beta2Power: running[2], parameters: try archive.floats(named: "parameters"),
      firstMoment: try archive.floats(named: "firstMoment"),
      secondMoment: try archive.floats(named: "secondMoment"),
      isActive: archive["isActive"] == nil ? nil : try archive.uint8s(named: "isActive"),
      secondOrder: archive["secondOrder"] == nil ? nil : try archive.doubles(named: "secondOrder"))
  }
}
