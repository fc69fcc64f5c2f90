/// A row of the table of keys: the documented key, and how its value goes into a model and comes back out.
///
/// Defaults are those of `Model.standard`, so that each stands once, in the model.
struct StudyFileField<Model> {
  /// The key's own name.
  let name: String
  /// The key and its children as documented, below the path of their parent.
  let keys: (_ parent: String) -> [StudyFileKey]
  /// Puts the value of an entry without problems into the model.
  let read: (StudyFileEntry, inout Model) -> Void
  /// Follows from other keys, after them in the table, if the key is absent and has no default of its own.
  let derive: ((inout Model) -> Void)?
  /// The value in a resolved study file; nil: not written.
  var write: (Model) -> ResolvedText?
}

/// A part of the study that has a table of keys of its own.
protocol StudyFileModel {
  /// The value before any key is read: every default, and placeholders for required keys.
  static var standard: Self { get }
}

/// How values of a type stand in a study file.
struct StudyFileCodec<Value> {
  let kind: StudyFileKey.Kind
  let decode: (StudyFileEntry) -> Value
  /// The text in a resolved study file.
  let encode: (Value) -> String
  /// The text of a default in the documentation.
  var document: ((Value) -> String)?
}

extension StudyFileCodec {
  func documented(_ value: Value) -> String { document?(value) ?? encode(value) }

  static func name() -> StudyFileCodec<String> where Value == String {
    .init(kind: .name, decode: { $0.text.need() }, encode: { $0 })
  }

  static func text() -> StudyFileCodec<String> where Value == String {
    .init(kind: .text, decode: { $0.text.need() }, encode: ResolvedText.quoted)
  }

  static func flag() -> StudyFileCodec<Bool> where Value == Bool {
    .init(kind: .flag, decode: { $0.flag.need() }, encode: \.description)
  }

  static func integer(_ range: ClosedRange<Int>) -> StudyFileCodec<Int> where Value == Int {
    .init(kind: .integer(range), decode: { $0.integer.need() }, encode: \.description)
  }

  static func integersBySignal(_ range: ClosedRange<Int>) -> StudyFileCodec<SignalCounts>
  where Value == SignalCounts {
    .init(
      kind: .integersBySignal(range),
      decode: { entry in
        if let count = entry.integer { return .all(count) }
        return .named(
          Dictionary(uniqueKeysWithValues: entry.entries.need().map { ($0.name, $0.value.integer.need()) }))
      },
      encode: { counts in
        switch counts {
        case .all(let count): return "\(count)"
        case .named(let counts):
          let lines = counts.sorted { $0.key < $1.key }.map { "\(ResolvedText.quoted($0.key)): \($0.value)" }
          return "{" + lines.joined(separator: ", ") + "}"
        }
      })
  }

  static func numbersBySignal(_ range: StudyFileKey.NumberRange) -> StudyFileCodec<[String: Double]>
  where Value == [String: Double] {
    .init(
      kind: .numbersBySignal(range),
      decode: { entry in
        Dictionary(uniqueKeysWithValues: entry.entries.need().map { ($0.name, $0.value.number.need()) })
      },
      encode: { numbers in
        let lines = numbers.sorted { $0.key < $1.key }.map { "\(ResolvedText.quoted($0.key)): \($0.value)" }
        return "{" + lines.joined(separator: ", ") + "}"
      })
  }

  static func seed() -> StudyFileCodec<UInt64> where Value == UInt64 {
    .init(kind: .seed, decode: { $0.seed.need() }, encode: \.description)
  }

  static func number(_ range: StudyFileKey.NumberRange) -> StudyFileCodec<Double> where Value == Double {
    .init(
      kind: .number(range), decode: { $0.number.need() }, encode: \.description, document: ResolvedText.short)
  }

  static func choice(_ choices: [Value]) -> StudyFileCodec<Value>
  where Value: RawRepresentable, Value.RawValue == String {
    .init(
      kind: .choice(choices.map(\.rawValue)), decode: { Value(rawValue: $0.text.need()).need() },
      encode: \.rawValue)
  }

