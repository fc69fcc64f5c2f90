/// Trains the weights of a network that are not zero on all errors at once, in double precision, by a second-order method; an
/// iteration is an epoch and a step. It ends before its last iteration where nothing is gained any more, and keeps the
/// weights that it began with if their cost isn't finite or can't be made smaller.
///
/// Not for two threads at once.
package final class SecondOrderTraining: NetworkTraining {
  package private(set) var step = 0
  package private(set) var trainingCurve: [Double] = []
  package let totalSteps: Int

  private let settings: TrainingSettings
  private let secondOrder: SecondOrderSettings
  private let data: SquaresData
  private let kernels: Kernels
  private var problem: SquaresProblem
  private var point: SquaresPoint
  private var method: any SecondOrderMethod

  /// A training from given weights, on simulations if the settings have such a loss; `initialStates` are the hidden states at
  /// the start of each run, if they are trained, by default zero.
  ///
  /// Throws ``SimulationTrainingError`` for runs that are too short. Precondition: the settings have a second-order method and
  /// at least one epoch.
  package init(
    _ initial: NetworkParameters, initialStates: [Double] = [], settings: TrainingSettings, data: SquaresData,
    kernels: Kernels
  ) throws(SimulationTrainingError) {
    guard let secondOrder = settings.secondOrder else {
      preconditionFailure("settings of a first-order method")
    }
    (self.settings, self.secondOrder, self.data, self.kernels) = (settings, secondOrder, data, kernels)
    totalSteps = settings.epochs
    let left = initial.thresholded(0)
    problem = try SquaresProblem(FreeParameters(left), settings: settings, data: data, kernels: kernels)
    point = problem.point(at: problem.values(in: left, initialStates: initialStates))
    method = secondOrder.method.start(problem)
  }

  /// The mean loss with the squares of the parameters, which no iteration makes larger.
  var cost: Double { point.cost }
  package var isFinished: Bool { step == totalSteps }
  package var parameters: NetworkParameters { problem.free.network(point.values[..<problem.free.count]) }
  package var initialStates: [Double] { problem.initialStates(in: point.values) }

  @discardableResult
  package func train(steps: Int) -> Double {
    let end = min(totalSteps, step + steps)
    while step < end {
      if improve() {
        step += 1
        trainingCurve.append(point.loss)
      } else {
        // The rest of the iterations would change nothing.
        trainingCurve += Array(repeating: point.loss, count: totalSteps - step)
        step = totalSteps
      }
    }
    return point.loss
  }

  /// Computes what an iteration of Levenberg-Marquardt does whose first step is taken, and takes none: for measurements.
  package func rehearse() {
    _ = LevenbergMarquardt().firstStep(from: point, of: problem, kernels)
    // The next iteration begins with a simulation that is known.
    point = problem.point(at: point.values)
  }

  /// Number of parameters that are trained, and of errors.
  package var size: (parameters: Int, errors: Int) { (problem.count, problem.errors) }

  /// One iteration. Returns whether another is worth its time.
  private func improve() -> Bool {
    guard point.cost.isFinite, let next = method.improve(point, of: problem, kernels) else { return false }
    let gain = (point.cost - next.cost) / point.cost
    point = next
    return gain >= secondOrder.tolerance
  }
}

/// Values of the parameters, the mean loss there, and the cost: the loss with the squares of the parameters.
struct SquaresPoint {
  var values: [Double]
  var loss: Double
  var cost: Double
}

/// A method between two iterations.
protocol SecondOrderMethod {
  /// What it needs to go on, beside the point.
  var state: [Double] { get }
  /// Takes up a state; false: it is that of another problem.
  mutating func restore(_ state: [Double], _ problem: SquaresProblem) -> Bool
  /// A point of less cost; nil: none was found. The problem was last computed at `point` or farther on.
  mutating func improve(_ point: SquaresPoint, of problem: SquaresProblem, _ kernels: Kernels)
    -> SquaresPoint?
}

extension SecondOrderSettings.Method {
  /// Most parameters for which the automatic choice is Levenberg-Marquardt, whose iterations cost the square of their number.
  package static let mostForLevenbergMarquardt = 500

  func start(_ problem: SquaresProblem) -> any SecondOrderMethod {
    switch self {
    case .levenbergMarquardt: LevenbergMarquardt()
    case .lbfgs: LimitedMemoryBFGS()
    case .automatic:
      problem.count <= Self.mostForLevenbergMarquardt ? LevenbergMarquardt() : LimitedMemoryBFGS()
    }
  }
}

// MARK: - Checkpoints

extension SecondOrderTraining {
  package var checkpoint: TrainingCheckpoint {
    TrainingCheckpoint(
      step: step, trainingCurve: trainingCurve, epochErrorSum: 0, beta1Power: 1, beta2Power: 1,
      parameters: [], firstMoment: [], secondMoment: [], isActive: problem.free.mask,
      secondOrder: point.values + method.state)
  }

  package func restore(_ checkpoint: TrainingCheckpoint) throws {
    guard let numbers = checkpoint.secondOrder, let mask = checkpoint.isActive,
      let free = FreeParameters(shape: problem.free.shape, mask: mask),
      let problem = try? SquaresProblem(free, settings: settings, data: data, kernels: kernels),
      numbers.count >= problem.count, (0...totalSteps).contains(checkpoint.step),
      checkpoint.trainingCurve.count == checkpoint.step
    else { throw TrainingCheckpointError.otherTraining }
    var method = secondOrder.method.start(problem)
    guard method.restore(Array(numbers[problem.count...]), problem) else {
      throw TrainingCheckpointError.otherTraining
    }
    (self.problem, self.method) = (problem, method)
    point = problem.point(at: Array(numbers[..<problem.count]))
    step = checkpoint.step
    trainingCurve = checkpoint.trainingCurve
  }
}
