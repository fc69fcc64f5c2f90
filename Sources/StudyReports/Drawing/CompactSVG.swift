import Foundation

/// Writes a drawing again with far fewer bytes and the same picture.
///
/// gnuplot wraps every line and every word in groups that repeat all of its pen's properties, and gives coordinates in
/// hundredths of a point. Here each shape gets the properties it has inherited, neighbours with the same ones
/// share a group, lines with the same opaque stroke become one path, coordinates are rounded to tenths of a point
/// and lines lose points that lie on them (``SVGPath``). Titles of plots, which name columns of data, and definitions that
/// nothing refers to are left out.
struct CompactSVG {
  /// Properties that shapes inherit from groups.
  private static let inherited: Set<String> = [
    "fill", "stroke", "color", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray",
    "stroke-opacity", "fill-opacity", "font-family", "font-size", "font-weight", "text-anchor",
    "shape-rendering",
  ]
  private static let strokes: Set<String> = [
    "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray", "stroke-opacity",
  ]
  private static let fonts: Set<String> = ["font-family", "font-size", "font-weight", "text-anchor"]

  /// Properties of nearly all shapes of a program, which stand once on the outermost group.
  private static let common = [
    "stroke-linecap": "round", "stroke-linejoin": "round", "font-family": "Liberation Sans",
  ]

  private struct Shape {
    var style: [String: String]
    var element: SVGElement
    /// Whether it is a path of lines of one opaque stroke and nothing else, so that neighbours can become one path.
    var isOpaqueLine = false
  }

  private var definitions: [SVGElement] = []

  /// The children of the root as text; nil if the document isn't understood.
  static func body(of document: String) -> String? {
    guard let root = SVGElement(document: document) else { return nil }
    var compact = CompactSVG()
    var output: [SVGElement.Child] = []
    compact.write(root.children, style: [:], to: &output)
    let used = Set(references(output))
    let kept = closure(of: used, in: compact.definitions)
    let definitions = compact.definitions.filter { $0["id"].map(kept.contains) ?? false }
    if !definitions.isEmpty {
      output.insert(
        .element(SVGElement(name: "defs", attributes: [], children: definitions.map { .element($0) })), at: 0)
    }
    let properties = Self.common.filter { document.contains("\($0.key)=\"\($0.value)\"") }
      .sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    return SVGElement(name: "g", attributes: properties, children: output).text
  }

  /// Shapes below some children, in groups of the same style.
  private mutating func write(
    _ children: [SVGElement.Child], style: [String: String], to output: inout [SVGElement.Child]
  ) {
    var shapes: [Shape] = []
    func flush(_ output: inout [SVGElement.Child]) {
      output += Self.grouped(shapes)
      shapes = []
    }
    collect(children, style: style, to: &shapes)
    flush(&output)
  }

  private mutating func collect(
    _ children: [SVGElement.Child], style: [String: String], to shapes: inout [Shape]
  ) {
    for case .element(let element) in children {
      var style = style
      for (name, value) in element.attributes where Self.inherited.contains(name) {
        style[name] = Self.normalised(value, of: name)
      }
      switch element.name {
      case "title", "desc": continue
      case "defs": definitions += element.elements.filter { $0.name != "filter" }
      case "g":
        if let transform = element["transform"] {
          if let text = Self.placedText(element, transform: transform) {
            shapes.append(shape(text, style: style))
          } else {
            var inner: [SVGElement.Child] = []
            var nested = CompactSVG()
            nested.write(element.children, style: style, to: &inner)
            definitions += nested.definitions
            if !inner.isEmpty {
              shapes.append(
                Shape(
                  style: [:],
                  element: SVGElement(name: "g", attributes: [("transform", transform)], children: inner)))
            }
          }
        } else {
          collect(element.children, style: style, to: &shapes)
        }
      default: shapes.append(shape(element, style: style))
      }
    }
  }

