// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "potline",
  products: [.executable(name: "potline", targets: ["potline"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    .systemLibrary(name: "CZeroMQ"),
    .systemLibrary(name: "CSodium"),
    .systemLibrary(name: "CZlib"),
    .target(
      name: "TrainingKernels",
      // Without optimisation the kernels are 200 times slower, too slow for the tests.
      cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
    .target(name: "ZeroMQ", dependencies: ["CZeroMQ", "ErrorCategories"]),
    .target(name: "ErrorCategories"),
    .target(name: "Files", dependencies: ["ErrorCategories"]),
    .target(name: "HostResources", dependencies: ["Files"]),
    .target(name: "Digests", dependencies: ["CSodium", "Files"]),
    .target(name: "CheckedJSON"),
    .target(name: "TextFormatting"),
    .target(name: "Safetensors", dependencies: ["CheckedJSON", "ErrorCategories", "Files"]),
    .target(name: "ReproducibleMath"),
    .target(
      name: "SparseNetworks",
      dependencies: ["ErrorCategories", "Files", "ReproducibleMath", "Safetensors", "TrainingKernels"]),
    .target(
      name: "TrajectoryData",
      dependencies: ["CZlib", "CheckedJSON", "ErrorCategories", "Files", "Safetensors", "TextFormatting"]),
    .target(
      name: "DynamicalSystems",
      dependencies: ["ErrorCategories", "HostResources", "ReproducibleMath", "TrajectoryData"]),
    .target(
      name: "StudyFiles",
      dependencies: [
        "DynamicalSystems", "ErrorCategories", "Files", "SparseNetworks", "TrajectoryData", "Yams",
      ]),
    .target(
      name: "EnsembleStudies",
      dependencies: [
        "CheckedJSON", "Digests", "DynamicalSystems", "ErrorCategories", "Files", "ReproducibleMath",
        "Safetensors", "SparseNetworks", "StudyFiles", "TextFormatting", "TrajectoryData",
      ]),
    .target(
      name: "EnsembleAnalysis",
      dependencies: [
        "CheckedJSON", "DynamicalSystems", "EnsembleStudies", "ErrorCategories", "Files", "HostResources",
        "ReproducibleMath",
        "SparseNetworks", "StudyFiles", "TextFormatting", "TrajectoryData",
      ]),
    .target(
      name: "StudyReports",
      dependencies: [
        "DynamicalSystems", "EnsembleAnalysis", "EnsembleStudies", "ErrorCategories", "Files",
        "HostResources",
        "ReproducibleMath", "Safetensors", "SparseNetworks", "StudyFiles", "TextFormatting", "TrajectoryData",
      ]),
    .target(
      name: "QueueProtocol",
      dependencies: [
        "CheckedJSON", "Digests", "ErrorCategories", "Files", "ZeroMQ",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(name: "QueueCore", dependencies: ["Digests", "QueueProtocol"]),
    .target(
      name: "QueueWorker",
      dependencies: [
        "Digests", "ErrorCategories", "Files", "HostResources", "QueueProtocol", "ZeroMQ",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(
      name: "QueueServer",
      dependencies: [
        "Digests", "ErrorCategories", "Files", "QueueCore", "QueueProtocol", "QueueWorker", "ZeroMQ",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
      ]),
    .target(
      name: "ClusterLaunch",
      dependencies: [
        "Digests", "ErrorCategories", "Files", "HostResources", "QueueProtocol", "QueueWorker",
        "TextFormatting", "ZeroMQ",
      ]),
    .target(
      name: "StatusPage",
      dependencies: [
        "Digests", "ErrorCategories", "Files", "QueueCore", "QueueProtocol", "QueueServer", "QueueWorker",
        "TextFormatting", "ZeroMQ",
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ]),
    .target(
      name: "Benchmarks",
      dependencies: [
        "Digests", "DynamicalSystems", "EnsembleStudies", "Files", "HostResources", "QueueCore",
        "QueueProtocol", "QueueServer", "QueueWorker", "ReproducibleMath", "Safetensors", "SparseNetworks",
        "TextFormatting",
        "TrajectoryData", "ZeroMQ",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(
      name: "StudyRunning",
      dependencies: [
        "Digests", "EnsembleAnalysis", "EnsembleStudies", "ErrorCategories", "Files", "HostResources",
        "QueueCore", "QueueProtocol",
        "QueueServer", "QueueWorker", "Safetensors", "SparseNetworks", "StatusPage", "StudyFiles", "ZeroMQ",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "potline",
      dependencies: [
        "Benchmarks", "ClusterLaunch", "Digests", "DynamicalSystems", "EnsembleAnalysis", "EnsembleStudies",
        "ErrorCategories", "Files", "HostResources", "QueueProtocol", "QueueServer", "QueueWorker",
        "Safetensors", "SparseNetworks", "StatusPage", "StudyReports", "StudyRunning", "TextFormatting",
        "TrajectoryData", "ZeroMQ",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    // Writes the manual out of the command line's own help, for packages.
    .executableTarget(name: "manual-pages"),
    // A worker with toy jobs, for the tests of the queue.
    .target(
      name: "QueueTestSupport", dependencies: ["Digests", "QueueProtocol", "QueueWorker"],
      path: "Tests/Support/QueueTestSupport"),
    .executableTarget(
      name: "queue-test-worker",
      dependencies: [
        "Digests", "QueueProtocol", "QueueServer", "QueueTestSupport", "QueueWorker",
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/Support/queue-test-worker"),
    // Faults for real processes.
    .executableTarget(
      name: "queue-chaos",
      dependencies: [
        "FuzzSupport", "QueueProtocol", "QueueServer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/Support/queue-chaos"),
    // The values of a table, for comparison with other readers.
    .executableTarget(
      name: "table-dump", dependencies: ["TrajectoryData"], path: "Tests/Support/table-dump"),
    // Damaged input for decoders, and random numbers under a seed.
    .target(
      name: "FuzzSupport", dependencies: ["ErrorCategories"], path: "Tests/Support/FuzzSupport"),
    // Texts that tests compare with recorded ones.
    .target(name: "SnapshotSupport", path: "Tests/Support/SnapshotSupport"),
    .testTarget(name: "ZeroMQTests", dependencies: ["CZeroMQ", "ErrorCategories", "ZeroMQ"]),
    .testTarget(name: "TextFormattingTests", dependencies: ["TextFormatting"]),
    .testTarget(name: "CheckedJSONTests", dependencies: ["CheckedJSON"]),
    .testTarget(name: "FilesTests", dependencies: ["ErrorCategories", "Files"]),
    .testTarget(name: "HostResourcesTests", dependencies: ["Files", "HostResources"]),
    .testTarget(name: "DigestsTests", dependencies: ["Digests", "Files"]),
    .testTarget(
      name: "SafetensorsTests", dependencies: ["Files", "FuzzSupport", "Safetensors"],
      exclude: ["Fixtures"]),
    .testTarget(name: "ReproducibleMathTests", dependencies: ["ReproducibleMath"]),
    .testTarget(
      name: "SparseNetworksTests",
      dependencies: ["ReproducibleMath", "Safetensors", "SparseNetworks", "TrainingKernels"],
      exclude: ["reference-simulation.py"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "DynamicalSystemsTests",
      dependencies: ["DynamicalSystems", "ReproducibleMath", "SnapshotSupport", "TrajectoryData"],
      exclude: ["reference-systems.py", "Snapshots"],
      resources: [.process("Fixtures")]),
    .testTarget(
      name: "TrajectoryDataTests",
      dependencies: [
        "DynamicalSystems", "Files", "FuzzSupport", "ReproducibleMath", "Safetensors", "SnapshotSupport",
        "TrajectoryData",
      ],
      exclude: ["Snapshots"]),
    .testTarget(name: "BenchmarksTests", dependencies: ["Benchmarks", "SparseNetworks"]),
    .testTarget(
      name: "StudyFilesTests",
      dependencies: [
        "DynamicalSystems", "SnapshotSupport", "SparseNetworks", "StudyFiles", "TrajectoryData",
      ],
      exclude: ["Snapshots"]),
    .testTarget(
      name: "EnsembleStudiesTests",
      dependencies: [
        "Digests", "DynamicalSystems", "EnsembleStudies", "Files", "FuzzSupport", "Safetensors",
        "SnapshotSupport", "SparseNetworks", "StudyFiles", "TrajectoryData",
      ],
      exclude: ["Jobs/Snapshots", "Snapshots"]),
    .testTarget(name: "StudyReportsTests", dependencies: ["StudyReports"]),
    .testTarget(
      name: "EnsembleAnalysisTests",
      dependencies: [
        "DynamicalSystems", "EnsembleAnalysis", "EnsembleStudies", "ReproducibleMath", "SparseNetworks",
        "StudyFiles", "TrajectoryData",
      ]),
    .testTarget(
      name: "JobQueueTests",
      dependencies: [
        "Digests", "ErrorCategories", "Files", "FuzzSupport", "QueueCore", "QueueProtocol", "QueueServer",
        "QueueTestSupport", "QueueWorker", "ZeroMQ", "queue-test-worker",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
      ], exclude: ["PythonClient"]),
    // Documents against sources: links, commands, promises, targets, versions.
    .testTarget(name: "DocumentationTests"),
    .testTarget(name: "ClusterLaunchTests", dependencies: ["ClusterLaunch"]),
    .testTarget(
      name: "StatusPageTests",
      dependencies: ["QueueCore", "QueueProtocol", "QueueServer", "StatusPage", "TextFormatting"]),
    .testTarget(
      name: "StudyRunningTests",
      dependencies: [
        "Digests", "EnsembleStudies", "ErrorCategories", "HostResources", "QueueProtocol", "SparseNetworks",
        "StudyRunning",
      ]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "Digests", "FuzzSupport", "QueueCore", "QueueProtocol", "QueueServer", "QueueWorker",
        "SnapshotSupport",
        "potline", "queue-chaos", .product(name: "Logging", package: "swift-log"),
      ],
      exclude: ["Snapshots"]),
  ],
  swiftLanguageModes: [.v6]
)
