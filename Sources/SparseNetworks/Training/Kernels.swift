import ErrorCategories
import TrainingKernels

#if canImport(Glibc)
  import Glibc
#endif

/// The training kernels of one instruction set. All of them give the same bits.
package struct Kernels: Sendable, CustomStringConvertible {
  // A pointer to a constant table of functions without state.
  nonisolated(unsafe) let table: UnsafePointer<potline_kernels>

  /// "avx512", "avx2", "neon" or "scalar" (the slow reference).
  package var name: String { String(cString: table.pointee.name) }
  /// The instruction set in words.
  package var description: String { String(cString: table.pointee.instructionSet) }

  /// Those that this processor can run, fastest first; the last one is the scalar reference.
  package static let available: [Kernels] = {
    var found: [Kernels] = []
    while let table = potline_kernels_available(Int32(found.count)) { found.append(Kernels(table: table)) }
    return found
  }()

  /// The kernels that the environment variable `POTLINE_KERNELS` names, otherwise the fastest.
  ///
  /// Throws ``KernelsError`` if the variable names none that this processor can run.
  package static func selected() throws -> Kernels {
    guard let name = getenv("POTLINE_KERNELS").map({ String(cString: $0) }), !name.isEmpty else {
      return available[0]
    }
    guard let kernels = available.first(where: { $0.name == name }) else { throw KernelsError(name: name) }
    return kernels
  }
}

/// `POTLINE_KERNELS` names kernels that can't run here.
package struct KernelsError: CategorizedError {
  /// The name that was asked for.
  package let name: String
  package var category: ErrorCategory { .badInput }
  package var description: String {
    let names = Kernels.available.map(\.name).joined(separator: ", ")
    return "POTLINE_KERNELS=\(name): this processor can run \(names)"
  }
}
