import Digests

extension ClientAnswer: WireMessage {
  package static var maximumHeaderBytes: Int { 1 << 20 }

  package static func maximumFrameBytes(ofType type: String) -> Int {
    switch type {
    case "results": Wire.maximumOutcomeBytes
    case "downloaded": Wire.chunkBytes
    default: Wire.maximumDescriptionBytes
    }
  }

  package init(type: String, header: any Decoder, frames: [[UInt8]]) throws {
    coordinator = try VersionFields(from: header).checked()
    switch type {
    case "results", "description", "downloaded": break
    default: try Envelope.check(frames, of: type, 0...0)
    }
    if type == "refused" {
      request = 0
      reply = .problem(QueueError(.badRequest, Wire.cut(try ReasonField(from: header).reason)))
      return
    }
    request = try RequestField(from: header).request
    switch type {
    case "submitted":
      let fields = try SubmittedFields(from: header)
      reply = .submitted(fields.study, received: fields.received, finished: fields.finished)
    case "status":
      let fields = try StatusFields(from: header)
      reply = .status(fields.studies, next: fields.next, fields.queue, ends: fields.ends ?? [])
    case "failures":
      let fields = try FailuresFields(from: header)
      reply = .failures(fields.jobs, next: fields.next)
    case "results": reply = try ResultsFields(from: header).reply(frames)
    case "description":
      try Envelope.check(frames, of: type, 1...1)
      reply = .description(try StudyField(from: header).study, bytes: frames[0])
    case "done":
      let fields = try DoneFields(from: header)
      reply = .done(fields.study, jobs: fields.jobs)
    case "workers":
      let fields = try WorkersFields(from: header)
      reply = .workers(fields.workers, next: fields.next)
    case "lacking": reply = .lacking(try DigestsField(from: header).digests)
    case "uploaded":
      let fields = try UploadedFields(from: header)
      reply = .uploaded(fields.digest, received: fields.received, isStored: fields.stored)
    case "downloaded":
      try Envelope.check(frames, of: type, 1...1)
      let fields = try DownloadedFields(from: header)
      guard fields.offset >= 0, frames[0].count <= fields.totalBytes - fields.offset else {
        throw MessageError.badHeader("a chunk outside of its blob")
      }
      reply = .downloaded(
        fields.digest, offset: fields.offset, totalBytes: fields.totalBytes, bytes: frames[0])
    case "problem":
      let fields = try ProblemFields(from: header)
      reply = .problem(QueueError(fields.code, Wire.cut(fields.message)))
    default: throw MessageError.unknownType(String(type.prefix(64)))
    }
  }

  package var parts: (type: String, header: any Encodable, frames: [[UInt8]]) {
    let number = Headers(RequestField(request: request), VersionFields(coordinator))
    switch reply {
    case .submitted(let study, let received, let finished):
      let fields = SubmittedFields(study: study, received: received, finished: finished)
      return ("submitted", Headers(number, fields), [])
    case .status(let studies, let next, let queue, let ends):
      let fields = StatusFields(studies: studies, next: next, queue: queue, ends: ends.isEmpty ? nil : ends)
      return ("status", Headers(number, fields), [])
    case .failures(let jobs, let next):
      return ("failures", Headers(number, FailuresFields(jobs: jobs, next: next)), [])
    case .results(let jobs, let next):
      let frames = jobs.filter { $0.state == .finished }.map(\.bytes)
      return ("results", Headers(number, ResultsFields(jobs: jobs, next: next)), frames)
    case .description(let study, let bytes):
      return ("description", Headers(number, StudyField(study: study)), [bytes])
    case .done(let study, let jobs):
      return ("done", Headers(number, DoneFields(study: study, jobs: jobs)), [])
    case .workers(let workers, let next):
      return ("workers", Headers(number, WorkersFields(workers: workers, next: next)), [])
    case .lacking(let digests): return ("lacking", Headers(number, DigestsField(digests: digests)), [])
    case .uploaded(let digest, let received, let isStored):
      let fields = UploadedFields(digest: digest, received: received, stored: isStored)
      return ("uploaded", Headers(number, fields), [])
    case .downloaded(let digest, let offset, let totalBytes, let bytes):
      let fields = DownloadedFields(digest: digest, offset: offset, totalBytes: totalBytes)
      return ("downloaded", Headers(number, fields), [bytes])
    case .problem(let problem):
      let fields = ProblemFields(code: problem.code, message: Wire.cut(problem.description))
      return ("problem", Headers(number, fields), [])
    }
  }
}

private struct ReasonField: Codable {
  var reason: String
}

private struct SubmittedFields: Codable {
  var study: StudyID
  var received: Int
  var finished: Int
}

private struct StatusFields: Codable {
  var studies: [StudyStatus]
  var next: Int?
  var queue: QueueStatus
  var ends: [EndedAttempt]?
}

private struct FailuresFields: Codable {
  var jobs: [FailedJobStatus]
  var next: Int?
}

private struct ResultsFields: Codable {
  var jobs: [JobStatus]
  var next: Int?

  func reply(_ frames: [[UInt8]]) throws -> ClientReply {
    try Envelope.check(frames, of: "results", 0...Wire.maximumPage)
    guard frames.count == jobs.count(where: { $0.state == .finished }) else {
      throw MessageError.badHeader("not one binary frame for each finished job")
    }
    var remaining = frames[...]
    let outcomes = jobs.map { job in
      var job = job
      if job.state == .finished { job.bytes = remaining.removeFirst() }
      return job
    }
    return .results(outcomes, next: next)
  }
}

private struct DoneFields: Codable {
  var study: StudyID
  var jobs: Int
}

private struct WorkersFields: Codable {
  var workers: [WorkerStatus]
  var next: Int?
}

private struct UploadedFields: Codable {
  var digest: SHA256Digest
  var received: Int
  var stored: Bool
}

private struct DownloadedFields: Codable {
  var digest: SHA256Digest
  var offset: Int
  var totalBytes: Int
}

private struct ProblemFields: Codable {
  var code: QueueError.Code
  var message: String
}
