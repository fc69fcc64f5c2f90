extension Study {
  /// The study with `scale` times the members and the length of training, for a quick look: rounded up, with at least 2
  /// members (if there were as many) and 1 epoch. Precondition: 0 < scale <= 1.
  package func scaled(by scale: Double) -> Study {
    precondition(scale > 0 && scale <= 1)
    var copy = self
    for index in grids.indices {
      let members = grids[index].base.members
      let scaled = Int((Double(members) * scale).rounded(.up))
      copy.grids[index].base.members = min(members, max(2, scaled))
      copy.grids[index].base.length = grids[index].base.length.scaled(by: scale)
      if let debias = grids[index].base.debias {
        copy.grids[index].base.debias?.length = debias.length.scaled(by: scale)
      }
      if let pruning = grids[index].base.pruning {
        copy.grids[index].base.pruning?.length = pruning.length.scaled(by: scale)
      }
    }
    return copy
  }
}
