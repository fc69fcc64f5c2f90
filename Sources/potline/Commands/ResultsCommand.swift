import ArgumentParser
import Digests
import EnsembleStudies
import Files
import QueueProtocol
import Safetensors

struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results",
    abstract:
      "Fetches the members of a study that has ended, and writes what `potline run` would have written.",
    discussion: """
      Writes study.yaml, members/*.safetensors, members.csv and statistics.json to the output folder; and the dataset, \
      which `potline report` needs: it is made again as the study says, so a study of files needs its files.
      """)

  @Argument(help: "The study's id, such as s7.")
  var study: StudyID

  @Option(name: .shortAndLong, help: ArgumentHelp("Output folder (required).", valueName: "folder"))
  var output: String

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output needs the name of a folder") }
  }

  func run() throws {
    let (statistics, place) = try connection.withClient { client in
      let status = try client.status(of: study).study
      if status.state == .cancelled {
        throw ExitStatus.cancelled.refuse(UsageProblem("study \(study) was cancelled"))
      }
      guard status.hasEnded else {
        throw ExitStatus.notEnded.refuse(
          UsageProblem("study \(study) has not ended: `potline wait \(study)` waits until it has"))
      }
      return try fetch(client)
    }
    place.takeDataset()
    if connection.json {
      Console.result(String(decoding: try statistics.json(), as: UTF8.self))
    } else {
      Console.result(StatisticsTable.comparison(statistics))
      Console.result(
        "\nWritten to \(output): members/*.safetensors, members.csv, statistics.json, study.yaml")
    }
    if statistics.variants.contains(where: { !$0.failures.isEmpty }) {
      throw ExitCode(ExitStatus.membersFailed.rawValue)
    }
  }

  private func fetch(_ client: QueueClient) throws -> (EnsembleStatistics, ResultFolder) {
    let description: StudyDescription
    let plan: StudyPlan
    do {
      description = try StudyDescription(decoding: client.description(of: study))
      plan = try description.makePlan()
    } catch let error as StudyDescriptionError {
      throw ExitStatus.badInput.refuse(error)
    }
    var failures: [SHA256Digest: MemberFailure] = [:]
    try client.failures(of: study) { jobs in
      for job in jobs {
        let message = job.attempts.last?.message ?? ""
        failures[job.job.digest] = MemberFailure(message: message.isEmpty ? job.reason : message)
      }
    }
    let place = ResultFolder(path: output, study: description)
    do {
      try place.prepare()
      var pages = ResultPages(client: client, study: study, jobs: plan.jobs.map(\.id))
      let statistics = try StudyOutput(plan, folder: output).write { member in
        if let failure = failures[member.job] { return .failed(failure) }
        return try pages.result(of: member.job).map { .finished($0) }
      }
      return (statistics, place)
    } catch {
      throw Self.isAboutOutput(error) ? ExitStatus.output.refuse(error) : error
    }
  }

  private static func isAboutOutput(_ error: any Error) -> Bool {
    error is UsageProblem || error is FileError || error is SafetensorsError
  }
}

/// Results of a study's jobs, fetched page by page as they are needed; one page is in memory.
struct ResultPages {
  private let client: QueueClient
  private let study: StudyID
  private let places: [SHA256Digest: Int]
  private var page: [JobOutcome] = []

  init(client: QueueClient, study: StudyID, jobs: [SHA256Digest]) {
    (self.client, self.study) = (client, study)
    places = Dictionary(uniqueKeysWithValues: jobs.enumerated().map { ($1, $0) })
  }

  mutating func result(of job: SHA256Digest) throws -> [UInt8]? {
    guard let place = places[job] else { return nil }
    if let known = page.first(where: { $0.place == place }) {
      return known.state == .finished ? known.bytes : nil
    }
    page = try client.results(of: study, from: place).jobs
    guard let found = page.first, found.place == place, found.job.digest == job else {
      throw QueueClientError.unexpectedAnswer
    }
    guard found.state == .finished else { return nil }
    return found.bytes
  }
}
