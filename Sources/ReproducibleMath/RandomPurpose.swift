/// What a random stream is used for. Streams of one seed with different purposes are independent of each other,
/// so that drawing more numbers for one purpose never changes those of another.
///
/// The raw value enters Philox's counter: a value that was once used must keep its meaning.
package enum RandomPurpose: UInt32, Sendable, CaseIterable {
  /// Initial weights of a network.
  case initialisation = 1
  /// The order of the training samples.
  case shuffling = 2
  /// The seeds of an ensemble's members.
  case memberSeed = 3
  /// Resampling for confidence intervals.
  case bootstrap = 4
  /// Points or trajectories chosen from a larger set.
  case sampling = 5
  /// The seeds of a member's trainings after the first.
  case fineTuning = 6
  /// The seed of the trajectories on which penalties are chosen.
  case validation = 7
  /// The windows of recorded runs on which a simulation is trained.
  case simulationWindows = 8
  /// How strongly a network's outputs are drawn back where a training on simulations starts.
  case contraction = 9
  /// The initial state of a simulated trajectory.
  case initialState = 16
  /// The excitation of the line current.
  case current = 17
  /// The excitation of the anode-cathode distance.
  case distance = 18
  /// The impulses on top of the alumina feed.
  case aluminaImpulse = 19
  /// The impulses on top of the fluoride feed.
  case fluorideImpulse = 20
  /// The excitation of the inputs of any other system.
  case excitation = 21
  /// The measurement noise of a simulated trajectory.
  case measurementNoise = 22
}
