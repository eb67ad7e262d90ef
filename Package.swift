// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]
let library = settings + [.strictMemorySafety()]

let package = Package(
  name: "lorac",
  targets: [
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(
      name: "CBuiltinEncoder",
      exclude: ["data", "make_data.py", "NOTICE.md", "LICENSE-Apache-2.0.txt"],
      cSettings: [.unsafeFlags(["-std=c23"])]),
    .target(name: "Workers", swiftSettings: library),
    .target(
      name: "Formats",
      dependencies: ["CZstd", "Workers"],
      swiftSettings: library),
    .target(
      name: "LinearAlgebra", dependencies: ["COpenBLAS", "Workers"], swiftSettings: library),
    .target(
      name: "TextEncoders",
      dependencies: ["CBuiltinEncoder", "Formats", "LinearAlgebra", "Workers"],
      swiftSettings: library),
    .target(
      name: "Fusion", dependencies: ["Formats", "LinearAlgebra", "TextEncoders", "Workers"],
      swiftSettings: library),
    .testTarget(name: "FormatsTests", dependencies: ["Formats"], swiftSettings: settings),
    .testTarget(
      name: "LinearAlgebraTests", dependencies: ["LinearAlgebra"], swiftSettings: settings),
    .testTarget(
      name: "TextEncodersTests", dependencies: ["TextEncoders", "Formats"],
      swiftSettings: settings),
    .testTarget(
      name: "FusionTests", dependencies: ["Fusion", "Formats", "LinearAlgebra"],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
