import DynamicalSystems
import Testing

/// The reference cases are all at a limit of the controllers; these are between and at the edges.
@Suite struct ControllerTests {
  private let controllers = AluminiumCell.Controllers(samplingTime: 10)

  private func bath(alumina: Double = 0, fluoride: Double = 0) -> AluminiumCell.Bath {
    AluminiumCell.Bath(SIMD8(0, alumina, fluoride, 1 - alumina - fluoride, 0, 0, 0, 0))
  }

  @Test(arguments: [
    (0.0226, 0.0), (0.02254, 0.0), (0.0225, 15), (0.0224, 18), (0.02227, 21.9), (0.0222, 22), (0.01, 22),
    (0.03, 0),
  ])
  func aluminaFeed(fraction: Double, feed: Double) {
    #expect(abs(controllers.aluminaFeed(bath(alumina: fraction)) - feed) < 1e-9)
  }

  @Test(arguments: [(0.1049, 0.0), (0.1048, 2.6), (0.1045, 6.5), (0.104, 8), (0.05, 8), (0.12, 0)])
  func fluorideFeed(fraction: Double, feed: Double) {
    #expect(abs(controllers.fluorideFeed(bath(fluoride: fraction)) - feed) < 1e-9)
  }

  @Test(arguments: [(9990.0, 0.0), (10000.005, 0), (10000.01, 3), (10000.02, 6), (10000.04, 9), (10500, 9)])
  func metalTap(mass: Double, rate: Double) {
    #expect(abs(controllers.metalTap(metalMass: mass) - rate) < 1e-7)
  }

  @Test func batchesAreSharedOutOverTheSamplingTime() {
    let slow = AluminiumCell.Controllers(samplingTime: 20)
    #expect(slow.aluminaFeed(bath(alumina: 0.01)) == 11)
    #expect(abs(slow.aluminaFeed(bath(alumina: 0.0227)) - 9) < 1e-9)
    #expect(slow.fluorideFeed(bath(fluoride: 0.01)) == 4)
    #expect(slow.metalTap(metalMass: 10001) == 4.5)
  }
}
