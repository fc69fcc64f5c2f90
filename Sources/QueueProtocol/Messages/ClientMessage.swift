import Digests

/// A request of a client, with the number under which the reply comes.
package struct ClientCall: Hashable, Sendable {
  /// Chosen by the client.
  package var request: Int
  /// The request.
  package var message: ClientMessage
  /// The client's version; nil if it doesn't say.
  package var client: ProgramVersion?

  /// A request.
  package init(request: Int, _ message: ClientMessage, client: ProgramVersion? = nil) {
    (self.request, self.message, self.client) = (request, message, client)
  }
}

/// A request from a client. It may be repeated until its reply arrives.
package enum ClientMessage: Hashable, Sendable {
  /// Adds a study or the next part of it. Reply: `submitted`.
  case submit(Submission)
  /// The state of one study, or of all from place `from` on; and the `ends` attempts that ended last. Reply: `status`.
  case status(StudyID?, from: Int, ends: Int = 0)
  /// The histories of the study's failed jobs, from its place `from` on. Reply: `failures`.
  case failures(StudyID, from: Int)
  /// How the study's jobs ended, from its place `from` on, `count` at most. Reply: `results`.
  case results(StudyID, from: Int, count: Int)
  /// The study's description as submitted. Reply: `description`.
  case description(StudyID)
  /// Takes the study's open jobs out of the queue. Reply: `done`.
  case cancel(StudyID)
  /// Queues the study's failed jobs again. Reply: `done`.
  case retry(StudyID)
  /// The workers from place `from` on. Reply: `workers`.
  case workers(from: Int)
  /// Which of these blobs the coordinator does not have. Reply: `lacking`.
  case lacking([SHA256Digest])
  /// The bytes of a blob from `offset` on. Reply: `uploaded`.
  case upload(SHA256Digest, offset: Int, totalBytes: Int, bytes: [UInt8])
  /// The chunk of a blob that begins at `offset`. Reply: `downloaded`.
  case download(SHA256Digest, offset: Int)

  package var changesTheQueue: Bool {
    switch self {
    case .submit, .cancel, .retry: true
    case .status, .failures, .results, .description, .workers, .lacking, .upload, .download: false
    }
  }
}

/// The coordinator's reply to the request of this number.
package struct ClientAnswer: Hashable, Sendable {
  /// The request's number.
  package var request: Int
  /// The reply.
  package var reply: ClientReply
  /// The coordinator's version; nil if it doesn't say.
  package var coordinator: ProgramVersion?

  /// A reply.
  package init(request: Int, _ reply: ClientReply, coordinator: ProgramVersion? = nil) {
    (self.request, self.reply, self.coordinator) = (request, reply, coordinator)
  }
}

/// A reply from the coordinator to a client. `next` is where the next page begins; `nil` if there is none.
package enum ClientReply: Hashable, Sendable {
  /// Numbers of the study's jobs that the coordinator has, and of finished ones among them.
  case submitted(StudyID, received: Int, finished: Int)
  /// Studies, the queue as a whole, and the attempts that ended last if they were asked for, the newest first.
  case status([StudyStatus], next: Int?, QueueStatus, ends: [EndedAttempt] = [])
  /// Failed jobs.
  case failures([FailedJobStatus], next: Int?)
  /// How jobs ended.
  case results([JobStatus], next: Int?)
  /// The study's description as submitted.
  case description(StudyID, bytes: [UInt8])
  /// The request is done; the number of jobs that it concerned.
  case done(StudyID, jobs: Int)
  /// Workers.
  case workers([WorkerStatus], next: Int?)
  /// These blobs are not there.
  case lacking([SHA256Digest])
  /// So many bytes of the blob are there from its start; all are stored and have the digest if `isStored`.
  case uploaded(SHA256Digest, received: Int, isStored: Bool)
  /// The bytes of the blob from `offset` on, at most `Wire.chunkBytes`; none at the blob's end.
  case downloaded(SHA256Digest, offset: Int, totalBytes: Int, bytes: [UInt8])
  /// The request cannot be met.
  case problem(QueueError)
}

