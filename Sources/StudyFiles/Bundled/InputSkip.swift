extension BundledStudies {
  /// The input-skip architecture with a proximal penalty.
  static let inputSkip = """
    # Sparse networks with skip connections from the input to every layer (InputSkip; Lundby et al. 2023), with a
    # proximal l1 penalty and a cosine schedule, on the aluminium electrolysis cell.
    name: input-skip
    description: Sparse input-skip networks of the aluminium cell.
    members: 10
    dataset:
      simulated:
        system: aluminium-cell
        trajectories: 40
        steps: 5000
        testTrajectories: 100
    variants:
      - name: input-skip
        hidden: [20, 20, 20, 20]
        inputSkip: true
        penalty: {method: proximal, weight: 1e-4}
        learningRate: {schedule: cosine, from: 2e-3, to: 2e-5}
        epochs: 60
        batchSize: 128

    """
}
