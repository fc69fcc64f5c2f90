/// Values of one signal at other times than those of its rows.
struct Resampler {
  private let times: [Double]
  private let values: [Double]
  private let maxGap: Double
  /// Times that are this near count as the same.
  private let nearness: Double

  /// - Parameters:
  ///   - times: increasing, of rows.
  ///   - values: of the signal in these rows; NaN for missing ones, which are passed over.
  ///   - maxGap: the longest gap between two values that is bridged (s).
  ///   - nearness: times that differ by at most this are the same (s).
  init(times: [Double], values: [Double], maxGap: Double, nearness: Double) {
    let present = values.indices.filter { !values[$0].isNaN }
    self.times = present.map { times[$0] }
    self.values = present.map { values[$0] }
    (self.maxGap, self.nearness) = (maxGap, nearness)
  }

  /// The values at `start`, `start + step`, ...; NaN where a gap is too long, and before the first and after the last
  /// value. O(rows + count).
  func values(from start: Double, step: Double, count: Int, _ method: Resampling.Method) -> [Double] {
    var result = [Double](repeating: .nan, count: count)
    var next = 0
    for index in 0..<count {
      let time = start + Double(index) * step
      // The first row after this time; the row before is at it or earlier.
      while next < times.count, times[next] <= time + nearness { next += 1 }
      if method == .mean {
        result[index] = mean(from: time, step: step, next: next)
      } else if next > 0, abs(times[next - 1] - time) <= nearness {
        result[index] = values[next - 1]
      } else if next > 0, next < times.count, times[next] - times[next - 1] <= maxGap + nearness {
        result[index] = between(next - 1, next, at: time, method)
      } else if method == .hold, next > 0, next == times.count, time - times[next - 1] <= step {
        result[index] = values[next - 1]
      }
    }
    return result
  }

  private func between(_ last: Int, _ next: Int, at time: Double, _ method: Resampling.Method) -> Double {
    if method == .hold { return values[last] }
    let share = (time - times[last]) / (times[next] - times[last])
    return values[last] + share * (values[next] - values[last])
  }

  private func mean(from time: Double, step: Double, next: Int) -> Double {
    var index = next
    while index > 0, times[index - 1] >= time - nearness { index -= 1 }
    var (sum, count) = (0.0, 0)
    while index < times.count, times[index] < time + step - nearness {
      sum += values[index]
      (index, count) = (index + 1, count + 1)
    }
    return count == 0 ? .nan : sum / Double(count)
  }
}
