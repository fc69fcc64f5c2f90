import ReproducibleMath
import TrainingKernels

/// How a network is simulated: its outputs move the states, and the states feed its input.
///
/// state[s](k + 1) = carry[s] state[s](k) + offset[s] + gain[s] f[s](z(k)), where f is the network. The first states are
/// the measured outputs, the others hidden. z(k) has the last values of each state, newest first, then those of each input
/// signal: [y1(k), y1(k-1), ..., y2(k), ..., h1(k), h2(k), ..., u1(k), u1(k-1), ...]. All values are standardised.
package struct Recurrence: Hashable, Sendable {
  /// Values of each measured output in the network's input; >= 1.
  package let outputLags: [Int]
  /// Number of hidden states, of which the network sees the newest value alone.
  package let hiddenStates: Int
  /// Values of each input signal in the network's input; >= 1.
  package let inputLags: [Int]
  /// What is left of a state after one step if the network's output is zero, [outputs + hidden states].
  package let carry: [Float]
  /// Added to a state in each step, alike.
  package let offset: [Float]
  /// Factor of the network's output, alike.
  package let gain: [Float]
  /// Weight of each output's loss; >= 0.
  package let outputWeights: [Float]

  /// A recurrence of given numbers. Precondition: the counts fit, and no lag is below 1.
  package init(
    outputLags: [Int], hiddenStates: Int, inputLags: [Int], carry: [Float], offset: [Float], gain: [Float],
    outputWeights: [Float]
  ) {
    let states = outputLags.count + hiddenStates
    precondition(!outputLags.isEmpty && hiddenStates >= 0 && (outputLags + inputLags).allSatisfy { $0 >= 1 })
    precondition([carry.count, offset.count, gain.count].allSatisfy { $0 == states })
    precondition(outputWeights.count == outputLags.count)
    self.outputLags = outputLags
    self.hiddenStates = hiddenStates
    self.inputLags = inputLags
    self.carry = carry
    self.offset = offset
    self.gain = gain
    self.outputWeights = outputWeights
  }

  /// Number of measured outputs.
  package var outputs: Int { outputLags.count }
  /// Number of measured outputs and hidden states: the network's outputs.
  package var states: Int { outputLags.count + hiddenStates }
  /// Number of the network's inputs that are fed back.
  package var feedbackWidth: Int { outputLags.reduce(hiddenStates, +) }
  /// Number of the network's inputs.
  package var inputWidth: Int { inputLags.reduce(feedbackWidth, +) }
  /// The largest number of values of a signal.
  package var longestLag: Int { (outputLags + inputLags).max() ?? 1 }
}

extension NetworkParameters {
  /// A start whose simulation doesn't run away over thousands of steps: the last layer's weights are 0.3 of these, and 0.1
  /// where they act on the network's input, except that of each measured output on its own newest value, which draws it back
  /// by 0.01 to 0.1 a step, as far as a weight of 2 can. Without hidden layers or input skips no weight does.
  ///
  /// Which of them it is depends on the seed. Precondition: the recurrence has the shape's widths.
  package func contracting(_ recurrence: Recurrence, seed: UInt64) -> NetworkParameters {
    var result = self
    var stream = RandomStream(seed: seed, purpose: .contraction)
    guard let layer = shape.layers.last, let index = result.layers.indices.last else { return self }
    for k in result.layers[index].weights.indices {
      result.layers[index].weights[k] *= k % layer.columns < layer.hiddenColumns ? 0.3 : 0.1
    }
    guard layer.inputColumns > 0 else { return result }
    var row = 0
    for output in 0..<recurrence.outputs {
      let share = 0.01 + 0.09 * stream.uniform()
      let weight = min(2, share / Double(max(recurrence.gain[output], .leastNormalMagnitude)))
      result.layers[index].weights[output * layer.columns + layer.hiddenColumns + row] = -Float(weight)
      row += recurrence.outputLags[output]
    }
    return result
  }
}

/// A recurrence as the kernels take it.
final class KernelRecurrence {
  let table: potline_recurrence
  private let rows: AlignedBuffer<Int32>
  private let numbers: AlignedBuffer<Float>

  init(_ recurrence: Recurrence) {
    let stateLags = recurrence.outputLags + Array(repeating: 1, count: recurrence.hiddenStates)
    let (states, inputs) = (stateLags.count, recurrence.inputLags.count)
    rows = AlignedBuffer(count: 2 * (states + inputs))
    numbers = AlignedBuffer(count: 3 * states + recurrence.outputs)
    var row: Int32 = 0
    for (signal, lags) in (stateLags + recurrence.inputLags).enumerated() {
      rows.pointer[signal] = row
      rows.pointer[states + inputs + signal] = Int32(lags)
      row += Int32(lags)
    }
    numbers.copy(from: recurrence.carry + recurrence.offset + recurrence.gain + recurrence.outputWeights)
    let lags = rows.pointer + states + inputs
    table = potline_recurrence(
      states: Int32(states), outputs: Int32(recurrence.outputs), inputs: Int32(inputs),
      feedbackRows: Int32(recurrence.feedbackWidth), longestLag: Int32(recurrence.longestLag),
      stateRow: rows.pointer, stateLags: lags, inputRow: rows.pointer + states, inputLags: lags + states,
      carry: numbers.pointer, offset: numbers.pointer + states, gain: numbers.pointer + 2 * states,
      weight: numbers.pointer + 3 * states)
  }
}
