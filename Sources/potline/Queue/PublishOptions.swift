import ArgumentParser
import QueueProtocol

/// The address under which workers and clients find a coordinator.
struct PublishOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Host name or address in the connection file (default: the one it listens on; for 0.0.0.0 and [::] the address of a "
        + "network interface, network cards before bridges and tunnels).", valueName: "host"))
  var publish: String?

  @Option(
    help: ArgumentHelp(
      "Network interface whose address is in the connection file, such as eth0 (default: see --publish).",
      valueName: "name"))
  var interface: String?

  func validate() throws {
    if publish != nil, interface != nil {
      throw ValidationError("--publish and --interface exclude each other")
    }
  }

  var isGiven: Bool { publish != nil || interface != nil }

  var host: PublishedAddress.Host {
    publish.map { .name($0) } ?? interface.map { .interface($0) } ?? .automatic
  }
}
