import ArgumentParser
import QueueProtocol

/// How a run lets workers on other hosts help.
struct SharingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Address at which `potline worker` on other hosts may join, such as tcp://0.0.0.0:0 for a port that the system "
        + "chooses; encrypted, with keys made here (default: nobody joins).", valueName: "address"))
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "With --listen: connection file for these workers, there while the run serves them (default: connection.json in "
        + "the output folder).", valueName: "file"))
  var connection: String?

  @OptionGroup var publishing: PublishOptions

  func validate() throws {
    guard listen != nil || (connection == nil && !publishing.isGiven) else {
      throw ValidationError("--connection, --publish and --interface go with --listen")
    }
  }

  /// nil without --listen. Keys are kept beside the journal.
  func configuration(folder: String) -> CoordinatorSecurity.Configuration? {
    guard let listen else { return nil }
    var access = CoordinatorSecurity.Configuration(stateFolder: folder + "/journal")
    access.listen = listen
    access.publishedHost = publishing.host
    access.connectionFile = connection ?? folder + "/connection.json"
    return access
  }
}
