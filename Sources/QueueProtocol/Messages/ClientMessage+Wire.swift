import Digests

extension ClientCall: WireMessage {
  static let types: Set<String> = [
    "submit", "status", "failures", "results", "description", "cancel", "retry", "workers", "lacking",
    "upload",
  ]

  package init(type: String, header: any Decoder, frames: [[UInt8]]) throws {
    request = try RequestField(from: header).request
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
    default: throw MessageError.unknownType(String(type.prefix(64)))
    }
  }

  package var parts: (type: String, header: any Encodable, frames: [[UInt8]]) {
    let number = RequestField(request: request)
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
