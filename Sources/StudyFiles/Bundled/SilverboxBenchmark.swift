extension BundledStudies {
  /// The public benchmark Silverbox.
  static let silverboxBenchmark = """
    # The public benchmark Silverbox: an electronic oscillator with a hardening spring. Networks that see five past outputs and
    # the input of the predicted time are trained on one step's error, dense or with an l1 penalty, and finished on the error
    # of simulations of 100 steps. The test records are the last quarter of the multisine and the arrow, whose end extrapolates.
    # potline run silverbox-benchmark --data FILE
    # Every key is explained by: potline study reference
    name: silverbox-benchmark
    description: The public benchmark Silverbox in free run, dense and sparse; about ten minutes on two cores.
    members: 100
    dataset:
      files:
        train:
          - {file: silverbox.csv, rows: 40650..<105712}
        test:
          - {file: silverbox.csv, rows: 105712..<127400}
          - {file: silverbox.csv, rows: 100..<40575}
        outputs: [V2]
        inputs: [V1]
        samplingTime: 0.0016384
        units: {V1: V, V2: V}
    defaults:
      hidden: [10]
      activation: tanh
      inputSkip: true
      inputAtOutput: true
      lags: {outputs: 5, inputs: 5}
      learningRate: {schedule: cosine, from: 3e-3, to: 3e-4}
      batchSize: 512
      steps: 6000
      finish: {startIterations: 60, iterations: 120, horizon: 100, ridge: 0}
    variants:
      - name: dense
      - {name: obs-40, pruning: {weights: 40, criterion: obs, rounds: 10}}
      - {name: obs-30, pruning: {weights: 30, criterion: obs, rounds: 12}}
      - {name: obs-20, pruning: {weights: 20, criterion: obs, rounds: 14}}
    forecast:
      windows: [[0, 31850], [0, 40425]]

    """
}
