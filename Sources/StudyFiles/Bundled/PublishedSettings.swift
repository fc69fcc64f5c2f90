extension BundledStudies {
  /// The settings of the published comparison of dense and sparse networks.
  static let publishedSettings = """
    # Dense and sparse networks with the settings of Robinson, Lundby, Rasheed and Gravdahl (2023, arXiv 2209.10861)
    # on the aluminium electrolysis cell.
    name: published-settings
    description: Dense and sparse networks of the aluminium cell with the published settings.
    members: 10
    dataset:
      simulated:
        system: aluminium-cell
        trajectories: 40
        steps: 5000
        testTrajectories: 100
    defaults:
      hidden: [20, 20, 20, 20]
      learningRate: 1e-3
      epochs: 100
      batchSize: 128
    variants:
      - name: dense
      - name: sparse
        penalty: {method: subgradient, weight: 1e-4}

    """
}
