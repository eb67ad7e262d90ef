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
  products: [.executable(name: "lorac", targets: ["lorac"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(
      name: "CBuiltinEncoder",
      exclude: ["data", "make_data.py", "NOTICE.md", "LICENSE-Apache-2.0.txt"],
      cSettings: [.unsafeFlags(["-std=c23"])]),
    .target(
      name: "CClipVocabulary",
      exclude: [
        "data", "make_data.py", "NOTICE.md", "LICENSE-MIT-CLIP.txt", "LICENSE-MIT-open_clip.txt",
      ],
      cSettings: [.unsafeFlags(["-std=c23"])]),
    .target(name: "CHalf"),
    // Optimised in every build: what tests embed would take minutes.
    .target(name: "CRowProduct", cSettings: [.unsafeFlags(["-O2"])]),
    .target(name: "CSystem"),
    .target(name: "Workers", swiftSettings: library),
    .target(
      name: "Formats",
      dependencies: [
        "CSystem", "CZstd", "Workers", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: library),
    .target(
      name: "LinearAlgebra", dependencies: ["CHalf", "COpenBLAS", "CRowProduct", "Workers"],
      swiftSettings: library),
    .target(
      name: "TextEncoders",
      dependencies: ["CBuiltinEncoder", "CClipVocabulary", "Formats", "LinearAlgebra", "Workers"],
      swiftSettings: library),
    .target(
      name: "Fusion", dependencies: ["Formats", "LinearAlgebra", "TextEncoders", "Workers"],
      swiftSettings: library),
    .target(
      name: "Building", dependencies: ["Formats", "Fusion", "TextEncoders", "Workers"],
      swiftSettings: library),
    .target(
      name: "Recipes",
      dependencies: [
        "Formats", "Fusion", "TextEncoders", .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: library),
    .target(
      name: "Reports", dependencies: ["Formats", "Fusion", "TextEncoders"], swiftSettings: library),
    .executableTarget(
      name: "lorac",
      dependencies: [
        "Building", "CSystem", "Formats", "Fusion", "LinearAlgebra", "Recipes", "Reports",
        "TextEncoders",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "lorac-fuzz",
      dependencies: [
        "Formats", "Fusion", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .testTarget(name: "FormatsTests", dependencies: ["Formats"], swiftSettings: settings),
    .testTarget(
      name: "LinearAlgebraTests", dependencies: ["LinearAlgebra"], swiftSettings: settings),
    .testTarget(
      name: "TextEncodersTests", dependencies: ["TextEncoders", "Formats"],
      exclude: ["Fixtures"], swiftSettings: settings),
    .testTarget(
      name: "FusionTests", dependencies: ["Fusion", "Formats", "LinearAlgebra", "TextEncoders"],
      exclude: ["Fixtures"], swiftSettings: settings),
    .testTarget(
      name: "BuildingTests", dependencies: ["Building", "Formats"], swiftSettings: settings),
    .testTarget(
      name: "RecipesTests", dependencies: ["Recipes", "Fusion", "Formats", "TextEncoders"],
      exclude: ["Fixtures"], swiftSettings: settings),
    .testTarget(
      name: "ReportsTests", dependencies: ["Reports", "Formats", "Fusion", "LinearAlgebra"],
      swiftSettings: settings),
    .testTarget(
      name: "loracTests", dependencies: ["Formats", "LinearAlgebra", "TextEncoders", "Fusion"],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
