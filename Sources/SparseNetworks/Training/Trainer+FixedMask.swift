extension Trainer {
  /// A training from given weights under a fixed mask: weights that are zero now stay zero, and are not computed with.
  /// There is no penalty, whatever the settings say.
  ///
  /// Precondition: the samples' widths are those of the shape; epochs and batch size are at least 1.
  package convenience init(
    fineTuning parameters: NetworkParameters, settings: TrainingSettings, seed: UInt64,
    samples: TrainingSamples, kernels: Kernels
  ) {
    var settings = settings
    settings.penalty = .none
    self.init(
      initial: parameters, settings: settings, seed: seed, samples: samples, kernels: kernels,
      selection: .fixedMask)
  }
}
