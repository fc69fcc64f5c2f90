extension BundledStudies {
  /// The comparison of dense and sparse networks of Lundby et al. (2022), with input-skip networks beside it.
  static let lundby2022 = """
    # Dense and sparse networks of the aluminium electrolysis cell over sizes of the training set, after Lundby, Rasheed,
    # Halvorsen, Gravdahl (2022, arXiv 2209.05832); and what a penalty path, debiasing and pruning make of input-skip
    # networks. Training sets of any size are trained on for equally many steps: 156,000 are the published 100 epochs of
    # 40 trajectories.
    name: lundby2022
    description: Sparse against dense networks of the aluminium cell, training sets of 10 to 100 trajectories.
    members: 20
    dataset:
      simulated:
        system: aluminium-cell
        trajectories: 100
        steps: 5000
        testTrajectories: 100
        validationTrajectories: 20
    defaults:
      # Input-skip networks (Lundby et al. 2023), proximal l1, cosine schedule.
      hidden: [20, 20, 20, 20]
      inputSkip: true
      penalty: {method: proximal, weight: 1e-4}
      learningRate: {schedule: cosine, from: 2e-3, to: 2e-5}
      steps: 156000
      trainingTrajectories: 40
    variants:
      # The networks and settings of the publications: 13-15-14-12-8 of the paper, 13-20-20-20-20-8 of Robinson et al.
      # (2023, arXiv 2209.10861).
      - name: dense-15-14-12
        hidden: [15, 14, 12]
        inputSkip: false
        penalty: {method: none}
        learningRate: 1e-3
        trainingTrajectories: [10, 20, 40, 100]
      - name: sparse-15-14-12
        hidden: [15, 14, 12]
        inputSkip: false
        penalty: {method: subgradient, weight: 1e-4}
        learningRate: 1e-3
        trainingTrajectories: [10, 20, 40, 100]
      - name: dense-20x4
        inputSkip: false
        penalty: {method: none}
        learningRate: 1e-3
        trainingTrajectories: [10, 20, 40, 100]
      - name: sparse-20x4
        inputSkip: false
        penalty: {method: subgradient, weight: 1e-4}
        learningRate: 1e-3
        trainingTrajectories: [10, 20, 40, 100]

      - name: input-skip
        debias: {steps: 62000, learningRate: {schedule: cosine, from: 5e-4, to: 1e-5}}
        trainingTrajectories: [10, 20, 40, 100]
      # What debiasing does: the same networks without it.
      - name: input-skip-biased

      # The penalty, chosen by the validation trajectories. 1e-4 is input-skip-n40 and trained only once.
      - name: input-skip-path
        penalty: {method: proximal, weight: [2e-5, 5e-5, 1e-4, 2e-4, 5e-4], selection: one-standard-error}
        debias: {steps: 62000, learningRate: {schedule: cosine, from: 5e-4, to: 1e-5}}

      # Few weights: a strong penalty on all but the skip columns, then iterative pruning.
      - name: pruned-150
        penalty: {method: proximal, weight: {input: 2e-3, hidden: 2e-3, skip: 2e-4}}
        steps: 93000
        pruneThreshold: 1e-4
        pruning:
          {weights: 150, rounds: 20, criterion: fisher, steps: 6000, learningRate: {schedule: cosine, from: 1e-3, to: 1e-4}}
        debias: {steps: 46000, learningRate: {schedule: cosine, from: 1e-3, to: 1e-5}}
      - name: pruned-100
        penalty: {method: proximal, weight: {input: 2e-3, hidden: 2e-3, skip: 2e-4}}
        steps: 93000
        pruneThreshold: 1e-4
        pruning:
          {weights: 100, rounds: 20, criterion: fisher, steps: 6000, learningRate: {schedule: cosine, from: 1e-3, to: 1e-4}}
        debias: {steps: 46000, learningRate: {schedule: cosine, from: 1e-3, to: 1e-5}}
      - name: pruned-85
        penalty: {method: proximal, weight: {input: 2e-3, hidden: 2e-3, skip: 2e-4}}
        steps: 93000
        pruneThreshold: 1e-4
        pruning:
          {weights: 85, rounds: 20, criterion: fisher, steps: 6000, learningRate: {schedule: cosine, from: 1e-3, to: 1e-4}}
        debias: {steps: 46000, learningRate: {schedule: cosine, from: 1e-3, to: 1e-5}}
      - name: magnitude-pruned-100
        penalty: {method: proximal, weight: {input: 2e-3, hidden: 2e-3, skip: 2e-4}}
        steps: 93000
        pruneThreshold: 1e-4
        pruning:
          {weights: 100, rounds: 20, criterion: magnitude, steps: 6000, learningRate: {schedule: cosine, from: 1e-3, to: 1e-4}}
        debias: {steps: 46000, learningRate: {schedule: cosine, from: 1e-3, to: 1e-5}}

    """
}