  /// A shape with rounded coordinates and the properties that matter to it.
  private func shape(_ element: SVGElement, style: [String: String]) -> Shape {
    var element = element
    var style = style
    element.attributes.removeAll {
      Self.inherited.contains($0.name) || ["class", "id", "xml:space"].contains($0.name)
    }
    if style["stroke"] == "currentColor" { style["stroke"] = style["color"] ?? "black" }
    switch element.name {
    case "use":
      // The definitions of marks have strokes of their own.
      for name in Self.fonts.union(Self.strokes) { style[name] = nil }
      style["stroke"] = nil
      element["transform"] = element["transform"].map(Self.roundedTransform)
    case "text":
      style["color"] = nil
      element.children = Self.spans(element.children, font: style["font-family"])
    default:
      style["color"] = nil
      for name in Self.fonts { style[name] = nil }
      // Crisp rectangles lie beside each other; a slight overlap leaves no seam where both edges were rounded.
      let overlap = style["shape-rendering"] == "crispEdges" ? 0.1 : 0
      if let points = element["points"], let path = SVGPath(polygon: points, overlap: overlap) {
        element = SVGElement(name: "path", attributes: [("d", path.commands)])
      } else if let commands = element["d"], let path = SVGPath(commands) {
        element["d"] = path.isEmpty ? "" : path.commands
      }
    }
    for (place, attribute) in element.attributes.enumerated()
    where ["x", "y", "cx", "cy", "rx", "ry", "r", "width", "height"].contains(attribute.name) {
      element.attributes[place].value = Self.rounded(attribute.value)
    }
    for name in ["stroke-width", "font-size", "stroke-opacity", "fill-opacity", "opacity"] {
      style[name] = style[name].map { Self.rounded($0, digits: 2) }
    }
    if (style["stroke"] ?? "none") == "none" {
      for name in Self.strokes.union(["stroke"]) { style[name] = nil }
    }
    if style["fill"] == "none" { style["fill-opacity"] = nil }
    for (name, value) in Self.common where style[name] == value { style[name] = nil }
    let isOpaqueLine =
      element.name == "path" && element.attributes.count == 1 && style["fill"] == "none"
      && style["stroke-opacity"] == nil && style["stroke-dasharray"] == nil
    return Shape(style: style, element: element, isOpaqueLine: isOpaqueLine)
  }

