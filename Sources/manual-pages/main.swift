import Foundation

// Writes the manual, a page a command, out of what `potline --experimental-dump-help` prints on standard input.
//   manual-pages VERSION DATE FOLDER

func refuse(_ text: String, status: Int32) -> Never {
  FileHandle.standardError.write(Data("manual-pages: \(text)\n".utf8))
  exit(status)
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 3 else { refuse("usage: manual-pages VERSION DATE FOLDER <HELP", status: 64) }

func write(_ path: [CommandHelp]) throws {
  let page = ManualPage(path: path, version: arguments[0], date: arguments[1])
  try page.text.write(toFile: "\(arguments[2])/\(page.name).1", atomically: true, encoding: .utf8)
  for subcommand in path[path.count - 1].pages { try write(path + [subcommand]) }
}

do {
  try FileManager.default.createDirectory(atPath: arguments[2], withIntermediateDirectories: true)
  let help = try JSONDecoder().decode(ToolHelp.self, from: FileHandle.standardInput.readDataToEndOfFile())
  try write([help.command])
} catch {
  refuse("\(error)", status: 65)
}
