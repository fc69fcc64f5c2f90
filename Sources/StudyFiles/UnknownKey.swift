/// A key that is not in the table.
enum UnknownKey {
  /// What to say about an unknown key of the mapping at `parent` (a path of the table), and the key of that mapping
  /// that was probably meant.
  static func explain(_ name: String, in parent: String) -> (message: String, meant: String?) {
    if name == "<<" {
      return ("merge keys are not supported; use defaults for keys that variants share", nil)
    }
    let siblings = StudyFileReference.children(of: parent).map(\.name)
    if let meant = Suggestion.closest(to: name, among: siblings) {
      return ("there is no such key; did you mean '\(meant)'?", meant)
    }
    let elsewhere = StudyFileReference.keys.filter { $0.name == name && !$0.path.hasPrefix("defaults.") }
    if let place = elsewhere.first {
      let home = place.parent.isEmpty ? "at the top level" : "in \(place.parent)"
      return ("there is no such key here; '\(name)' belongs \(home)", nil)
    }
    return ("there is no such key; keys here: \(siblings.joined(separator: ", "))", nil)
  }
}
