import SparseNetworks

/// The program's version.
enum Version {
  static let current = "0.2.0"

  /// The text of `potline --version --verbose`: the version, the kernels in use and the available ones. Throws if
  /// POTLINE_KERNELS names none of them.
  static func details() throws -> String {
    let selected = try Kernels.selected()
    let others = Kernels.available.map(\.name).joined(separator: ", ")
    return """
      potline \(current)
      kernels \(selected.name) (\(selected)); this machine can run \(others)
      """
  }
}
