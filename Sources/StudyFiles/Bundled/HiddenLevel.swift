extension BundledStudies {
  /// Two tanks of which one level is measured: how many hidden states stand in for the other, in free run.
  static let hiddenLevel = """
    # Two tanks in a cascade of which only the lower level is measured, with noise. Networks that see past rows, or have hidden
    # states, all trained on simulations of whole runs; 16 runs fill the lanes. A list of hidden states makes a variant of each
    # number, and the study says how many are enough; the finish brings each to the end of its training.
    # Every key is explained by: potline study reference
    name: hidden-level
    description: Hidden states for the unmeasured level of two cascaded tanks; two minutes.
    members: 10
    dataset:
      simulated:
        system: cascaded-tanks
        outputs: [x2]
        measurementNoise: [0.1]
        trajectories: 16
        steps: 1000
        testTrajectories: 20
        validationTrajectories: 20
        seed: 3
    defaults:
      hidden: [16]
      activation: tanh
      inputSkip: true
      steps: 3000
      learningRate: {schedule: cosine, from: 1e-2, to: 1e-4}
      loss: {method: simulation, horizon: whole}
      finish: {iterations: 150, ridge: 1e-7, tolerance: 1e-7}
    variants:
      - name: lags
        lags: {outputs: 5, inputs: 5}
      - name: hidden
        hiddenStates: [0, 1, 2, 3]
    forecast:
      windows: [[0, 100], [0, 949]]

    """
}
