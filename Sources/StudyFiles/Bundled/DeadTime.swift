extension BundledStudies {
  /// Lags and dead time of a noisy tank, found by a group penalty.
  static let deadTime = """
    # A tank whose pump acts three samples later, measured with noise. Networks that see the present row alone can't forecast
    # it; dense ones that see the past can; a penalty on the lags finds which of them act. The debiasing trains on simulations:
    # on one step's error further lags would pay, because they average the noise of the measured level.
    # Every key is explained by: potline study reference
    name: dead-time
    description: Lags and dead time of a noisy tank, found by a group penalty; half a minute.
    members: 10
    dataset:
      simulated:
        system: delayed-tank
        measurementNoise: [0.02]
        trajectories: 10
        steps: 500
        testTrajectories: 20
        validationTrajectories: 6
    defaults:
      hidden: [8]
      activation: tanh
      inputSkip: true
      steps: 4000
      batchSize: 64
      learningRate: {schedule: cosine, from: 5e-3, to: 5e-5}
      debias:
        steps: 6000
        learningRate: {schedule: cosine, from: 5e-3, to: 5e-5}
        loss: {method: simulation, horizon: 50, growth: 0}
    variants:
      - name: present
      - name: lags
        lags: {outputs: 5, inputs: 8}
      - name: found
        lags: {outputs: 5, inputs: 8}
        penalty:
          method: proximal
          group: {over: lag, weight: [1e-3, 3e-3, 1e-2, 3e-2]}
          selection: one-standard-error
      - name: known
        deadTime: {pump: 3}
    forecast:
      windows: [[0, 100], [0, 480]]

    """
}