  /// Colours as hexadecimal numbers, fonts without gnuplot's style (spans repeat it).
  private static func normalised(_ value: String, of name: String) -> String {
    if name == "font-family" { return String(value.prefix { $0 != ":" }) }
    guard value.hasPrefix("rgb(") else { return value }
    let parts = value.dropFirst(4).dropLast().split(separator: ",").compactMap {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
    return parts.count == 3 ? "#" + parts.map { String(format: "%02x", $0) }.joined() : value
  }

  /// Text in a group that only places it: the text with coordinates of its own.
  private static func placedText(_ group: SVGElement, transform: String) -> SVGElement? {
    let inner = group.elements
    guard inner.count == 1, var text = inner.first, text.name == "text" else { return nil }
    let numbers = transform.split { "(),".contains($0) || $0 == " " }
    if numbers.count == 3, numbers[0] == "translate" {
      text.attributes.insert(
        contentsOf: [("x", rounded(String(numbers[1]))), ("y", rounded(String(numbers[2])))], at: 0)
    } else {
      text["transform"] = roundedTransform(transform)
    }
    for attribute in group.attributes where inherited.contains(attribute.name) { text[attribute.name] = nil }
    return text
  }

  /// Spans that only repeat the font are dissolved.
  private static func spans(_ children: [SVGElement.Child], font: String?) -> [SVGElement.Child] {
    children.flatMap { child -> [SVGElement.Child] in
      guard case .element(var span) = child else { return [child] }
      if span["font-family"] == font || span["font-family"].map({ font?.hasPrefix($0) ?? false }) == true {
        span["font-family"] = nil
      }
      span.children = spans(span.children, font: font)
      return span.attributes.isEmpty ? span.children : [.element(span)]
    }
  }

  /// Neighbours of one style in a group, opaque lines of one style in one path.
  private static func grouped(_ shapes: [Shape]) -> [SVGElement.Child] {
    var output: [SVGElement.Child] = []
    var start = 0
    let drawn = shapes.filter { !($0.element.name == "path" && $0.element["d"] == "") }
    while start < drawn.count {
      let key = frame(drawn[start].style)
      var end = start + 1
      while end < drawn.count, frame(drawn[end].style) == key { end += 1 }
      let run = drawn[start..<end]
      start = end
      let common = run.dropFirst().reduce(drawn[run.startIndex].style) { common, shape in
        common.filter { shape.style[$0.key] == $0.value }
      }
      let own = run.map { shape in
        Shape(
          style: shape.style.filter { common[$0.key] == nil }, element: shape.element,
          isOpaqueLine: shape.isOpaqueLine)
      }
      if common.isEmpty || own.allSatisfy(\.style.isEmpty) {
        output += runs(Array(run))
      } else {
        output.append(.element(SVGElement(name: "g", attributes: attributes(common), children: runs(own))))
      }
    }
    return output
  }

  /// The properties that shapes of one run share: all but paint.
  private static func frame(_ style: [String: String]) -> [String: String] {
    style.filter { !["fill", "stroke", "stroke-width", "stroke-opacity"].contains($0.key) }
  }

  private static func attributes(_ style: [String: String]) -> [(name: String, value: String)] {
    style.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }

  /// Neighbours of exactly one style.
  private static func runs(_ drawn: [Shape]) -> [SVGElement.Child] {
    var output: [SVGElement.Child] = []
    var start = 0
    while start < drawn.count {
      let style = drawn[start].style
      var end = start + 1
      while end < drawn.count, drawn[end].style == style { end += 1 }
      var elements = drawn[start..<end].map(\.element)
      if drawn[start..<end].allSatisfy(\.isOpaqueLine) {
        elements = elements.reduce(into: []) { merged, element in
          if !merged.isEmpty {
            merged[merged.count - 1]["d"] = (merged[merged.count - 1]["d"] ?? "") + (element["d"] ?? "")
          } else {
            merged.append(element)
          }
        }
      }
      let properties = attributes(style)
      if properties.isEmpty {
        output += elements.map { .element($0) }
      } else if elements.count == 1 {
        elements[0].attributes += properties
        output.append(.element(elements[0]))
      } else {
        output.append(
          .element(SVGElement(name: "g", attributes: properties, children: elements.map { .element($0) })))
      }
      start = end
    }
    return output
  }

  private static func references(_ children: [SVGElement.Child]) -> [String] {
    children.flatMap { child -> [String] in
      guard case .element(let element) = child else { return [] }
      let own = (element["xlink:href"] ?? element["href"]).map { [String($0.dropFirst())] } ?? []
      return own + references(element.children)
    }
  }

  /// Definitions that are referred to, by others as well.
  private static func closure(of names: Set<String>, in definitions: [SVGElement]) -> Set<String> {
    var kept = names
    while true {
      let more = Set(
        definitions.filter { $0["id"].map(kept.contains) ?? false }.flatMap { references([.element($0)]) })
      if more.isSubset(of: kept) { return kept }
      kept.formUnion(more)
    }
  }

  private static func roundedTransform(_ text: String) -> String {
    var result = ""
    var number = ""
    // Factors of scale need more digits than places.
    var digits = 1
    for character in text + " " {
      if character.isNumber || character == "." || character == "-" {
        number.append(character)
      } else {
        if !number.isEmpty { result += rounded(number, digits: digits) }
        number = ""
        if character.isLetter { digits = result.hasSuffix("scal") ? 2 : 1 }
        result.append(character)
      }
    }
    return result.trimmingCharacters(in: .whitespaces).replacing(") ", with: ")")
  }

  /// A number with so many decimals, without needless zeros; other text unchanged.
  private static func rounded(_ text: String, digits: Int = 1) -> String {
    guard let value = Double(text) else { return text }
    var result = String(format: "%.\(digits)f", value)
    if result.contains(".") {
      while result.hasSuffix("0") { result.removeLast() }
      if result.hasSuffix(".") { result.removeLast() }
    }
    if result.hasPrefix("0.") { result.removeFirst() }
    if result.hasPrefix("-0.") { result.remove(at: result.index(after: result.startIndex)) }
    return result == "-0" ? "0" : result
  }
}
