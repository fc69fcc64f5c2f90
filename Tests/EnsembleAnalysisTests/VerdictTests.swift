import Testing

@testable import EnsembleAnalysis

@Suite struct VerdictTests {
  @Test func outcomeIsWhereTheIntervalLies() {
    #expect(Verdict.isBelow(Interval(0.3, 0.2, 0.4), 0.5) == .supported)
    #expect(Verdict.isBelow(Interval(0.3, 0.2, 0.6), 0.5) == .undecided)
    #expect(Verdict.isBelow(Interval(0.7, 0.5, 0.8), 0.5) == .notSupported)
    #expect(Verdict.isBelow(nil, 0.5) == .undecided)
    #expect(Verdict.isBelow(Interval(.nan, .nan, .nan), 0.5) == .undecided)
    #expect(Verdict.isAbove(0.6, 0.7, 0.5) == .supported)
    #expect(Verdict.isAbove(0.2, 0.5, 0.5) == .notSupported)
    #expect(Verdict.isAbove(0.4, 0.7, 0.5) == .undecided)
    #expect(Verdict.both(.supported, .supported) == .supported)
    #expect(Verdict.both(.undecided, .notSupported) == .notSupported)
    #expect(Verdict.both(.supported, .undecided) == .undecided)
  }

  @Test func numbersForPeople() {
    #expect(Numbers.text(0.030649) == "0.0306")
    #expect(Numbers.text(1613) == "1613")
    #expect(Numbers.text(12345) == "12,345")
    #expect(Numbers.text(-0.5) == "−0.500")
    #expect(Numbers.text(4.43e-8) == "4.43·10⁻⁸")
    #expect(Numbers.text(.infinity) == "∞")
    #expect(Numbers.text(Interval(0.5, 0.4, 0.6)) == "0.500 (0.400–0.600)")
    #expect(Numbers.percent(Interval(-0.1, -0.2, 0)) == "−10.0 % (−20.0 to 0 %)")
    #expect(Numbers.percent(1) == "100 %")
  }

  @Test func namesOfSeries() {
    #expect(StudyAnalysis.commonName(["sparse-10", "sparse-100"]) == "sparse")
    #expect(StudyAnalysis.commonName(["dense-10", "dense-40"]) == "dense")
    #expect(StudyAnalysis.commonName(["skip20-10", "skip20-40"]) == "skip20")
    #expect(StudyAnalysis.commonName(["path-1e-4", "path-1e-3"]) == "path-1e")
    #expect(StudyAnalysis.commonName(["a", "b"]) == "a")
  }
}
