import ArgumentParser

struct LaunchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launch",
    abstract: "Starts the workers of a coordinator on other hosts.",
    subcommands: [LaunchSSHCommand.self])
}
