/// Finds the word that was probably meant.
enum Suggestion {
  /// The candidate nearest to a word by Damerau–Levenshtein distance without regard to case, if it is near enough:
  /// at most a third of the word's length, at least 1 and at most 3. Time O(n · m) for each candidate.
  static func closest(to word: String, among candidates: [String]) -> String? {
    let limit = min(3, max(1, word.count / 3))
    guard word.count <= 80 else { return nil }
    return
      candidates
      .map { (word: $0, distance: distance(Array(word.lowercased()), Array($0.lowercased()))) }
      .filter { $0.distance <= limit }
      .min { ($0.distance, $0.word) < ($1.distance, $1.word) }?.word
  }

  /// Number of insertions, deletions, replacements and swaps of neighbours from one word to another (optimal
  /// string alignment: no part is edited twice).
  static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