  static func choice() -> StudyFileCodec<Value>
  where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    choice(Array(Value.allCases))
  }

  /// A mapping from names to texts, in flow style.
  static func texts() -> StudyFileCodec<[String: String]> where Value == [String: String] {
    .init(
      kind: .texts, decode: { $0.texts.need() },
      encode: { texts in
        "{"
          + texts.sorted { $0.key < $1.key }
          .map { "\(ResolvedText.quoted($0)): \(ResolvedText.quoted($1))" }.joined(separator: ", ") + "}"
      })
  }

  static func list<Element>(_ element: StudyFileCodec<Element>, count: ClosedRange<Int>)
    -> StudyFileCodec<[Element]> where Value == [Element]
  {
    .init(
      kind: .list(of: element.kind, count: count), decode: { $0.list.need().map(element.decode) },
      encode: { "[" + $0.map(element.encode).joined(separator: ", ") + "]" })
  }
}

extension StudyFileField {
  /// A required key, or one whose default is the model's.
  static func key<Value>(
    _ name: String, _ codec: StudyFileCodec<Value>, _ path: WritableKeyPath<Model, Value>,
    required: Bool = false, unit: String? = nil, _ meaning: String
  ) -> Self where Model: StudyFileModel {
    derived(
      name, codec, path,
      required ? .required : .value(codec.documented(Model.standard[keyPath: path])), unit: unit, meaning)
  }

  /// A key whose value follows from other keys if it is absent: `derive` puts it into the model.
  static func derived<Value>(
    _ name: String, _ codec: StudyFileCodec<Value>, _ path: WritableKeyPath<Model, Value>,
    _ presence: StudyFileKey.Presence, unit: String? = nil, _ meaning: String,
    derive: ((inout Model) -> Void)? = nil
  ) -> Self {
    custom(
      name, codec.kind, presence, unit: unit, meaning, derive: derive,
      read: { $1[keyPath: path] = codec.decode($0) }, write: { .line(codec.encode($0[keyPath: path])) })
  }

  /// A key of an optional value, which is written only if it has one.
  static func optional<Value>(
    _ name: String, _ codec: StudyFileCodec<Value>, _ path: WritableKeyPath<Model, Value?>,
    presence: StudyFileKey.Presence = .optional, unit: String? = nil, _ meaning: String
  ) -> Self {
    custom(
      name, codec.kind, presence, unit: unit, meaning, read: { $1[keyPath: path] = codec.decode($0) },
      write: { $0[keyPath: path].map { .line(codec.encode($0)) } })
  }

  /// A mapping whose keys go into the same model; written if any of them is.
  static func group(
    _ name: String, _ presence: StudyFileKey.Presence, _ meaning: String, _ fields: [Self]
  ) -> Self {
    custom(
      name, .mapping, presence, meaning, children: fields.keys,
      derive: { fields.derive(&$0) }, read: { fields.read($0, into: &$1) },
      write: { fields.write($0) })
  }

  /// A mapping whose keys go into a part of the model, with an optional number as shorthand; a mapping with flow style
  /// is written on one line.
  static func mapping<Part: StudyFileModel>(
    _ name: String, _ path: WritableKeyPath<Model, Part>, _ presence: StudyFileKey.Presence,
    _ meaning: String,
    shorthand: (range: StudyFileKey.NumberRange, read: (Double) -> Part)? = nil, flow: Bool = false,
    _ fields: [StudyFileField<Part>]
  ) -> Self {
    custom(
      name, shorthand.map { .mappingOrNumber($0.range) } ?? .mapping, presence, meaning,
      children: fields.keys,
      read: { entry, model in
        if let number = entry.number, let shorthand {
          model[keyPath: path] = shorthand.read(number)
        } else {
          model[keyPath: path] = fields.value(of: entry)
        }
      },
      write: { model in
        let text = fields.write(model[keyPath: path])
        return flow ? text.map { .line($0.flow) } : text
      })
  }

  /// A mapping that may be absent; with flow style it is written on one line.
  static func mapping<Part: StudyFileModel>(
    _ name: String, optional path: WritableKeyPath<Model, Part?>, presence: StudyFileKey.Presence = .optional,
    _ meaning: String, flow: Bool = false, _ fields: [StudyFileField<Part>]
  ) -> Self {
    custom(
      name, .mapping, presence, meaning, children: fields.keys,
      read: { $1[keyPath: path] = fields.value(of: $0) },
      write: { model in
        let text = model[keyPath: path].flatMap { fields.write($0) }
        return flow ? text.map { .line($0.flow) } : text
      })
  }

  /// A part as a text, or as a mapping of its keys; written as a text if the text says all of it, else on one line.
  static func textOrMapping<Part: StudyFileModel & Equatable>(
    _ name: String, optional path: WritableKeyPath<Model, Part?>, _ meaning: String,
    presence: StudyFileKey.Presence = .optional,
    text: WritableKeyPath<Part, String>, _ fields: [StudyFileField<Part>]
  ) -> Self {
    custom(
      name, .mappingOrText, presence, meaning, children: fields.keys,
      read: { $1[keyPath: path] = Self.part(of: $0, text, fields) },
      write: { $0[keyPath: path].map { .line(Self.line($0, text, fields)) } })
  }

