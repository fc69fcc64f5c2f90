import DynamicalSystems
import Foundation
import Testing

/// The cell against numbers of an independent implementation in float64.
@Suite struct ReferenceTests {
  struct Reference: Decodable {
    struct Derivatives: Decodable { let cases: [Case] }
    struct Case: Decodable {
      let x: [Double]
      let u: [Double]
      let dxdt: [Double]
      let liquidusTemperature: Double
      let cellVoltage: Double
      let rk4Step10s: [Double]
    }
    struct Change: Decodable {
      let index: Int
      let u: [Double]
    }
    struct Checkpoint: Decodable {
      let index: Int
      let x: [Double]
    }
    struct ClosedLoop: Decodable {
      let initial: [Double]
      let changes: [Change]
      let checkpoints: [Checkpoint]
    }
    struct Control: Decodable {
      let x: [Double]
      let aluminaFeed: Double
      let fluorideFeed: Double
      let metalTap: Double
    }
    let derivatives: Derivatives
    let trajectory: ClosedLoop
    let controllers: [Control]
  }

  let reference: Reference
  let cell = AluminiumCell()

  init() throws {
    let url = try #require(Bundle.module.url(forResource: "aluminium-cell", withExtension: "json"))
    reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
  }

  private func lanes(_ values: [Double]) -> SIMD8<Double> {
    var lanes = SIMD8<Double>()
    for (lane, value) in values.enumerated() { lanes[lane] = value }
    return lanes
  }

  private func relative(_ value: Double, _ expected: Double) -> Double {
    value == expected ? 0 : abs(value - expected) / abs(expected)
  }

  /// dx1 and dx4 are differences of a freezing and a melting rate that may nearly cancel: their errors are relative to
  /// the sum of the two. The others are relative to the value itself.
  @Test func derivatives() {
    #expect(reference.derivatives.cases.count == 24)
    for sample in reference.derivatives.cases {
      let (x, u) = (sample.x, sample.u)
      let dx = cell.derivative(lanes(x), lanes(u))
      let freezing = 2 * 2.5 * 17.92 / 119_495 * abs(sample.liquidusTemperature - x[6]) / (2e-5 * x[0])
      let melting = 1200 * 17.92 / 119_495 * abs(x[5] - sample.liquidusTemperature)
      for lane in 0..<8 {
        let scale = lane == 0 || lane == 3 ? freezing + melting : abs(sample.dxdt[lane])
        #expect(abs(dx[lane] - sample.dxdt[lane]) <= 1e-12 * scale, "dx\(lane + 1)")
      }
    }
  }

  @Test func liquidusTemperatureAndVoltage() {
    for sample in reference.derivatives.cases {
      let bath = AluminiumCell.Bath(lanes(sample.x))
      #expect(relative(bath.liquidusTemperature, sample.liquidusTemperature) < 1e-14)
      #expect(
        relative(bath.cellVoltage(current: sample.u[1], distance: sample.u[4]), sample.cellVoltage) < 1e-12)
    }
  }

  @Test func rungeKuttaStep() {
    for sample in reference.derivatives.cases {
      let x = cell.rungeKuttaStep(lanes(sample.x), lanes(sample.u), h: 10)
      for lane in 0..<8 { #expect(relative(x[lane], sample.rk4Step10s[lane]) < 1e-12, "x\(lane + 1)") }
    }
  }

  @Test func trajectory() {
    let loop = reference.trajectory
    #expect(loop.checkpoints.count == 19)
    var x = lanes(loop.initial)
    var u = SIMD8<Double>()
    var checked = 0
    for row in 0...2000 {
      if let checkpoint = loop.checkpoints.first(where: { $0.index == row }) {
        for lane in 0..<8 {
          #expect(relative(x[lane], checkpoint.x[lane]) < 1e-9, "x\(lane + 1) in row \(row)")
        }
        checked += 1
      }
      if let change = loop.changes.first(where: { $0.index == row }) { u = lanes(change.u) }
      x = cell.rungeKuttaStep(x, u, h: 10)
    }
    #expect(checked == loop.checkpoints.count)
  }

  @Test func controllers() {
    let controllers = AluminiumCell.Controllers(samplingTime: 10)
    for sample in reference.controllers {
      let bath = AluminiumCell.Bath(lanes(sample.x))
      #expect(controllers.aluminaFeed(bath) == sample.aluminaFeed)
      #expect(controllers.fluorideFeed(bath) == sample.fluorideFeed)
      #expect(controllers.metalTap(metalMass: sample.x[4]) == sample.metalTap)
    }
  }
}
