import Digests
import Testing

@Suite struct RandomBytesTests {
  @Test func countIsAsAsked() {
    for count in [0, 1, 16, 1000] { #expect(randomBytes(count).count == count) }
  }

  @Test func drawsDiffer() {
    #expect(Set((0..<1000).map { _ in randomBytes(16) }).count == 1000)
  }

  @Test func everyByteValueOccurs() {
    // The chance that one of 256 values is missing among 10,000 draws is below 1e-14.
    #expect(Set(randomBytes(10_000)).count == 256)
  }
}
