import Files

/// The signals of a file of arrays: NumPy's npy and npz, safetensors, MATLAB's mat.
///
/// An array with one dimension, or with one row or column, is a signal of the array's name; the columns of a matrix, a row a
/// sample, are signals `NAME.1`, `NAME.2`, ..., or 1, 2, ... in npy, unless the file names them. A number beside the signals whose name says so is the sampling time.
struct ArrayTable: Sendable {
  /// What kind of file it is.
  let kind: FileKind
  private(set) var columns: [ArrayColumn] = []
  /// Units of the columns, as far as the file has any; as many, or none.
  private(set) var units: [String] = []
  /// Time between two rows by the file's own statement (s).
  private(set) var samplingTime: Double?
  /// Variables that hold something else than signals, with what to do.
  private(set) var unusable: [(name: String, problem: TableError.Problem)] = []

  static func canRead(_ kind: FileKind) -> Bool {
    [.numpyArray, .numpyArchive, .safetensors, .matlab].contains(kind)
  }

  /// Opens a file of that kind. Throws ``TableError`` if it is damaged, or holds no signals.
  init(_ path: String, _ kind: FileKind) throws(TableError) {
    self.kind = kind
    var content = ArrayContent(path)
    switch kind {
    case .numpyArray: try NumPyFile.read(try ArrayBytes(mapping: path), name: "", into: &content)
    case .numpyArchive: try NumPyFile.readArchive(try ArrayBytes(mapping: path), into: &content)
    case .safetensors: try content.readTensors()
    default: try MATLABFile.read(try ArrayBytes(mapping: path), into: &content)
    }
    unusable = content.unusable
    let arrays = content.arrays.filter { !$0.isNumber }
    guard !arrays.isEmpty else {
      if let first = unusable.first {
        throw TableError(first.problem, file: path, column: first.name.isEmpty ? nil : first.name)
      }
      throw TableError(.noArrays, file: path)
    }
    for array in arrays { columns += array.columns(named: content.names, isAlone: arrays.count == 1) }
    units = content.units(of: columns)
    samplingTime = content.samplingTime
  }

  /// The length of most columns: that of the table. Equally frequent ones: the longest.
  var rowCount: Int {
    Dictionary(grouping: columns, by: \.count)
      .max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }?.key ?? 0
  }
}

/// An array of numbers in a file.
struct NumericArray: Sendable {
  let name: String
  let element: ArrayElement
  let isBigEndian: Bool
  let rows: Int
  let width: Int
  let isFortranOrder: Bool
  let bytes: ArrayBytes
  /// Where the first number stands in the bytes.
  let offset: Int
  /// Bytes from a number to the next, if not that of the element: of a field in records.
  var spacing: Int?

  /// A single number, which describes the signals rather than being one.
  var isNumber: Bool { rows == 1 && width == 1 }
  var firstValue: Double { column(0, "").value(0) }

  /// - Parameter names: those of a matrix' columns, if their number fits.
  func columns(named names: [String], isAlone: Bool) -> [ArrayColumn] {
    if rows == 1 || width == 1 {
      // A vector, whichever way it lies.
      let count = max(rows, width)
      let own = names.count == 1 && isAlone ? names[0] : name
      return [
        ArrayColumn(
          name: own.isEmpty ? "1" : own, count: count, element, isBigEndian: isBigEndian, in: bytes,
          offset: offset, stride: spacing ?? element.byteCount)
      ]
    }
    return (0..<width).map { index in
      let number = "\(index + 1)"
      return column(
        index, names.count == width && isAlone ? names[index] : name.isEmpty ? number : "\(name).\(number)")
    }
  }

  private func column(_ index: Int, _ name: String) -> ArrayColumn {
    let size = spacing ?? element.byteCount
    return ArrayColumn(
      name: name, count: rows, element, isBigEndian: isBigEndian, in: bytes,
      offset: offset + index * (isFortranOrder ? rows : 1) * size, stride: (isFortranOrder ? 1 : width) * size
    )
  }
}

/// What the reader of a container finds in it.
struct ArrayContent {
  let path: String
  private(set) var arrays: [NumericArray] = []
  /// Arrays of texts, such as names and units.
  private var texts: [String: [String]] = [:]
  private var unitsByName: [String: String] = [:]
  private var statedSamplingTime: Double?
  private(set) var unusable: [(name: String, problem: TableError.Problem)] = []

  init(_ path: String) { self.path = path }

  /// Names of a matrix' columns.
  var names: [String] { texts["names"] ?? texts["columns"] ?? [] }

  /// The number of a sampling time, by what it is usually called.
  var samplingTime: Double? {
    let known: Set<String> = ["samplingtime", "sampling_time", "sampletime", "sample_time", "ts", "dt"]
    let found =
      statedSamplingTime
      ?? arrays.first { $0.isNumber && known.contains($0.name.lowercased()) }?.firstValue
    return found.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
  }

  func units(of columns: [ArrayColumn]) -> [String] {
    if let units = texts["units"], units.count == columns.count { return units }
    let units = columns.map { unitsByName[$0.name] ?? "" }
    return units.allSatisfy(\.isEmpty) ? [] : units
  }

  /// Adds an array of that shape. Throws ``TableError`` if the bytes are fewer, and notes shapes that are no signals.
  mutating func add(
    _ name: String, _ element: ArrayElement, isBigEndian: Bool = false, shape: [Int],
    isFortranOrder: Bool = false, in bytes: ArrayBytes, offset: Int, spacing: Int? = nil
  ) throws(TableError) {
    guard shape.count <= 2 else {
      note(
        name,
        .unsupported(
          "is an array of \(shape.count) dimensions",
          "save a matrix with a row a sample, one array a run"))
      return
    }
    let (rows, width) = (shape.first ?? 1, shape.count == 2 ? shape[1] : 1)
    let (values, isTooLarge) = rows.multipliedReportingOverflow(by: width)
    let size = spacing ?? element.byteCount
    let room = bytes.bytes.count - offset - element.byteCount
    guard rows >= 0, width >= 0, !isTooLarge, values == 0 || (room >= 0 && values - 1 <= room / size) else {
      throw TableError(
        .damaged("the array ends before its \(shape.map(String.init).joined(separator: " x ")) values do"),
        file: path, column: name.isEmpty ? nil : name)
    }
    guard values > 0 else {
      note(name, .unsupported("is empty", "save it with its values"))
      return
    }
    guard width <= Self.widthLimit || rows == 1 else {
      note(
        name,
        .unsupported(
          "has \(width) columns",
          "a row is a sample, and at most \(Self.widthLimit) signals are read: transpose it"))
      return
    }
    arrays.append(
      NumericArray(
        name: name, element: element, isBigEndian: isBigEndian, rows: rows, width: width,
        isFortranOrder: isFortranOrder, bytes: bytes, offset: offset, spacing: spacing))
  }

  private static var widthLimit: Int { 100_000 }

  /// Notes texts, which are names and units if they are called so.
  mutating func add(_ name: String, texts: [String]) { self.texts[name.lowercased()] = texts }

  /// Notes a variable that is no signal.
  mutating func note(_ name: String, _ problem: TableError.Problem) { unusable.append((name, problem)) }

  mutating func state(samplingTime: Double?, units: [String: String]) {
    statedSamplingTime = samplingTime
    unitsByName = units
  }
}
