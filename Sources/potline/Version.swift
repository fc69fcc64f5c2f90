import HostResources
import SparseNetworks
import TextFormatting

/// The program's version.
enum Version {
  static let current = "0.2.0"

  /// The text of `potline --version --verbose`: the version, the kernels in use and the available ones, and what this
  /// process may use of the host. Throws if POTLINE_KERNELS names none of the kernels.
  static func details() throws -> String {
    let selected = try Kernels.selected()
    let others = Kernels.available.map(\.name).joined(separator: ", ")
    let resources = HostResources.current
    let memory = resources.memory.map { "\(NumberText.grouped($0 >> 20)) MiB: \(resources.memoryLimit)" }
    return """
      potline \(current)
      kernels \(selected.name) (\(selected)); this machine can run \(others)
      processors \(resources.processors): \(resources.processorLimit)
      memory \(memory ?? "unknown")
      """
  }
}