extension ClientCall: WireMessage {
  static let types: Set<String> = [
    "submit", "status", "failures", "results", "description", "cancel", "retry", "workers", "lacking",
    "upload", "download",
  ]

  package static func maximumFrameBytes(ofType type: String) -> Int {
    // A part of a study holds payloads, and each one's length.
    type == "upload" ? Wire.maximumUploadBytes : Wire.maximumSubmissionBytes + Wire.maximumPayloadBytes
  }

  package init(type: String, header: any Decoder, frames: [[UInt8]]) throws {
    request = try RequestField(from: header).request
    client = try VersionFields(from: header).checked()
    switch type {
    case "submit", "upload": break
    default: try Envelope.check(frames, of: type, 0...0)
    }
    switch type {
    case "submit":
      try Envelope.check(frames, of: type, 1...2)
      message = .submit(try SubmitFields(from: header).submission(frames))
    case "status":
      let fields = try PageFields(from: header)
      message = .status(fields.study, from: try fields.place, ends: try fields.endCount)
    case "failures":
      let fields = try PageFields(from: header)
      message = .failures(try fields.required, from: try fields.place)
    case "results":
      let fields = try PageFields(from: header)
      message = .results(try fields.required, from: try fields.place, count: try fields.pageSize)
    case "description": message = .description(try StudyField(from: header).study)
    case "cancel": message = .cancel(try StudyField(from: header).study)
    case "retry": message = .retry(try StudyField(from: header).study)
    case "workers": message = .workers(from: try PageFields(from: header).place)
    case "lacking":
      let digests = try DigestsField(from: header).digests
      guard digests.count <= Wire.maximumDigests else {
        throw MessageError.badHeader(
          "“digests” has \(digests.count) entries, more than \(Wire.maximumDigests)")
      }
      message = .lacking(digests)
    case "upload":
      try Envelope.check(frames, of: type, 1...1)
      let fields = try UploadFields(from: header).validated(byteCount: frames[0].count)
      message = .upload(
        fields.digest, offset: fields.offset, totalBytes: fields.totalBytes, bytes: frames[0])
    case "download":
      let fields = try FetchFields(from: header).validated()
      message = .download(fields.digest, offset: fields.offset)
    default: throw MessageError.unknownType(String(type.prefix(64)))
    }
  }

  package var parts: (type: String, header: any Encodable, frames: [[UInt8]]) {
    let number = Headers(RequestField(request: request), VersionFields(client))
    func page(_ study: StudyID?, _ from: Int, _ count: Int? = nil) -> Headers {
      Headers(number, PageFields(study: study, from: from, count: count))
    }
    func one(_ study: StudyID) -> Headers { Headers(number, StudyField(study: study)) }
    switch message {
    case .submit(let new):
      let frames = [PayloadList.encode(new.jobs)] + (new.description.isEmpty ? [] : [new.description])
      return ("submit", Headers(number, SubmitFields(new)), frames)
    case .status(let study, let from, let ends):
      let fields = PageFields(study: study, from: from, ends: ends > 0 ? ends : nil)
      return ("status", Headers(number, fields), [])
    case .failures(let study, let from): return ("failures", page(study, from), [])
    case .results(let study, let from, let count): return ("results", page(study, from, count), [])
    case .description(let study): return ("description", one(study), [])
    case .cancel(let study): return ("cancel", one(study), [])
    case .retry(let study): return ("retry", one(study), [])
    case .workers(let from): return ("workers", page(nil, from), [])
    case .lacking(let digests): return ("lacking", Headers(number, DigestsField(digests: digests)), [])
    case .upload(let digest, let offset, let totalBytes, let bytes):
      let fields = UploadFields(digest: digest, offset: offset, totalBytes: totalBytes)
      return ("upload", Headers(number, fields), [bytes])
    case .download(let digest, let offset):
      return ("download", Headers(number, FetchFields(digest: digest, offset: offset)), [])
    }
  }
}

struct RequestField: Codable {
  var request: Int
}

struct StudyField: Codable {
  var study: StudyID
}

struct DigestsField: Codable {
  var digests: [SHA256Digest]
}

private struct PageFields: Codable {
  var study: StudyID?
  var from: Int?
  var count: Int?
  var ends: Int?

