import Foundation

/// Hands scripts to `sbatch`.
package struct SlurmSubmission {
  /// The study's folder, absolute.
  package let folder: String

  package init(folder: String) { self.folder = folder }

  /// Submits a script with `options` of sbatch and `arguments` for itself. Returns the job's id.
  ///
  /// Throws `SlurmError` if there is no sbatch, or it refuses.
  package func submit(_ script: SlurmScript, name: String, options: [String] = [], arguments: [String]) throws
    -> String
  {
    let path = "\(folder)/slurm/\(script.name)"
    let log = script.text.contains("\n#SBATCH --array=") ? "%x-%A_%a.log" : "%x-%j.log"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      [
        "sbatch", "--parsable", "--job-name=\(name)-\(script.name.prefix { $0 != "." })",
        "--output=\(folder)/slurm/\(log)",
      ] + options + [path] + arguments
    var environment = ProcessInfo.processInfo.environment
    // Nodes run the same program; a PATH of this shell alone would not tell them.
    environment["POTLINE"] = environment["POTLINE"] ?? Self.program
    process.environment = environment
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw SlurmError("sbatch can't be started: \(error.localizedDescription)")
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let problem = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let hint = process.terminationStatus == 127 ? " (is this a machine of the cluster?)" : ""
      throw SlurmError(
        "sbatch refused \(path)\(hint): \(problem.trimmingCharacters(in: .whitespacesAndNewlines))")
    }
    // "17" or "17;cluster".
    let id = text.prefix { $0.isNumber }
    guard !id.isEmpty else { throw SlurmError("sbatch answered '\(text)', not with a job's id") }
    return String(id)
  }

  private static var program: String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
  }
}

/// Slurm does not take a job.
package struct SlurmError: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
