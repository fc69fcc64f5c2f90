/// Colours of the figures. Series have those of Okabe & Ito (2008), which colour-blind readers can tell apart.
enum Palette {
  static let blue = "#0072B2"
  static let orange = "#E69F00"
  static let green = "#009E73"
  static let pink = "#CC79A7"
  static let sky = "#56B4E9"
  static let vermilion = "#D55E00"
  static let series = [blue, orange, green, pink, sky, vermilion]

  /// Text and marks.
  static let ink = "#303030"
  /// Axes, and text of less weight.
  static let axis = "#606060"
  /// Grid lines.
  static let grid = "#d8d8d8"
  /// The background.
  static let paper = "#ffffff"

  /// Colours that the page replaces by its own, so that figures follow its light or dark scheme.
  static let schemed = [
    (ink, "var(--ink)"), (axis, "var(--axis)"), (grid, "var(--grid)"), (paper, "var(--paper)"),
  ]

  /// Sequential, from little to much: light to dark blue.
  static let sequential =
    "set palette defined (0 '#f7fbff', 0.2 '#deebf7', 0.4 '#9ecae1', 0.6 '#4292c6', 0.8 '#08519c', 1 '#08306b')"
}
