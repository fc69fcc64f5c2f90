import Foundation

/// Studies of small members.
enum StudyMaker {
  /// The members of each study.
  static let members = 16

  static func text(number: Int, epochs: Int, members: Int = members) -> String {
    """
    name: chaos-\(number)
    seed: \(1000 + number)
    members: \(members / 2)
    dataset:
      simulated: {system: aluminium-cell, trajectories: 4, steps: 2000, testTrajectories: 3, seed: 5}
    defaults:
      hidden: [8, 6]
      epochs: \(epochs)
    variants:
      - name: dense
      - name: sparse
        inputSkip: true
        penalty: {method: proximal, weight: 1e-2}
        activeSet: true
        screeningInterval: 7
        learningRate: {schedule: cosine, from: 2e-3, to: 2e-5}

    """
  }

  /// How many epochs take about so many seconds, in a process that has a core for itself.
  static func epochs(seconds: Double, in world: ChaosWorld) throws -> Int {
    func time(epochs: Int) throws -> Double {
      try text(number: 0, epochs: epochs, members: 2).write(
        toFile: "\(world.folder)/pace.yaml", atomically: true, encoding: .utf8)
      let start = Date()
      try world.run(
        ["run", "pace.yaml", "-o", "pace-\(epochs)", "--processes", "1", "--quiet"], name: "pace")
      return Date().timeIntervalSince(start)
    }
    // Long enough that starting, or another's work, doesn't decide.
    var epochs = 500
    while true {
      let taken = try time(epochs: epochs)
      if taken >= 3 || epochs > 1 << 24 { return max(100, Int(seconds * Double(2 * epochs) / taken)) }
      epochs *= 4
    }
  }
}