  var endCount: Int {
    get throws {
      guard let ends else { return 0 }
      guard ends >= 0 else { throw MessageError.badHeader("“ends” is negative") }
      return ends
    }
  }

  var required: StudyID {
    get throws {
      guard let study else { throw MessageError.badHeader("“study” is missing") }
      return study
    }
  }

  var place: Int {
    get throws {
      guard (0...Submission.maximumJobs).contains(from ?? 0) else {
        throw MessageError.badHeader("“from” out of range")
      }
      return from ?? 0
    }
  }

  var pageSize: Int {
    get throws {
      guard let count else { return Wire.maximumPage }
      guard count > 0 else { throw MessageError.badHeader("“count” is not positive") }
      return min(count, Wire.maximumPage)
    }
  }
}

private struct UploadFields: Codable {
  var digest: SHA256Digest
  var offset: Int
  var totalBytes: Int

  func validated(byteCount: Int) throws -> UploadFields {
    guard offset >= 0, totalBytes >= 0, offset <= totalBytes, byteCount <= totalBytes - offset else {
      throw MessageError.badHeader("a chunk outside of its blob")
    }
    guard byteCount <= Wire.maximumUploadBytes else {
      throw MessageError.badHeader("a chunk of \(byteCount) bytes, more than \(Wire.maximumUploadBytes)")
    }
    return self
  }
}

private struct SubmitFields: Codable {
  var submission: SubmissionID
  var name: String
  var priority: Int?
  var fresh: Bool?
  var total: Int
  var first: Int

  init(_ new: Submission) {
    (submission, name, priority, fresh) = (new.id, new.name, new.priority, new.isFresh)
    (total, first) = (new.total, new.first)
  }

  func submission(_ frames: [[UInt8]]) throws -> Submission {
    guard Submission.priorities.contains(priority ?? 0) else {
      throw MessageError.badHeader("“priority” is not between -1000000 and 1000000")
    }
    guard !name.isEmpty, name.utf8.count <= Submission.maximumNameBytes else {
      throw MessageError.badHeader("“name” is empty or longer than \(Submission.maximumNameBytes) bytes")
    }
    guard (1...Submission.maximumJobs).contains(total), (0...total).contains(first) else {
      throw MessageError.badHeader("“total” or “first” out of range")
    }
    let jobs = try PayloadList.decode(frames[0])
    guard jobs.count <= total - first else { throw MessageError.badHeader("more jobs than “total”") }
    let description = frames.count > 1 ? frames[1] : []
    guard description.count <= Wire.maximumDescriptionBytes else {
      throw MessageError.badHeader("a description of \(description.count) bytes")
    }
    return Submission(
      id: submission, name: name, priority: priority ?? 0, isFresh: fresh ?? false, total: total,
      first: first,
      description: description, jobs: jobs)
  }
}

/// Payloads one after another in a frame, each behind its length in four bytes, the least significant first.
enum PayloadList {
  static func encode(_ jobs: [NewJob]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(jobs.reduce(0) { $0 + 4 + $1.payload.count })
    for job in jobs {
      withUnsafeBytes(of: UInt32(job.payload.count).littleEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: job.payload)
    }
    return bytes
  }

  static func decode(_ bytes: [UInt8]) throws(MessageError) -> [NewJob] {
    guard bytes.count <= Wire.maximumSubmissionBytes else {
      throw .badHeader(
        "payloads of \(bytes.count) bytes, more than \(Wire.maximumSubmissionBytes) in one message")
    }
    var jobs: [NewJob] = []
    var place = 0
    while place < bytes.count {
      guard jobs.count < Wire.maximumSubmissionJobs else {
        throw .badHeader("more than \(Wire.maximumSubmissionJobs) payloads in one message")
      }
      guard bytes.count - place >= 4 else { throw .badHeader("a payload's length is cut off") }
      let length = (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
      place += 4
      guard length <= bytes.count - place else { throw .badHeader("a payload is cut off") }
      jobs.append(NewJob(payload: Array(bytes[place..<place + length])))
      place += length
    }
    return jobs
  }
}
