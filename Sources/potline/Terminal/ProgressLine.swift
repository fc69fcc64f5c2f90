import Foundation
import QueueProtocol
import Synchronization
import TextFormatting

/// Shows how far a run is: a bar that is redrawn on a terminal, a plain line now and then otherwise.
final class ProgressLine {
  private let totalSteps: Int
  private let isTerminal: Bool
  private let interval: Double
  private var nextLine = -Double.infinity
  private var lastText = ""
  // What log lines have to clear away.
  private static let isDrawn = Atomic<Bool>(false)

  init(totalSteps: Int, isTerminal: Bool = Console.isTerminal) {
    self.totalSteps = totalSteps
    self.isTerminal = isTerminal
    interval = isTerminal ? 0.2 : 10
  }

  func show(_ progress: QueueProgress) {
    let now = ProcessInfo.processInfo.systemUptime
    guard now >= nextLine else { return }
    nextLine = now + interval
    draw(progress)
  }

  /// The last state, and a new line.
  func finish(_ progress: QueueProgress) {
    draw(progress)
    if isTerminal { Console.draw([.lineEnd]) }
    Self.isDrawn.store(false, ordering: .relaxed)
  }

  /// Removes the bar before another line is written.
  static func clear() {
    if isDrawn.exchange(false, ordering: .relaxed) {
      Console.draw([.control(.lineStart), .control(.clearToLineEnd)])
    }
  }

  private func draw(_ progress: QueueProgress) {
    let text = Self.text(progress, totalSteps: totalSteps)
    if isTerminal {
      let bar = Self.bar(progress, totalSteps: totalSteps, width: 24)
      Console.draw([
        .control(.lineStart), .control(.clearToLineEnd),
        .line(String("\(bar) \(text)".prefix(Console.width - 1))),
      ])
      Self.isDrawn.store(true, ordering: .relaxed)
    } else if text != lastText {
      Console.note(text)
    }
    lastText = text
  }

  static func bar(_ progress: QueueProgress, totalSteps: Int, width: Int) -> String {
    let done = Int(fraction(progress, totalSteps) * Double(width))
    return String(repeating: "█", count: done) + String(repeating: "░", count: width - done)
  }

  /// "7/15 members, 46 %, 2 workers, 104,000 steps/s, 1 min 20 s left"
  static func text(_ progress: QueueProgress, totalSteps: Int) -> String {
    var parts = ["\(progress.finished)/\(progress.jobs) members"]
    if progress.failed > 0 { parts[0] += " (\(progress.failed) failed)" }
    parts.append("\(Int(100 * fraction(progress, totalSteps))) %")
    parts.append("\(progress.workers) \(progress.workers == 1 ? "worker" : "workers")")
    if progress.stepsPerSecond > 0 {
      parts.append("\(NumberText.wholeRate(progress.stepsPerSecond)) steps/s")
      let left = Double(max(0, totalSteps - progress.steps)) / progress.stepsPerSecond
      if progress.queued + progress.running > 0 {
        parts.append("\(NumberText.duration(left.rounded(.up), hasTenths: false)) left")
      }
    }
    return parts.joined(separator: ", ")
  }

  private static func fraction(_ progress: QueueProgress, _ totalSteps: Int) -> Double {
    if progress.queued + progress.running == 0 { return 1 }
    return totalSteps == 0 ? 0 : min(1, Double(progress.steps) / Double(totalSteps))
  }
}
