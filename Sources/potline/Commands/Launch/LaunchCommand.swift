import ArgumentParser

struct LaunchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launch",
    abstract: "Starts workers, or a whole study, on other hosts.",
    subcommands: [LaunchSSHCommand.self, LaunchSlurmCommand.self])
}
