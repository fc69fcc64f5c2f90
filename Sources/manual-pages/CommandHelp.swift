/// A command as `--experimental-dump-help` describes it.
struct CommandHelp: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String

      /// As it is typed: `--quiet`, `-q`.
      var text: String { (kind == "long" ? "--" : "-") + name }
    }

    let abstract: String?
    let defaultValue: String?
    let isOptional: Bool
    let isRepeating: Bool
    let kind: String
    let names: [Name]?
    let preferredName: Name?
    let shouldDisplay: Bool?
    let valueName: String?
  }

  let commandName: String
  let abstract: String?
  let discussion: String?
  let arguments: [Argument]?
  let subcommands: [CommandHelp]?
  let shouldDisplay: Bool?

  /// The subcommands that have pages of their own.
  var pages: [CommandHelp] {
    (subcommands ?? []).filter { $0.shouldDisplay ?? true && $0.commandName != "help" }
  }
}

/// The whole document.
struct ToolHelp: Decodable {
  let command: CommandHelp
}
