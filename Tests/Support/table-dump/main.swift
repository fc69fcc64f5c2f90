import Foundation
import TrajectoryData

/// Reads all columns of numbers of a table and writes them as raw float64, row by row, for comparison with other readers.
///
///     table-dump FILE OUTPUT|- [REPEATS]
///
/// Prints the format, the columns, and the least processor time of the repeats in seconds.
let arguments = CommandLine.arguments
guard arguments.count >= 3 else {
  print("usage: table-dump FILE OUTPUT|- [REPEATS]")
  exit(64)
}
do {
  var least = Double.infinity
  for _ in 0..<max(1, arguments.count > 3 ? Int(arguments[3]) ?? 1 : 1) {
    let start = clock()
    let reader = try TableReader(arguments[1])
    let columns = reader.numberColumns
    let table = try Table(reader, numbers: columns.map { "#\($0 + 1)" })
    let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
    if least == .infinity {
      print(reader.format.summary)
      print("columns\t" + columns.map(String.init).joined(separator: ","))
      print("rows\t\(table.rowCount)")
      if arguments[2] != "-" {
        try table.values.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: arguments[2])) }
      }
    }
    least = min(least, seconds)
  }
  print("seconds\t\(least)")
} catch {
  print("\(error)")
  exit(65)
}
