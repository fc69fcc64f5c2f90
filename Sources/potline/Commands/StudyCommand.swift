import ArgumentParser
import DynamicalSystems
import EnsembleStudies
import StudyFiles

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract:
      "Lists and shows studies, documents the study file, and lists the systems that can be simulated.",
    subcommands: [List.self, Show.self, Reference.self, Systems.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the bundled studies.")

    func run() {
      for study in BundledStudies.all {
        Console.result(study.name.padding(toLength: 20, withPad: " ", startingAt: 0) + study.summary)
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints a study file: a bundled one as it is, any with every default filled in.")

    @Argument(help: "A bundled study's name, or the path of a study file.")
    var study: String

    @Flag(help: "Fill in every default (default: as it was written).")
    var resolved = false

    func run() throws {
      let source = try StudySource(study)
      Console.result(resolved ? source.study.resolvedYAML() : source.text)
    }
  }

  struct Systems: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the systems that can be simulated, with signals, units, constants and source.")

    @Flag(help: "Print JSON (default: text).")
    var json = false

    func run() throws {
      Console.result(
        json ? try SimulatedSystems.json() : SimulatedSystems.text())
    }
  }

  struct Reference: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Documents every key of the study file.")

    func run() { Console.result(StudyFileReference.documentation(width: min(Console.width, 110))) }
  }
}
