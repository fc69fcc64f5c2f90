import Foundation
import ClusterLaunch

/// Shows what hosts are at: on a terminal a line a host that is drawn again, otherwise a line a change.
final class LaunchDisplay {
  private let hosts: [String]
  private let isJSON: Bool
  private let isQuiet: Bool
  private let isDrawn: Bool
  private var states: [String: HostState] = [:]
  private var drawnLines = 0

  init(hosts: [String], isJSON: Bool, isQuiet: Bool) {
    (self.hosts, self.isJSON, self.isQuiet) = (hosts, isJSON, isQuiet)
    // More hosts than lines can't be drawn again.
    isDrawn = !isJSON && !isQuiet && Console.isTerminal && hosts.count < Console.height
  }

  func show(_ event: SSHLauncher.Event) {
    switch event {
    case .state(let host, let state):
      states[host] = state
      if isJSON { print(host, state) }
      if isDrawn {
        draw()
      } else if isQuiet ? state.isFinal && state.reason != nil : !isJSON {
        Console.note("\(host): \(state)")
      }
    case .line(let host, let text):
      if isQuiet { return }
      clear()
      Console.note("\(host): \(text)")
      if isDrawn { draw() }
    }
  }

  /// The lines stay.
  func finish() { drawnLines = 0 }

  private func draw() {
    clear()
    let width = hosts.map(\.count).max() ?? 0
    Console.draw(
      hosts.flatMap { host -> [TerminalPart] in
        let name = host.padding(toLength: width, withPad: " ", startingAt: 0)
        return [
          .line(String("\(name)  \(states[host] ?? .connecting)".prefix(Console.width - 1))), .lineEnd,
        ]
      })
    drawnLines = hosts.count
  }

  private func clear() {
    if drawnLines > 0 { Console.draw([.control(.up(drawnLines)), .control(.clearBelow)]) }
    drawnLines = 0
  }

  private func print(_ host: String, _ state: HostState) {
    // Texts and whole numbers always have JSON.
    try? Console.jsonLine(
      Change(host: host, state: state.name, processes: state.processes, reason: state.reason))
  }

  private struct Change: Encodable {
    let host: String
    let state: String
    let processes: Int
    let reason: String?
  }
}
