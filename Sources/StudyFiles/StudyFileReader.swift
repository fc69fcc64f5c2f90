import Yams

/// Holds a YAML tree against the table of keys and collects everything that is wrong.
struct StudyFileReader {
  private(set) var problems: [StudyFileProblem] = []

  /// Reads the root of a file. Keys that are missing get their defaults, and the keys of `defaults` are merged into
  /// the variants, so that what comes back is whole wherever no problem was noted.
  mutating func read(root: Node) -> StudyFileEntry {
    var entry = read(root, StudyFileKey("", .mapping, .required, ""), path: "")
    guard case .mapping(var entries) = entry.value else { return entry }
    if case .list(let variants) = entries["variants"]?.value {
      let (shared, members) = (entries["defaults"], entries["members"])
      entries["variants"]?.value = .list(variants.map { merged($0, with: shared, members: members) })
    }
    entry.value = .mapping(entries)
    return entry
  }

  private mutating func merged(
    _ variant: StudyFileEntry, with shared: StudyFileEntry?, members: StudyFileEntry?
  ) -> StudyFileEntry {
    guard case .mapping(var entries) = variant.value else { return variant }
    if case .mapping(var inherited) = shared?.value {
      // A length of its own takes the place of one of the other kind, too.
      if entries["steps"] != nil { inherited["epochs"] = nil }
      if entries["epochs"] != nil { inherited["steps"] = nil }
      entries.merge(inherited) { own, _ in own }
    }
    if entries["members"] == nil { entries["members"] = members }
    var variant = variant
    if shared?.isRefused != true { complete(&entries, of: "variants[]", in: variant) }
    variant.value = .mapping(entries)
    return variant
  }

  private mutating func read(_ node: Node, _ key: StudyFileKey, path: String) -> StudyFileEntry {
    var entry = StudyFileEntry(
      value: .refused, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, path: path)
    if let message = refusedSyntax(of: node) {
      problems.append(entry.problem(message))
      return entry
    }
    switch (node, key.kind) {
    case (.scalar(let scalar), _):
      do {
        entry.value = try ScalarReading.read(scalar, as: key.kind)
      } catch {
        problems.append(entry.problem(error.message))
      }
    case (.mapping(let mapping), .texts):
      entry.value = read(mapping, of: .text, key: key, in: entry)
    case (.mapping(let mapping), .mapping), (.mapping(let mapping), .mappingOrNumber),
      (.mapping(let mapping), .mappingOrNumbers), (.mapping(let mapping), .mappingOrText):
      entry.value = .mapping(read(mapping, of: key.path, in: entry))
    case (.mapping(let mapping), .integersBySignal(let range)):
      entry.value = read(mapping, of: .integer(range), key: key, in: entry)
    case (.mapping(let mapping), .numbersBySignal(let range)):
      entry.value = read(mapping, of: .number(range), key: key, in: entry)
    case (.sequence(let sequence), .mappings):
      if sequence.isEmpty { problems.append(entry.problem("the list is empty; describe at least one")) }
      entry.value = .list(
        sequence.enumerated().map { index, element in
          read(element, StudyFileKey("\(key.path)[]", .mapping, .required, ""), path: "\(path)[\(index)]")
        })
    case (.sequence(let sequence), .integersOrAll(let range)),
      (.sequence(let sequence), .integerOrIntegers(let range)):
      entry.value = read(sequence, of: .integer(range), count: 2...1000, key: key, in: entry)
    case (.sequence(let sequence), .mappingOrNumbers(let range)),
      (.sequence(let sequence), .numberOrNumbers(let range)):
      entry.value = read(sequence, of: .number(range), count: 2...1000, key: key, in: entry)
    case (.sequence(let sequence), .list(let kind, let count)):
      entry.value = read(sequence, of: kind, count: count, key: key, in: entry)
    case (.mapping, _):
      problems.append(entry.problem("a mapping (key: value) where \(key.kind) is expected"))
    case (.sequence, _):
      let what = path.isEmpty ? "the keys of a study (name, dataset, variants, …) are" : "\(key.kind) is"
      problems.append(entry.problem("a list where \(what) expected"))
    case (.alias, _):
      problems.append(entry.problem("aliases are not supported; write the value itself"))
    }
    return entry
  }

