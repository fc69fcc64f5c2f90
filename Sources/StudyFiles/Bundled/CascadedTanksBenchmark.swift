extension BundledStudies {
  /// The public benchmark Cascaded Tanks.
  static let cascadedTanksBenchmark = """
    # The public benchmark Cascaded Tanks: the level of the lower of two tanks, which can overflow, from the pump's voltage.
    # Networks with hidden states for what nobody measures are trained on the free run of the whole estimation record, finished
    # by Levenberg and Marquardt's method, and pruned by the optimal brain surgeon. The variant is chosen by leaving out blocks
    # of the estimation record in turn; the test record plays no part in it.
    # potline run cascaded-tanks-benchmark --data FILE
    # Every key is explained by: potline study reference
    name: cascaded-tanks-benchmark
    description: The public benchmark Cascaded Tanks in free run, dense and sparse; about ten minutes on two cores.
    members: 40
    dataset:
      files:
        train:
          - {file: tanks.csv, columns: {level: yEst, pump: uEst}}
        test:
          - {file: tanks.csv, columns: {level: yVal, pump: uVal}}
        outputs: [level]
        inputs: [pump]
        samplingTime: 4
        units: {level: V, pump: V}
    defaults:
      hidden: [16]
      activation: tanh
      inputSkip: true
      steps: 1000
      learningRate: {schedule: cosine, from: 1e-2, to: 5e-4}
      loss: {method: simulation, horizon: whole}
      finish: {ridge: 1e-5, tolerance: 1e-5}
      validation: {blocks: 4}
    variants:
      - {name: one-dense, hiddenStates: 1}
      - {name: one-40, hiddenStates: 1, pruning: {weights: 40, criterion: obs, rounds: 12}}
      - {name: one-20, hiddenStates: 1, pruning: {weights: 20, criterion: obs, rounds: 18}}
      - {name: two-dense, hiddenStates: 2}
      - {name: two-80, hiddenStates: 2, pruning: {weights: 80, criterion: obs}}
      - {name: two-40, hiddenStates: 2, pruning: {weights: 40, criterion: obs, rounds: 15}}
      - {name: two-20, hiddenStates: 2, pruning: {weights: 20, criterion: obs, rounds: 20}}
    choice: one-standard-error
    forecast:
      windows: [[0, 973]]

    """
}
