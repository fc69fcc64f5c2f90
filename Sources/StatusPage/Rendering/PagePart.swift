/// A part of the page that is replaced when it changes. The raw value is the element's id.
enum PagePart: String, CaseIterable, Sendable {
  case overview, studies, workers, failures, attempts
}

/// The page and its parts as made from the newest snapshot, for all readers together.
actor PageCache {
  private let version: String
  private var number = 0
  private var parts: [PagePart: String] = [:]

  init(version: String) { self.version = version }

  func parts(of taken: SnapshotFeed.Taken) -> [PagePart: String] {
    if taken.number != number {
      parts = PageParts.all(taken.snapshot)
      number = taken.number
    }
    return parts
  }

  func page(of taken: SnapshotFeed.Taken) -> HTMLPage {
    .status(parts(of: taken), taken.snapshot, version: version)
  }
}
