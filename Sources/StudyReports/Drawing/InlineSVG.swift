import Foundation
import TextFormatting

/// Makes a drawn SVG part of a page: without prologue and background, with names of its own, and with the page's
/// colours instead of black on white.
enum InlineSVG {
  static func text(_ svg: String, figure: Figure) -> String {
    guard let start = svg.range(of: "<svg"),
      let close = svg.range(of: ">", range: start.upperBound..<svg.endIndex)
    else { return "" }
    let tag = svg[start.lowerBound..<close.upperBound]
    var body = String(svg[close.upperBound...])
    if let title = body.range(of: "<title>"), let end = body.range(of: "</title>") {
      body.removeSubrange(title.lowerBound..<end.upperBound)
    }
    let viewBox = attribute("viewBox", of: tag) ?? "0 0 100 100"
    body = replacement(figure.name).apply(removingBackground(body))
    let size = viewBox.split(separator: " ").compactMap { Double($0) }
    let width = size.count == 4 ? Int(size[2].rounded()) : 800
    return
      "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" role=\"img\" "
      + "aria-labelledby=\"\(figure.name)-title\" viewBox=\"\(viewBox)\" style=\"max-width:\(width)px\">"
      + "<title id=\"\(figure.name)-title\">\(HTML.escaped(figure.title))</title>" + body
  }

  private static func replacement(_ figure: String) -> TextReplacement {
    var replacement = TextReplacement()
    for name in ["gpDot", "gpPt", "textbox", "greybox", "gnuplot_canvas", "graph0", "node", "edge", "clust"] {
      for before in ["id='", "id=\"", "'#", "(#"] {
        replacement.add(before + name, "\(before)\(figure)-\(name)")
      }
    }
    for (colour, variable) in Palette.schemed {
      for spelling in spellings(colour) { replacement.add(spelling, variable) }
    }
    let fonts = "font-family=\"Arial, Helvetica, 'Liberation Sans', sans-serif\""
    replacement.add("font-family=\"Liberation Sans\"", fonts)
    replacement.add("font-family=\"Liberation Sans,sans-serif\"", fonts)
    return replacement
  }

  private static func attribute(_ name: String, of tag: Substring) -> String? {
    guard let start = tag.range(of: name + "=\"") else { return nil }
    return tag[start.upperBound...].firstIndex(of: "\"").map { String(tag[start.upperBound..<$0]) }
  }

  /// gnuplot's is the first rectangle, Graphviz's the first polygon.
  private static func removingBackground(_ body: String) -> String {
    for start in [
      "<rect x=\"0\" y=\"0\"", "<polygon fill=\"#ffffff\" stroke=\"transparent\"",
      "<polygon fill=\"#ffffff\" stroke=\"none\"",
    ] {
      if let range = body.range(of: start),
        let end = body.range(of: "/>", range: range.upperBound..<body.endIndex)
      {
        return body.replacingCharacters(in: range.lowerBound..<end.upperBound, with: "")
      }
    }
    return body
  }

  private static func spellings(_ colour: String) -> [String] {
    let value = Int(colour.dropFirst(), radix: 16) ?? 0
    let parts = [value >> 16, value >> 8 & 255, value & 255]
    let spaced = parts.map { String(format: "%3d", $0) }.joined(separator: ", ")
    return [
      "rgb(\(spaced))", "rgb(\(parts.map(String.init).joined(separator: ",")))", colour, colour.uppercased(),
    ]
  }
}
