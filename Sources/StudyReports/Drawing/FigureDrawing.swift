import EnsembleStudies
import ErrorCategories
import Files
import Foundation
import HostResources
import Safetensors
import Synchronization

/// Draws figures into a folder: for each the source, SVG, PDF and PNG.
package struct FigureDrawing: Sendable {
  private let folder: String
  private let gnuplot: DrawingProgram
  private let neato: DrawingProgram

  /// A folder and the programs to draw with.
  package init(folder: String, gnuplot: DrawingProgram = .gnuplot, neato: DrawingProgram = .neato) {
    (self.folder, self.gnuplot, self.neato) = (folder, gnuplot, neato)
  }

  /// Draws figures, several at once. Returns each with its SVG (nil if it couldn't be drawn), and what went wrong.
  /// Throws if a source can't be written.
  package func draw(_ figures: [Figure]) throws -> (drawn: [(figure: Figure, svg: String?)], notes: [String])
  {
    try Folder.make(folder)
    for figure in figures {
      let text =
        switch figure.source {
        case .gnuplot(let text), .graph(let text): text
        }
      try AtomicFile.write(Array(text.utf8), to: "\(folder)/\(figure.sourceFile)")
    }
    let missing = [gnuplot, neato].filter { $0.path == nil }
    var notes = missing.map { program in
      "Some figures are missing because \(program.name) isn't installed. On Debian or Ubuntu: sudo apt-get install "
        + "\(program.package); then write the report again. The sources of all figures are in report/figures."
    }
    let results = Mutex([Result<String, any Error>?](repeating: nil, count: figures.count))
    HostResources.current.concurrently(figures.count) { index in
      guard program(figures[index]).path != nil else { return }
      let result = Result { try draw(figures[index]) }
      results.withLock { $0[index] = result }
    }
    let svgs = try results.withLock { $0 }.map { result -> String? in
      switch result {
      case .success(let svg): return svg
      case .failure(let error as any CategorizedError) where error.category == .output: throw error
      case .failure(let error):
        notes.append("A figure is missing: \(error)")
        return nil
      case nil: return nil
      }
    }
    return (zip(figures, svgs).map { ($0, $1) }, notes)
  }

  private func program(_ figure: Figure) -> DrawingProgram {
    switch figure.source {
    case .gnuplot: gnuplot
    case .graph: neato
    }
  }

  private func draw(_ figure: Figure) throws -> String {
    switch figure.source {
    case .gnuplot:
      try gnuplot.run([figure.sourceFile], in: folder)
    case .graph:
      for (format, resolution) in [("svg", 72), ("pdf", 72), ("png", 144)] {
        try neato.run(
          ["-n2", "-Gdpi=\(resolution)", "-T\(format)", "-o", "\(figure.name).\(format)", figure.sourceFile],
          in: folder)
      }
    }
    for (format, end) in [("svg", "</svg>"), ("pdf", "%%EOF"), ("png", "IEND")] {
      try checkEnd("\(figure.name).\(format)", end)
    }
    try removeDate("\(folder)/\(figure.name).pdf")
    return try String(contentsOfFile: "\(folder)/\(figure.name).svg", encoding: .utf8)
  }

  /// The programs don't notice a full disk, and leave an incomplete picture.
  private func checkEnd(_ name: String, _ end: String) throws {
    let path = "\(folder)/\(name)"
    let bytes = try FileContent.read(path, limit: .max).bytes
    guard String(decoding: bytes.suffix(16), as: UTF8.self).contains(end) else {
      throw IncompletePictureError(path: path)
    }
  }

  /// The time of drawing is all by which two runs would differ.
  private func removeDate(_ path: String) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let key = Array("/CreationDate (D:".utf8)
    let constant = Array("20000101000000".utf8)
    guard bytes.count > key.count + constant.count else { return }
    // It is in the trailing part of the file, not compressed.
    for start in stride(from: bytes.count - key.count - constant.count, through: 0, by: -1)
    where bytes[start] == key[0] && bytes[start..<start + key.count].elementsEqual(key) {
      bytes.replaceSubrange(start + key.count..<start + key.count + constant.count, with: constant)
      try AtomicFile.write(bytes, to: path)
      return
    }
  }
}

/// A picture that a drawing program left incomplete without an error.
struct IncompletePictureError: CategorizedError, Equatable {
  let path: String
  var category: ErrorCategory { .output }
  var description: String {
    "\(path): the picture is incomplete: check the free space on the disk, and `ulimit -f`"
  }
}
