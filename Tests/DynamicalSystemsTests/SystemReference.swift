import DynamicalSystems
import Foundation
import Testing

/// Numbers of `reference-systems.py` for one system.
struct SystemReference: Decodable {
  struct Case: Decodable {
    let x: [Double]
    let u: [Double]
    let dxdt: [Double]
  }
  struct Change: Decodable {
    let index: Int
    let u: [Double]
  }
  struct Checkpoint: Decodable {
    let index: Int
    let x: [Double]
  }
  let cases: [Case]
  let samplingTime: Double
  let changes: [Change]
  let checkpoints: [Checkpoint]

  init(_ name: String) throws {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json"))
    self = try JSONDecoder().decode(SystemReference.self, from: Data(contentsOf: url))
  }

  /// The system's states at the checkpoints, each sampling time divided into `parts` calls.
  func states(of system: some SimulatedSystem, parts: Int = 1) -> [[Double]] {
    var (x, u) = (checkpoints[0].x, changes[0].u)
    var states: [[Double]] = []
    for row in 0...checkpoints[checkpoints.count - 1].index {
      if checkpoints[states.count].index == row { states.append(x) }
      if let change = changes.first(where: { $0.index == row }) { u = change.u }
      for _ in 0..<parts { x = system.next(x, u, h: samplingTime / Double(parts)) }
    }
    return states
  }

  /// The greatest deviation of some checkpoints from the reference.
  func deviation(_ states: [[Double]], where isIncluded: (Checkpoint) -> Bool = { _ in true }) -> Double {
    zip(checkpoints, states).filter { isIncluded($0.0) }.flatMap { checkpoint, x in
      zip(checkpoint.x, x).map { abs($0 - $1) }
    }.max() ?? .nan
  }
}
