import CheckedJSON
import Foundation
import Safetensors

extension ArrayContent {
  /// Reads a safetensors file. Its metadata may hold `names` (of a matrix' columns) as a JSON list, `units` as a JSON
  /// object by name or a list, and `samplingTime` in seconds.
  mutating func readTensors() throws(TableError) {
    let archive: MappedTensorArchive
    do throws(SafetensorsError) { archive = try MappedTensorArchive(path) } catch {
      throw TableError(.damaged(error.problem), file: path, column: error.tensor)
    }
    func decoded<Value: Decodable>(_ type: Value.Type, _ key: String) -> Value? {
      archive.metadata[key].flatMap { try? JSONDecoder().decodeChecked(type, from: Array($0.utf8)) }
    }
    if let names = decoded([String].self, "names") { add("names", texts: names) }
    if let units = decoded([String].self, "units") { add("units", texts: units) }
    state(
      samplingTime: archive.metadata["samplingTime"].flatMap(Double.init),
      units: decoded([String: String].self, "units") ?? [:])
    for name in archive.names {
      guard let element = archive.element(of: name), let shape = archive.shape(of: name),
        let bytes = archive.bytes(of: name)
      else { continue }
      try add(name, ArrayElement(element), shape: shape, in: ArrayBytes(bytes, of: archive), offset: 0)
    }
  }
}
