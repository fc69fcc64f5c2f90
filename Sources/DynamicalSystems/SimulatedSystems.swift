/// The registry of simulated systems.
package enum SimulatedSystems {
  /// Every system, in the order in which they are listed. The first is the default.
  package static let all: [any SimulatedSystem] = [
    AluminiumCell(), CascadedTanks(), DelayedTank(), PredatorPrey(),
  ]

  /// The system of a study that names none.
  package static var standard: any SimulatedSystem { all[0] }

  /// The system with a name; nil if there is none.
  package static func named(_ name: String) -> (any SimulatedSystem)? { all.first { $0.name == name } }
}

/// The name of a registered system, as study files hold it.
package struct SystemName: RawRepresentable, Hashable, Sendable {
  /// The name: `aluminium-cell`.
  package let rawValue: String

  /// The name of a registered system; nil for another text.
  package init?(rawValue: String) {
    guard SimulatedSystems.named(rawValue) != nil else { return nil }
    self.rawValue = rawValue
  }

  /// The default, ``SimulatedSystems/standard``.
  package init() { rawValue = SimulatedSystems.standard.name }

  /// The names of all systems, in the order in which they are listed.
  package static var all: [SystemName] { SimulatedSystems.all.map { SystemName($0) } }

  /// The system itself.
  package var system: any SimulatedSystem {
    guard let system = SimulatedSystems.named(rawValue) else {
      preconditionFailure("\(rawValue) was checked when the name was made")
    }
    return system
  }

  private init(_ system: any SimulatedSystem) { rawValue = system.name }
}

extension SystemName: Codable {}
