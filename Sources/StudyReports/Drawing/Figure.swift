/// A picture of the report: the source from which a program draws it as SVG, PDF and PNG.
package struct Figure: Sendable {
  /// The program that draws it.
  package enum Source: Sendable {
    /// A gnuplot script that writes all three files.
    case gnuplot(String)
    /// A graph with places of all nodes, for Graphviz's neato.
    case graph(String)
  }

  /// Name of its files and its place in the page: lower-case letters, digits and hyphens.
  package let name: String
  /// The content in a few words.
  package let title: String
  /// The caption, in sentences.
  package let caption: String
  /// The source.
  package let source: Source

  /// A figure.
  init(_ name: String, title: String, caption: String, _ source: Source) {
    (self.name, self.title, self.caption, self.source) = (name, title, caption, source)
  }

  /// The file with the source.
  var sourceFile: String {
    switch source {
    case .gnuplot: name + ".gp"
    case .graph: name + ".dot"
    }
  }
}
