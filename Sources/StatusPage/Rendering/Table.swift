import TextFormatting

/// A table that becomes a list of cards where there is little room. Roles are written out, since browsers forget a
/// table's meaning when its display changes.
struct Table {
  struct Column {
    let title: String
    var isNumber = false
    /// Whether it gets a line of its own in a card.
    var isWide = false

    fileprivate var styleOfNothing: HTML { isNumber ? " class=\"n nil\"" : " class=\"nil\"" }
    fileprivate var style: HTML { isNumber ? " class=\"n\"" : isWide ? " class=\"wide\"" : "" }
  }

  /// Rows under a common head.
  struct Group {
    let head: HTML?
    let rows: [[HTML]]
  }

  let caption: String
  let columns: [Column]
  let groups: [Group]

  init(_ caption: String, _ columns: [Column], _ groups: [Group]) {
    (self.caption, self.columns, self.groups) = (caption, columns, groups)
  }

  var html: HTML {
    let heads = columns.map { column -> HTML in
      "<th role=\"columnheader\" scope=\"col\"\(column.style)>\(column.title)</th>"
    }
    let bodies = groups.map { group -> HTML in
      let head: HTML =
        group.head.map {
          "<tr role=\"row\" class=\"group\"><th role=\"rowheader\" scope=\"rowgroup\" colspan=\"\(columns.count)\">\($0)</th></tr>"
        } ?? ""
      return "<tbody role=\"rowgroup\">\(head)\(group.rows.map(row))</tbody>"
    }
    return """
      <table role="table"><caption>\(caption)</caption>\
      <thead role="rowgroup"><tr role="row">\(heads)</tr></thead>\(bodies)</table>
      """
  }

  /// The first cell names its row.
  private func row(_ cells: [HTML]) -> HTML {
    let cells = zip(columns, cells).enumerated().map { place, cell -> HTML in
      let style = cell.1 == "–" ? cell.0.styleOfNothing : cell.0.style
      return place == 0
        ? "<th role=\"rowheader\" scope=\"row\"\(style)>\(cell.1)</th>"
        : "<td role=\"cell\" data-label=\"\(cell.0.title)\"\(style)>\(cell.1)</td>"
    }
    return "<tr role=\"row\">\(cells)</tr>\n"
  }
}

extension Table.Column {
  static func text(_ title: String) -> Table.Column { Table.Column(title: title) }
  static func wide(_ title: String) -> Table.Column { Table.Column(title: title, isWide: true) }
  static func number(_ title: String) -> Table.Column { Table.Column(title: title, isNumber: true) }
}
