import EnsembleAnalysis

extension StudyTables {
  /// Networks and other programs' models by size, and which of them nothing smaller beats.
  var frontier: Table {
    var table = Table(
      "frontier", title: "Error against weights left",
      caption:
        "Sorted by size: weights of a network, terms of another model. On the frontier: without blow-ups, and no smaller one "
        + "without blow-ups has a smaller median error."
        + Set(analysis.folder.peers.map { " \($0.name): \($0.source)." }).sorted().joined(),
      columns: [
        "model", "training_trajectories", "weights", "median_error", "blow_ups", "forecasts", "on_frontier",
      ])
    table.header = [
      "Model", "Training trajectories", "Weights or terms", "Median error", "Blow-ups", "On the frontier",
    ]
    var least = Double.infinity
    for model in models.sorted(by: { ($0.size, $0.name) < ($1.size, $1.name) }) {
      let isOnFrontier = model.blowUps == 0 && (model.error ?? .infinity) < least
      if isOnFrontier, let error = model.error { least = error }
      table.rows.append([
        model.name, model.trajectories.map(String.init) ?? "", Numbers.text(model.size, digits: 3),
        Numbers.text(model.error ?? .nan), "\(model.blowUps) of \(model.forecasts)",
        isOnFrontier ? "yes" : "",
      ])
      table.records.append([
        .text(model.name), .number(model.trajectories.map(Double.init)), .number(model.size),
        .number(model.error),
        .count(model.blowUps), .count(model.forecasts), .count(isOnFrontier ? 1 : 0),
      ])
    }
    return table
  }

  private struct Model {
    let name: String
    let trajectories: Int?
    let size: Double
    let error: Double?
    let (blowUps, forecasts): (Int, Int)
  }

  private var models: [Model] {
    let networks = analysis.variants.compactMap { variant in
      variant.complexity.weights.map { weights in
        Model(
          name: variant.variant.name, trajectories: variant.trainingTrajectories, size: weights.estimate,
          error: variant.horizon.median?.estimate, blowUps: variant.horizon.blowUps.count,
          forecasts: variant.horizon.blowUps.total)
      }
    }
    return networks
      + analysis.folder.peers.map {
        Model(
          name: $0.setting.isEmpty ? $0.name : "\($0.name) (\($0.setting))", trajectories: nil,
          size: Double($0.terms), error: $0.error, blowUps: $0.blowUps,
          forecasts: $0.forecasts)
      }
  }
}
