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

  struct List: ReportingCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the bundled studies.")

    func perform() {
      for study in BundledStudies.all {
        Console.result(study.name.padding(toLength: 20, withPad: " ", startingAt: 0) + study.summary)
      }
    }
  }

  struct Show: ReportingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints a study file, as written or with every default filled in.")

    @Argument(help: "A bundled study's name, or the path of a study file.")
    var study: String

    @Flag(help: "Fill in every default (default: as it was written).")
    var resolved = false

    @OptionGroup var options: StudyOptions

    func validate() throws {
      if options.changeStudy, !resolved {
        throw ValidationError("--seed, --scale and --data need --resolved")
      }
    }

    func perform() throws {
      // A benchmark's study can be looked at without its data.
      let source = try options.source(study, needsData: false)
      Console.data(resolved ? source.study.resolvedYAML() : source.text)
    }
  }

  struct Systems: ReportingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the systems that can be simulated, with signals, units, constants and source.")

    @Flag(help: "Print JSON (default: text).")
    var json = false

    func perform() throws {
      if json { Console.data(try SimulatedSystems.json()) } else { Console.result(SimulatedSystems.text()) }
    }
  }

  struct Reference: ReportingCommand {
    static let configuration = CommandConfiguration(abstract: "Documents every key of the study file.")

    @Flag(help: "Print the article of the documentation in Markdown (default: text).")
    var markdown = false

    func perform() {
      Console.data(
        markdown
          ? StudyFileReference.markdown()
          : StudyFileReference.documentation(width: max(60, min(Console.width, 110))))
    }
  }
}
