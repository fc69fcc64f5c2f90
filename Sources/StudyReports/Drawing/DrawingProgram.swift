import ErrorCategories
import Foundation
import HostResources

/// A program that draws: gnuplot or one of Graphviz.
package struct DrawingProgram: Sendable {
  /// Its name in PATH.
  package let name: String
  /// The Debian package that has it.
  package let package: String
  /// Where it is; nil: it isn't installed.
  package let path: String?

  /// gnuplot.
  package static var gnuplot: DrawingProgram { DrawingProgram("gnuplot", package: "gnuplot-nox") }
  /// Graphviz's program for graphs whose nodes have places.
  package static var neato: DrawingProgram { DrawingProgram("neato", package: "graphviz") }

  /// Looks for a program on the PATH.
  init(_ name: String, package: String) {
    (self.name, self.package) = (name, package)
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    path = folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs the program in a folder, without a shell. Throws ``DrawingError`` if it is missing, fails, or says
  /// anything on standard error.
  func run(_ arguments: [String], in folder: String) throws {
    guard let path else {
      throw DrawingError(program: name, problem: "isn't installed; install the package \(package)")
    }
    // The same pictures whatever the user's settings.
    var environment = ProcessInfo.processInfo.environment
    environment["LC_ALL"] = "C.UTF-8"
    environment["GNUPLOT_LIB"] = nil
    environment["GNUTERM"] = nil
    let result: ProgramRun.Result
    do {
      result = try ProgramRun(path, arguments, environment: environment, folder: folder).run()
    } catch {
      throw DrawingError(program: name, problem: "can't be started: \(error)")
    }
    guard result.exitStatus == 0 else {
      let words = result.errors.trimmingCharacters(in: .whitespacesAndNewlines)
      throw DrawingError(
        program: name, problem: "failed on \(arguments.last ?? "") in \(folder): \(words)")
    }
  }
}

/// A picture that can't be drawn.
package struct DrawingError: CategorizedError, Equatable {
  /// The program.
  package let program: String
  /// A clause.
  package let problem: String
  package var category: ErrorCategory { .failed }
  package var description: String { "\(program) \(problem)" }
}
