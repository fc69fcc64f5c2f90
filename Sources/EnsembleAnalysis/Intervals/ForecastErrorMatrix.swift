import EnsembleStudies
import TrajectoryData

/// The forecast errors (AN-RFMAE) of a variant in one window: members by test trajectories.
package struct ForecastErrorMatrix: Sendable {
  /// Number of members.
  package let members: Int
  /// Number of test trajectories.
  package let trajectories: Int
  /// [members x trajectories]; nil: blew up; NaN: the trajectory has no step in the window.
  package let errors: [Double?]
  /// The forecasts that did not blow up, in ascending order of their error.
  private let sorted: [(error: Double, member: Int, trajectory: Int)]

  /// A table, row-major [members x trajectories]; nil is a forecast that blew up, NaN one that was not made.
  /// O(n log n).
  package init(members: Int, trajectories: Int, errors: [Double?]) {
    precondition(errors.count == members * trajectories)
    (self.members, self.trajectories, self.errors) = (members, trajectories, errors)
    sorted = errors.indices.compactMap { index in
      guard let error = errors[index], !error.isNaN else { return nil }
      return (error, index / trajectories, index % trajectories)
    }.sorted { ($0.error, $0.member, $0.trajectory) < ($1.error, $1.member, $1.trajectory) }
  }

  /// The table of trained members in a window.
  package init(_ trained: [TrainedMember], window: ForecastWindow) {
    let trajectories = (trained.flatMap { $0.forecasts.map(\.trajectory) }.max() ?? -1) + 1
    var errors = [Double?](repeating: .nan, count: trained.count * trajectories)
    for (member, record) in trained.enumerated() {
      for forecast in record.forecasts where forecast.window == window {
        errors[member * trajectories + forecast.trajectory] = forecast.blewUp ? nil : forecast.meanAbsolute
      }
    }
    self.init(members: trained.count, trajectories: trajectories, errors: errors)
  }

  /// The table of some of the members, in the given order.
  package func selecting(members chosen: [Int]) -> ForecastErrorMatrix {
    ForecastErrorMatrix(
      members: chosen.count, trajectories: trajectories,
      errors: chosen.flatMap { errors[$0 * trajectories..<($0 + 1) * trajectories] })
  }

  /// The errors of forecasts that did not blow up, ascending.
  package var finite: [Double] { sorted.map(\.error) }

  /// The quantile (type 7) of the errors of forecasts that did not blow up, each counted as often as it was drawn;
  /// nil if there are none. O(forecasts).
  package func quantile(_ p: Double, _ draw: TwoWayBootstrap.Draw) -> Double? {
    Quantiles.quantile(p, count: sorted.count) {
      sorted[$0].error
    } times: {
      draw.members[sorted[$0].member] * draw.trajectories[sorted[$0].trajectory]
    }
  }

  /// The share of forecasts that blew up, each counted as often as it was drawn. O(forecasts).
  package func blowUpRate(_ draw: TwoWayBootstrap.Draw) -> Double? {
    var (blown, all) = (0.0, 0.0)
    for member in 0..<members where draw.members[member] > 0 {
      for trajectory in 0..<trajectories {
        let error = errors[member * trajectories + trajectory]
        let weight = draw.members[member] * draw.trajectories[trajectory]
        if error?.isNaN == true { continue }
        all += weight
        if error == nil { blown += weight }
      }
    }
    return all > 0 ? blown / all : nil
  }

  /// Forecasts that blew up, of all.
  package var blowUps: Proportion {
    Proportion(errors.count { $0 == nil }, of: errors.count { $0?.isNaN != true })
  }

  /// Members with at least one forecast that blew up, of all.
  package var membersWithBlowUps: Proportion {
    Proportion(
      (0..<members).count { member in
        (0..<trajectories).contains { errors[member * trajectories + $0] == nil }
      },
      of: members)
  }

  /// The median error of each member's forecasts that did not blow up; nil for a member without any.
  package var memberMedians: [Double?] {
    (0..<members).map { member in
      Quantiles.median(
        of: errors[member * trajectories..<(member + 1) * trajectories].compactMap { $0 }.filter { !$0.isNaN }
      )
    }
  }
}
