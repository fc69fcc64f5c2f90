// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "potline",
  targets: [
    .target(
      name: "TrainingKernels",
      // Without optimisation the kernels are 200 times slower, too slow for the tests.
      cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
    .target(name: "ReproducibleMath"),
    .target(name: "SparseNetworks", dependencies: ["TrainingKernels", "ReproducibleMath"]),
    .testTarget(name: "SparseNetworksTests", dependencies: ["SparseNetworks", "TrainingKernels"]),
  ]
)
