extension BundledStudies {
  /// Two tanks of which one level is measured: what hidden states are worth, in free run.
  static let hiddenLevel = """
    # Two tanks in a cascade of which only the lower level is measured, with noise. Networks that see the present row alone, past
    # rows, or have hidden states, all trained on simulations: one hidden state stands in for the upper level.
    # Every key is explained by: potline study reference
    name: hidden-level
    description: Hidden states for the unmeasured level of two cascaded tanks; about half a minute.
    members: 10
    dataset:
      simulated:
        system: cascaded-tanks
        outputs: [x2]
        measurementNoise: [0.1]
        trajectories: 4
        steps: 1000
        testTrajectories: 20
        seed: 3
    defaults:
      hidden: [16]
      activation: tanh
      inputSkip: true
      batchSize: 64
      steps: 6000
      learningRate: {schedule: cosine, from: 1e-2, to: 1e-4}
      loss: {method: simulation, horizon: 200}
    variants:
      - name: present
      - name: lags
        lags: {outputs: 5, inputs: 5}
      - name: hidden-1
        hiddenStates: 1
      - name: hidden-2
        hiddenStates: 2
    forecast:
      windows: [[0, 100], [0, 949]]

    """
}