  private mutating func read(
    _ sequence: Node.Sequence, of kind: StudyFileKey.Kind, count: ClosedRange<Int>, key: StudyFileKey,
    in entry: StudyFileEntry
  ) -> StudyFileEntry.Value {
    guard count.contains(sequence.count) else {
      problems.append(entry.problem("the list has \(sequence.count) elements; write \(key.kind)"))
      return .refused
    }
    var element = key
    element.kind = kind
    if kind == .mappingOrText { element.path += "[]" }
    let list = sequence.enumerated().map { read($1, element, path: "\(entry.path)[\($0)]") }
    return list.contains(where: \.isRefused) ? .refused : .list(list)
  }

  private mutating func read(
    _ mapping: Node.Mapping, of parent: String, in entry: StudyFileEntry
  ) -> [String: StudyFileEntry] {
    let known = Dictionary(
      uniqueKeysWithValues: StudyFileReference.children(of: parent).map { ($0.name, $0) })
    var entries: [String: StudyFileEntry] = [:]
    for (name, value) in mapping {
      var place = entry
      place.value = .refused
      (place.line, place.column) = (name.mark?.line ?? entry.line, name.mark?.column ?? entry.column)
      guard case .scalar(let scalar) = name, scalar.anchor == nil else {
        problems.append(place.problem("a key must be a plain word"))
        continue
      }
      let path = entry.path.isEmpty ? scalar.string : "\(entry.path).\(ScalarReading.excerpt(scalar.string))"
      guard let key = known[scalar.string] else {
        place.path = path
        let (message, meant) = UnknownKey.explain(scalar.string, in: parent)
        problems.append(place.problem(message))
        // The key that was meant is not missed as well.
        if let meant, entries[meant] == nil { entries[meant] = place }
        continue
      }
      entries[scalar.string] = read(value, key, path: path)
    }
    // Variants are completed after `defaults` has been merged into them; `defaults` itself never is.
    if parent != "defaults" && parent != "variants[]" { complete(&entries, of: parent, in: entry) }
    return entries
  }

  /// A mapping whose keys are the names of signals.
  private mutating func read(
    _ mapping: Node.Mapping, of kind: StudyFileKey.Kind, key: StudyFileKey, in entry: StudyFileEntry
  ) -> StudyFileEntry.Value {
    if mapping.isEmpty {
      problems.append(entry.problem("the mapping is empty; write \(key.kind), or remove the key"))
      return .refused
    }
    var element = key
    element.kind = kind
    var entries: [String: StudyFileEntry] = [:]
    for (name, value) in mapping {
      guard case .scalar(let scalar) = name, scalar.anchor == nil else {
        problems.append(entry.problem("a key must be the name of a signal"))
        return .refused
      }
      entries[scalar.string] = read(
        value, element, path: "\(entry.path).\(ScalarReading.excerpt(scalar.string))")
    }
    return entries.values.contains(where: \.isRefused) ? .refused : .mapping(entries)
  }

  private mutating func complete(
    _ entries: inout [String: StudyFileEntry], of parent: String, in entry: StudyFileEntry
  ) {
    for key in StudyFileReference.children(of: parent) where entries[key.name] == nil {
      var place = entry
      place.path = entry.path.isEmpty ? key.name : "\(entry.path).\(key.name)"
      switch key.presence {
      case .required:
        place.value = .refused
        problems.append(place.problem("this key is missing; add it: \(key.kind). \(key.meaning)"))
        entries[key.name] = place
      case .value(let text):
        guard let node = try? Yams.compose(yaml: text) else {
          preconditionFailure("the default of '\(key.path)' in StudyFileReference is not YAML")
        }
        var value = read(node, key, path: place.path)
        (value.line, value.column) = (entry.line, entry.column)
        entries[key.name] = value
      case .optional, .derived: break
      }
    }
  }

  private func refusedSyntax(of node: Node) -> String? {
    // An alias stands for the very node that its anchor names, so it is refused here too, where the anchor is.
    if node.anchor != nil {
      return "anchors (&name) and aliases (*name) are not supported; write the value itself"
    }
    let tag =
      switch node {
      case .scalar(let scalar): scalar.tag.rawValue
      case .mapping(let mapping): mapping.tag.rawValue
      case .sequence(let sequence): sequence.tag.rawValue
      case .alias: ""
      }
    if tag.isEmpty || (node.scalar != nil && tag == "tag:yaml.org,2002:str") { return nil }
    return "tags (\(ScalarReading.excerpt(tag))) are not supported; write the value alone"
  }
}
