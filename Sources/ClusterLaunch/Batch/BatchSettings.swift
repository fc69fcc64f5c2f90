/// How a study uses a cluster with a batch scheduler, and which resources it asks for.
package struct BatchSettings: Sendable {
  /// How a study's work is divided into jobs of the scheduler.
  package enum Mode: String, CaseIterable, Sendable {
    /// One allocation that holds coordinator and workers.
    case one
    /// A coordinator, and an array of workers that join and leave.
    case elastic
    /// An array of tasks that run jobs from files, without a coordinator.
    case array

    /// Tasks of the array, unless the user says otherwise.
    package var defaultTasks: Int { self == .array ? 20 : 4 }
  }

  package var mode = Mode.one
  /// Nodes of the allocation (`one`).
  package var nodes = 2
  /// Tasks of the array (`elastic`, `array`); `nil`: the mode's default.
  package var tasks: Int?
  /// Worker processes of each node or task, one core each (`one`, `elastic`).
  package var processes = 4
  package var account: String?
  package var partition: String?
  /// The time limit of each job, in the scheduler's notation.
  package var time = "01:00:00"
  /// MB a core; `nil`: the cluster's default.
  package var memory: Int?
  /// The network interface at which workers reach the coordinator; `nil`: the node's address in the scheduler.
  package var interface: String?
  /// Names of the scheduler's variables in this process's environment that submissions get all the same.
  package var keptVariables: Set<String> = []
  /// Shell lines that each script runs first.
  package var prologue: [String] = []

  package init() {}

  /// Tasks of the array.
  package var taskCount: Int { tasks ?? mode.defaultTasks }

  /// The options of `potline run` that make it listen at an address which the other nodes reach. A node may have several
  /// addresses: without an interface the scheduler's own address for the node is published.
  var listening: String {
    if let interface { return "--listen tcp://\(interface):0" }
    return #"--listen tcp://0.0.0.0:0 --publish "$(address)""#
  }

  /// The shell function that ``listening`` needs, with its line end; empty if it needs none.
  func addressFunction(_ scheduler: some BatchScheduler) -> String {
    interface == nil ? scheduler.addressFunction + "\n" : ""
  }
}
