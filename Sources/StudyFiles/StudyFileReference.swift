/// All keys of a study file, in the order in which they are documented and written.
///
/// The reader accepts the keys of `StudyFileTable` and nothing else, and suggests from them; the printed documentation
/// is made from them as well.
package enum StudyFileReference {
  /// Every key, parents before their children.
  package static let keys = StudyFileTable.study.keys(parent: "")

  /// The keys of the mapping at a path, `""` for the root; empty if there is no such mapping.
  package static func children(of path: String) -> [StudyFileKey] {
    childrenByParent[path] ?? []
  }

  /// The key at a path such as `variants[].epochs`.
  package static func key(at path: String) -> StudyFileKey? {
    keysByPath[path]
  }

  private static let childrenByParent = Dictionary(grouping: keys, by: \.parent)
  private static let keysByPath = Dictionary(uniqueKeysWithValues: keys.map { ($0.path, $0) })
}
