import FuzzSupport
import Safetensors
import Testing

@Suite struct DamagedFileTests {
  static let headers: [(header: String, problem: String)] = [
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#,
      "the header isn't valid at byte 62: the name “a” occurs twice"
    ),
    (
      #"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#,
      "has the dtype “F33”, which isn't known here"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      "has 4 bytes, but F32 in the shape [2] takes 8"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
      "is at bytes 0 to 8 of 4: the file is cut short or corrupted"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
      "is at bytes 4 to 0 of 4: the file is cut short or corrupted"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
      "has the shape [4611686018427387904, 4], which is too large"
    ),
    (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, "2 bytes at the end belong to no tensor"),
    (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#, "leaves a gap after the data before it"),
    (
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}"#,
      "overlaps the data before it"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}"#,
      "needs a dtype, a shape of whole numbers, and data_offsets of two whole numbers"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}}"#,
      "needs a dtype, a shape of whole numbers, and data_offsets of two whole numbers"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,99999999999999999999]}}"#,
      "needs a dtype, a shape of whole numbers, and data_offsets of two whole numbers"
    ),
    (
      #"{"a":{"shape":[4],"data_offsets":[0,4]}}"#,
      "needs a dtype, a shape of whole numbers, and data_offsets of two whole numbers"
    ),
    (#"{"a":[]}"#, "needs a dtype, a shape of whole numbers, and data_offsets of two whole numbers"),
    (#"{"__metadata__":{"a":1}}"#, "__metadata__ has a value for “a” that isn't a string"),
    (#"{"__metadata__":"a"}"#, "__metadata__ isn't an object"),
    (#"{"a":[[[[[[[[[[1]]]]]]]]]]}"#, "the header isn't valid at byte 20: expected at most 8 levels"),
    (#"{"\ud800":{}}"#, "the header isn't valid at byte 16: expected the second half of a surrogate pair"),
    ("{\"a\":{}", "the header isn't valid at byte 15: expected “,” or “}”"),
    ("{}}", "the header isn't valid at byte 10: expected the end"),
    ("[]", "is no safetensors file: no header begins at byte 8"),
    ("", "is no safetensors file: no header begins at byte 8"),
  ]

  @Test(arguments: headers)
  func headerThatIsNotValidIsExplained(header: String, problem: String) {
    let error = #expect(throws: SafetensorsError.self) {
      try TensorArchive(decoding: file(header, [0, 0, 128, 63]))
    }
    #expect(error?.problem == problem)
  }

  @Test func surrogatePairsAreRead() throws {
    let archive = try TensorArchive(decoding: file(#"{"__metadata__":{"\ud83d\ude00":"\u00e9\/\t"}}"#))
    #expect(archive.metadata == ["😀": "é/\t"])
  }

  @Test func sizesBeyondTheFileAreRefused() {
    let problems = [UInt64.max, 100_000_001, 100_000_000, 3].map { size -> String? in
      let bytes = withUnsafeBytes(of: size.littleEndian) { Array($0) } + Array("{}".utf8)
      return #expect(throws: SafetensorsError.self) { try TensorArchive(decoding: bytes) }?.problem
    }
    #expect(
      problems == [
        "is no safetensors file: its header would have 18446744073709551615 bytes, more than 100000000",
        "is no safetensors file: its header would have 100000001 bytes, more than 100000000",
        "is cut short: the header ends at byte 100000008 of 10",
        "is cut short: the header ends at byte 11 of 10",
      ])
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try sampleArchive().encoded()
    for count in 0..<bytes.count {
      #expect(throws: SafetensorsError.self) { try TensorArchive(decoding: Array(bytes[..<count])) }
    }
  }

  /// Whatever is done to a file, reading it gives an error or an archive that can be written and read again.
  @Test func randomDamageNeverCrashes() throws {
    var random = SplitMix64(seed: 2_026)
    let whole = try sampleArchive().encoded()
    var refused = 0
    for _ in 0..<20_000 {
      let damaged = mutate(whole, &random)
      guard let archive = try? TensorArchive(decoding: damaged) else {
        refused += 1
        continue
      }
      let again = try TensorArchive(decoding: archive.encoded())
      if again != archive { Issue.record("an archive changed on its way") }
    }
    #expect(refused > 10_000)
    #expect(refused < 20_000, "damage to the data alone can't be seen")
  }

  private func mutate(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      guard !bytes.isEmpty else { break }
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.removeSubrange(place...)
      case 3: bytes.replaceSubrange(0..<min(8, bytes.count), with: length(&random))
      case 4: bytes.insert(contentsOf: Array("9999999999999999999".utf8), at: place)
      default: bytes.remove(at: place)
      }
    }
    return bytes
  }

  private func length(_ random: inout SplitMix64) -> [UInt8] {
    let length = random.next() >> UInt64.random(in: 0..<64, using: &random)
    return withUnsafeBytes(of: length.littleEndian) { Array($0) }
  }
}
