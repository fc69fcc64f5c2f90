import ReproducibleMath

/// The inputs of a simulated cell: controllers plus random excitation.
struct CellExcitation: Sendable {
  private let controllers: AluminiumCell.Controllers
  private var current: APRBS
  private var distance: APRBS
  private var aluminaImpulse: ImpulseSequence
  private var fluorideImpulse: ImpulseSequence

  init(
    current: RandomStream, distance: RandomStream, alumina: RandomStream, fluoride: RandomStream,
    samplingTime: Double
  ) {
    controllers = AluminiumCell.Controllers(samplingTime: samplingTime)
    self.current = APRBS(current, amplitudes: -22000...15000, holdTimes: 100...1100)
    self.distance = APRBS(distance, amplitudes: -70...70, holdTimes: 100...1100)
    aluminaImpulse = ImpulseSequence(
      alumina, heights: 100...2000, firstTimes: 100...1100, intervals: 500...2000)
    fluorideImpulse = ImpulseSequence(
      fluoride, heights: 100...1000, firstTimes: 100...1100, intervals: 1000...3000)
  }

  /// The input u1...u5 of the next sample, in which the cell is in the state x.
  mutating func next(_ x: SIMD8<Double>) -> SIMD8<Double> {
    let bath = AluminiumCell.Bath(x)
    return SIMD8(
      controllers.aluminaFeed(bath) + Double(aluminaImpulse.next()) / 100,
      140_000 + Double(current.next()),
      controllers.fluorideFeed(bath) + Double(fluorideImpulse.next()) / 100,
      controllers.metalTap(metalMass: x[4]),
      0.05 + Double(distance.next()) / 10_000,
      0, 0, 0)
  }
}

extension AluminiumCell {
  /// A random initial state: whole numbers, uniform within the ranges of the published simulator, drawn in the order ledge
  /// mass, alumina percent, fluoride percent, cryolite mass, metal mass, bath, ledge and wall temperature. The
  /// masses of alumina and fluoride follow from their percentages of the bath.
  static func initialState(_ stream: inout RandomStream) -> SIMD8<Double> {
    let ledge = Double(stream.integer(in: 2060...4460))
    let alumina = Double(stream.integer(in: 2...5)) / 100
    let fluoride = Double(stream.integer(in: 9...13)) / 100
    let cryolite = Double(stream.integer(in: 11500...16000))
    let metal = Double(stream.integer(in: 9750...10000))
    let bathTemperature = Double(stream.integer(in: 960...990))
    let ledgeTemperature = Double(stream.integer(in: 790...850))
    let wallTemperature = Double(stream.integer(in: 555...610))
    let bath = cryolite / (1 - alumina - fluoride)
    return SIMD8(
      ledge, alumina * bath, fluoride * bath, cryolite, metal, bathTemperature, ledgeTemperature,
      wallTemperature)
  }
}
