extension Study {
  /// The study with `scale` times the members and the length of training, for a quick look: rounded up, with at least 2
  /// members (if there were as many) and 1 epoch. Precondition: 0 < scale <= 1.
  package func scaled(by scale: Double) -> Study {
    precondition(scale > 0 && scale <= 1)
    var copy = self
    for index in families.indices {
      let members = families[index].template.members
      let scaled = Int((Double(members) * scale).rounded(.up))
      copy.families[index].template.members = min(members, max(2, scaled))
      copy.families[index].template.length = families[index].template.length.scaled(by: scale)
      if let debias = families[index].template.debias {
        copy.families[index].template.debias?.length = debias.length.scaled(by: scale)
      }
      if let pruning = families[index].template.pruning {
        copy.families[index].template.pruning?.length = pruning.length.scaled(by: scale)
      }
    }
    return copy
  }
}
