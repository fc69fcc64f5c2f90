import ArgumentParser

struct JobCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job",
    abstract: "Jobs as files, for Slurm arrays, GNU parallel, make: no coordinator needed.",
    discussion: """
      A job is a line of text, complete in itself. `potline job list` writes a study's jobs, `potline job run` takes one or \
      more and leaves a result of each in a folder, `potline collect` makes of that folder what `potline run` would have \
      written, to the byte.
      """,
    subcommands: [JobListCommand.self, JobRunCommand.self])
}
