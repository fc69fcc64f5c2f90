import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Losses of a running attempt")
struct LossCurveTests {
  @Test(
    "However many there are, few are kept: evenly, with the first and the newest", arguments: [1, 7, 256])
  func thinned(stride: Int) {
    var curve = LossCurve()
    for number in 1...10_000 {
      curve.add(step: number * stride, loss: Double(number))
      #expect(curve.points.count <= LossCurve.capacity && curve.points.last?.step == number * stride)
    }
    let steps = curve.points.map(\.step)
    #expect(steps.first == stride && steps == steps.sorted() && Set(steps).count == steps.count)
    #expect(steps.count >= LossCurve.capacity / 4)
    let gaps = zip(steps, steps.dropFirst()).map { $1 - $0 }.dropLast()
    #expect((gaps.max() ?? 0) <= 4 * (gaps.min() ?? 0), "\(gaps)")
    #expect(curve.points.allSatisfy { $0.loss == Double($0.step / stride) })
  }

  @Test("What is not finite is left out; a step that comes again takes the place of what came after it")
  func odd() {
    var curve = LossCurve()
    for loss in [1, .nan, .infinity] { curve.add(step: 5, loss: loss) }
    #expect(curve.points == [.init(step: 5, loss: 1)])
    curve.add(step: 9, loss: 2)
    curve.add(step: 6, loss: 3)
    #expect(curve.points == [.init(step: 5, loss: 1), .init(step: 6, loss: 3)])
  }
}
