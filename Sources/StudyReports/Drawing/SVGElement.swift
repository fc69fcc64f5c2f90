/// An element of an SVG document as gnuplot and Graphviz write it, without comments.
struct SVGElement {
  enum Child {
    case element(SVGElement)
    /// Text, escaped as it stands in the document.
    case text(String)
  }

  var name: String
  /// In the order of the document; values are escaped as they stand there.
  var attributes: [(name: String, value: String)]
  var children: [Child] = []

  subscript(name: String) -> String? {
    get { attributes.first { $0.name == name }?.value }
    set {
      if let place = attributes.firstIndex(where: { $0.name == name }) {
        if let newValue { attributes[place].value = newValue } else { attributes.remove(at: place) }
      } else if let newValue {
        attributes.append((name, newValue))
      }
    }
  }

  var elements: [SVGElement] {
    children.compactMap { if case .element(let element) = $0 { element } else { nil } }
  }

  /// The document's text.
  var text: String {
    var result = "<\(name)"
    for (name, value) in attributes { result += " \(name)=\"\(value)\"" }
    guard !children.isEmpty else { return result + "/>" }
    result += ">"
    for child in children {
      switch child {
      case .element(let element): result += element.text
      case .text(let text): result += text
      }
    }
    return result + "</\(name)>"
  }
}

extension SVGElement {
  /// Reads the root element of a document; nil if it isn't well formed. O(length).
  init?(document: String) {
    let start = document.range(of: "<svg")?.lowerBound ?? document.startIndex
    var reader = Reader(bytes: Array(document[start...].utf8))
    guard let root = reader.element() else { return nil }
    self = root
  }

  private struct Reader {
    let bytes: [UInt8]
    var place = 0

    /// The element that begins here.
    mutating func element() -> SVGElement? {
      guard skip("<") else { return nil }
      let name = name()
      guard !name.isEmpty else { return nil }
      var element = SVGElement(name: name, attributes: [])
      while true {
        skipSpaces()
        if skip("/>") { return element }
        if skip(">") { break }
        guard let attribute = attribute() else { return nil }
        element.attributes.append(attribute)
      }
      while place < bytes.count {
        if skip("<!--") {
          guard let end = find("-->") else { return nil }
          place = end + 3
        } else if skip("</") {
          _ = self.name()
          skipSpaces()
          return skip(">") ? element : nil
        } else if bytes[place] == UInt8(ascii: "<") {
          guard let child = self.element() else { return nil }
          element.children.append(.element(child))
        } else {
          let end = bytes[place...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
          element.children.append(.text(string(place..<end)))
          place = end
        }
      }
      return nil
    }

    private mutating func attribute() -> (String, String)? {
      let name = name()
      skipSpaces()
      guard !name.isEmpty, skip("=") else { return nil }
      skipSpaces()
      guard place < bytes.count, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[place]) else {
        return nil
      }
      let quote = bytes[place]
      guard let end = bytes[(place + 1)...].firstIndex(of: quote) else { return nil }
      let value = string(place + 1..<end)
      place = end + 1
      return (name, quote == UInt8(ascii: "'") ? value.replacing("\"", with: "&quot;") : value)
    }

    private mutating func name() -> String {
      let start = place
      while place < bytes.count, !Self.ends.contains(bytes[place]) { place += 1 }
      return string(start..<place)
    }

    private mutating func skipSpaces() {
      while place < bytes.count, Self.spaces.contains(bytes[place]) { place += 1 }
    }

    private mutating func skip(_ text: StaticString) -> Bool {
      let pattern = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
      guard place + pattern.count <= bytes.count, bytes[place..<place + pattern.count].elementsEqual(pattern)
      else {
        return false
      }
      place += pattern.count
      return true
    }

    private func find(_ text: String) -> Int? {
      let pattern = Array(text.utf8)
      return (place..<max(place, bytes.count - pattern.count + 1)).first {
        bytes[$0..<$0 + pattern.count].elementsEqual(pattern)
      }
    }

    private func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private static let spaces = Set(" \t\r\n".utf8)
    private static let ends = Set(" \t\r\n=/>".utf8)
  }
}
