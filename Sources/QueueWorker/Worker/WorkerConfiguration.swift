import Glibc
import QueueProtocol
import ZeroMQ

extension Worker {
  /// How a worker connects and what it tells of itself.
  package struct Configuration: Sendable {
    /// The coordinator's address.
    package var address: String
    /// How the connection is secured. Default: loopback alone.
    package var security = Security.loopback
    /// The worker. Default: the identity that a supervisor gave to this process, or else a fresh one.
    package var id = WorkerID.fromEnvironment ?? .random()
    /// This host's name.
    package var host = Worker.hostName
    /// The cores of this host.
    package var cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    /// The SIMD instruction set that jobs are run with, for people.
    package var instructionSet = ""
    /// The program's version, for people.
    package var version = ""
    /// The times that the worker keeps; `timing.coordinatorTimeout` is how long it goes on alone.
    package var timing = WorkerCore.Settings()
    /// How often a job is asked for a checkpoint. Default: 5 s.
    package var checkpointInterval: Duration = .seconds(5)
    /// The folder for datasets that are fetched; workers of a host may share it. `nil`: none can be fetched.
    package var cache: BlobCache?
    /// Whether to leave when standard input ends, as it does when the supervisor does.
    package var isSupervised = false

    /// A worker of the coordinator at `address`.
    package init(address: String) { self.address = address }
  }

  static var hostName: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, 255) == 0 else { return "unknown" }
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