  /// A list of such parts.
  static func textsOrMappings<Part: StudyFileModel & Equatable>(
    _ name: String, _ path: WritableKeyPath<Model, [Part]>, _ presence: StudyFileKey.Presence,
    _ meaning: String, text: WritableKeyPath<Part, String>, _ fields: [StudyFileField<Part>]
  ) -> Self {
    custom(
      name, .list(of: .mappingOrText, count: 1...Int.max), presence, meaning,
      children: { fields.keys(parent: "\($0)[]") },
      read: { $1[keyPath: path] = $0.list.need().map { Self.part(of: $0, text, fields) } },
      write: { model in
        let lines = model[keyPath: path].map { Self.line($0, text, fields) }
        return lines.isEmpty ? nil : .line("[" + lines.joined(separator: ", ") + "]")
      })
  }

  private static func part<Part: StudyFileModel>(
    of entry: StudyFileEntry, _ text: WritableKeyPath<Part, String>, _ fields: [StudyFileField<Part>]
  ) -> Part {
    guard let value = entry.text else { return fields.value(of: entry) }
    var part = Part.standard
    part[keyPath: text] = value
    return part
  }

  private static func line<Part: StudyFileModel & Equatable>(
    _ part: Part, _ text: WritableKeyPath<Part, String>, _ fields: [StudyFileField<Part>]
  ) -> String {
    var plain = Part.standard
    plain[keyPath: text] = part[keyPath: text]
    return plain == part ? ResolvedText.quoted(part[keyPath: text]) : fields.write(part)?.flow ?? "{}"
  }

  /// A list of mappings.
  static func mappings<Part: StudyFileModel>(
    _ name: String, _ path: WritableKeyPath<Model, [Part]>, _ meaning: String,
    _ fields: [StudyFileField<Part>]
  ) -> Self {
    custom(
      name, .mappings, .required, meaning, children: { fields.keys(parent: "\($0)[]") },
      read: { $1[keyPath: path] = $0.list.need().map { fields.value(of: $0) } },
      write: { .sequence($0[keyPath: path].compactMap { fields.write($0) }) })
  }

  /// A key with its own way into the model and out of it.
  static func custom(
    _ name: String, _ kind: StudyFileKey.Kind, _ presence: StudyFileKey.Presence, unit: String? = nil,
    _ meaning: String, children: @escaping (_ path: String) -> [StudyFileKey] = { _ in [] },
    derive: ((inout Model) -> Void)? = nil, read: @escaping (StudyFileEntry, inout Model) -> Void,
    write: @escaping (Model) -> ResolvedText?
  ) -> Self {
    Self(
      name: name,
      keys: { parent in
        let path = parent.isEmpty ? name : "\(parent).\(name)"
        return [StudyFileKey(path, kind, presence, unit: unit, meaning)] + children(path)
      },
      read: read, derive: derive, write: write)
  }
}

extension Array {
  /// The documented keys, parents before their children.
  func keys<Model>(parent: String) -> [StudyFileKey] where Element == StudyFileField<Model> {
    flatMap { $0.keys(parent) }
  }

  /// The model that an entry describes.
  func value<Model: StudyFileModel>(of entry: StudyFileEntry) -> Model
  where Element == StudyFileField<Model> {
    var model = Model.standard
    read(entry, into: &model)
    return model
  }

  func read<Model>(_ entry: StudyFileEntry, into model: inout Model) where Element == StudyFileField<Model> {
    for field in self {
      if let value = entry[field.name] { field.read(value, &model) } else { field.derive?(&model) }
    }
  }

  func derive<Model>(_ model: inout Model) where Element == StudyFileField<Model> {
    for field in self { field.derive?(&model) }
  }

  func write<Model>(_ model: Model) -> ResolvedText? where Element == StudyFileField<Model> {
    let lines = compactMap { field in field.write(model).map { (field.name, $0) } }
    return lines.isEmpty ? nil : .block(lines)
  }
}

extension Optional {
  /// The value of a key that the reader has accepted or completed.
  func need() -> Wrapped {
    guard let self else {
      preconditionFailure("a row of the table reads a value of another kind than its own")
    }
    return self
  }
}
