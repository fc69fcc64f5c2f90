extension BundledStudies {
  /// What training on simulations gains for sparse networks of the cell.
  static let cellSimulation = """
    # Networks of the aluminium cell, brought down to 100 weights on one step's error, then trained to their end either on one
    # step's error or on simulations of 1,000 steps: the same weights and seeds, so that only the last phase differs.
    # Every key is explained by: potline study reference
    name: cell-simulation
    description: One step's error against simulations as the loss of the debiasing, at 100 weights; a quarter of an hour.
    members: 20
    dataset:
      simulated:
        system: aluminium-cell
        trajectories: 40
        steps: 5000
        testTrajectories: 100
        seed: 11
    defaults:
      hidden: [20, 20, 20, 20]
      inputSkip: true
      steps: 93000
      learningRate: {schedule: cosine, from: 2e-3, to: 2e-5}
      penalty: {method: proximal, weight: {input: 2e-3, hidden: 2e-3, skip: 2e-4}}
      pruneThreshold: 1e-4
      pruning:
        weights: 100
        rounds: 20
        criterion: fisher
        steps: 6000
        learningRate: {schedule: cosine, from: 1e-3, to: 1e-4}
    variants:
      - name: one-step
        debias: {steps: 46000, learningRate: {schedule: cosine, from: 1e-3, to: 1e-5}}
      - name: horizon-1000
        debias:
          steps: 3000
          batchSize: 32
          learningRate: {schedule: cosine, from: 1e-3, to: 1e-5}
          loss: {method: simulation, horizon: 1000, growth: 0.3}

    """
}
