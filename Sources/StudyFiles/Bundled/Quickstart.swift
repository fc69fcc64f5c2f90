extension BundledStudies {
  /// Small ensembles of three variants.
  static let quickstart = """
    # Three ways to train a network of the aluminium electrolysis cell, with few members.
    # Every key is explained by: potline study reference
    name: quickstart
    description: Dense, sparse and input-skip networks of the aluminium cell, small enough for a minute.
    members: 5
    dataset:
      simulated:
        system: aluminium-cell
        trajectories: 40
        testTrajectories: 100
    defaults:
      hidden: [20, 20, 20, 20]
      learningRate: 1e-3
      epochs: 60
    variants:
      - name: dense
      - name: sparse
        penalty: {method: subgradient, weight: 1e-4}
      - name: sparse-input-skip
        inputSkip: true
        penalty: {method: proximal, weight: 1e-4}
        learningRate: {schedule: cosine, from: 2e-3, to: 2e-5}

    """
}
