// swift-tools-version: 6.2
import PackageDescription

// Layers: main -> adapter -> pure core -> TelephonyModel/BusContract (ARCHITECTURE.md has the map).
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
let realTime: [SwiftSetting] = strict + [.enableExperimentalFeature("Lifetimes")]

func module(
    _ name: String, _ path: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil,
    exclude: [String] = [], settings: [SwiftSetting] = strict
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path, exclude: exclude, resources: resources,
        swiftSettings: settings)
}

func service(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil)
    -> Target
{
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, resources: resources,
        swiftSettings: strict)
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")

/// What every service's main needs.
let house: [Target.Dependency] = [
    "TelephonyModel", "BusContract", "BusClient", "ServiceKit", arguments, logging, lifecycle,
]

let shared: [Target] = [
    module("TelephonyModel", "Shared/TelephonyModel"),
    module("BusContract", "Shared/BusContract", ["TelephonyModel"]),
    module("CallRules", "Shared/CallRules", ["TelephonyModel", "BusContract"]),
    module("IdentityProfiles", "Shared/IdentityProfiles", ["TelephonyModel", "BusContract"]),
    .systemLibrary(name: "CRabbitMQ", path: "Shared/CRabbitMQ", pkgConfig: "librabbitmq"),
    module("BusClient", "Shared/BusClient", ["BusContract", "TelephonyModel", "CRabbitMQ", logging]),
    .systemLibrary(name: "CLibPQ", path: "Shared/CLibPQ", pkgConfig: "libpq"),
    module("Postgres", "Shared/Postgres", ["CLibPQ", logging]),
    .target(
        name: "CPhoneNumber", path: "Shared/CPhoneNumber",
        linkerSettings: [.linkedLibrary("phonenumber"), .linkedLibrary("stdc++")]),
    module("PhoneNumbers", "Shared/PhoneNumbers", ["CPhoneNumber", "BusContract", "TelephonyModel"]),
    .systemLibrary(name: "CMalloc", path: "Shared/CMalloc"),
    module(
        "ServiceKit", "Shared/ServiceKit",
        ["BusContract", "BusClient", "TelephonyModel", "CMalloc", arguments, configuration, logging, lifecycle]),
]

let signaling: [Target] = [
    module("SDP", "Services/signaling/SDP", ["TelephonyModel"]),
    module("CallControl", "Services/signaling/CallControl", ["TelephonyModel", "BusContract"]),
    module("SeatStore", "Services/signaling/SeatStore", ["TelephonyModel", "BusContract"]),
    .systemLibrary(name: "CSofiaLibrary", path: "Services/signaling/CSofiaLibrary", pkgConfig: "sofia-sip-ua"),
    .target(
        name: "CSofiaSIP", dependencies: ["CSofiaLibrary"], path: "Services/signaling/CSofiaSIP",
        linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
    module("TrunkControl", "Services/signaling/TrunkControl", ["TelephonyModel", "BusContract"]),
    module("SIPStack", "Services/signaling/SIPStack", ["CSofiaSIP", "TelephonyModel", logging]),
    service(
        "rufbus-signaling", "Services/signaling/signaling",
        house + ["CallControl", "CallRules", "IdentityProfiles", "SDP", "SIPStack", "TrunkControl"]),
]

let media: [Target] = [
    module("RTP", "Services/media/RTP", settings: realTime),
    module("AudioKernel", "Services/media/AudioKernel", ["TelephonyModel"], settings: realTime),
    .systemLibrary(name: "CSpanDSP", path: "Services/media/CSpanDSP", pkgConfig: "spandsp"),
    module("Codecs", "Services/media/Codecs", ["CSpanDSP", "AudioKernel", "TelephonyModel"]),
    .target(name: "CMediaIO", path: "Services/media/CMediaIO"),
    module("MediaControl", "Services/media/MediaControl", ["TelephonyModel", "BusContract"]),
    module(
        "MediaEngine", "Services/media/MediaEngine",
        ["RTP", "AudioKernel", "Codecs", "CMediaIO", "TelephonyModel", "BusContract", logging], settings: realTime),
    service(
        "rufbus-media", "Services/media/media",
        house + ["MediaControl", "MediaEngine", "Codecs", "AudioKernel", configuration]),
]

let presence: [Target] = [
    module(
        "PresenceCore", "Services/presence/PresenceCore",
        ["TelephonyModel", "BusContract", "CallRules", "IdentityProfiles"]),
    .systemLibrary(name: "CCrypt", path: "Services/presence/CCrypt", pkgConfig: "libxcrypt"),
    service(
        "rufbus-presence", "Services/presence/presence",
        house + ["PresenceCore", "Postgres", "CCrypt", "PhoneNumbers", yams]),
]

let journal: [Target] = [
    module("JournalCore", "Services/journal/JournalCore", ["TelephonyModel", "BusContract"]),
    service("rufbus-journal", "Services/journal/journal", house + ["JournalCore", "Postgres"]),
]

let cti: [Target] = [
    module(
        "CTIGateway", "Services/cti/API",
        ["TelephonyModel", "BusContract", "CallRules", hummingbird, nioCore, httpTypes, logging, lifecycle]),
    service("rufbus-cti", "Services/cti/cti", house + ["CTIGateway", "PhoneNumbers", hummingbird]),
    service("rufbus", "Services/cti/rufbus", ["TelephonyModel", "BusContract", arguments]),
]

let tap: [Target] = [
    module("Ladder", "Services/tap/Ladder", ["TelephonyModel", "BusContract"]),
    service("rufbus-tap", "Services/tap/tap", house + ["Ladder"]),
]

let local: [Target] = [
    // The private servers and phones that tests and `make run` share.
    module("LocalHouse", "deploy/local/LocalHouse", ["TelephonyModel", "BusContract"]),
    service("rufbus-local", "deploy/local/run", ["LocalHouse", "TelephonyModel", "BusContract", arguments]),
    // Writes the files that are generated from BusContract (broker definitions, documents of the bus).
    service("rufbus-generate", "deploy/generate", ["BusContract", "TelephonyModel", arguments, yams]),
]

let suites: [Target] = [
    // What tests of several targets share.
    module("TestSupport", "Tests/TestSupport"),
    tests("BusContractTests", ["BusContract", "TelephonyModel", "rufbus-generate", yams]),
    tests("CallRulesTests", ["CallRules", "BusContract", "TelephonyModel"]),
    tests("IdentityProfilesTests", ["IdentityProfiles", "BusContract", "TelephonyModel"]),
    tests("PhoneNumbersTests", ["PhoneNumbers", "BusContract", "TelephonyModel"]),
    tests("BusClientTests", ["BusClient", "BusContract", "TelephonyModel", "TestSupport"]),
    tests("PostgresRulesTests", ["Postgres"]),
    tests("ServiceKitTests", ["ServiceKit", "BusContract", "TelephonyModel", arguments, logging]),
    tests("SDPTests", ["SDP", "TelephonyModel"]),
    tests("SeatStoreTests", ["SeatStore", "JournalCore", "BusContract", "TelephonyModel", "TestSupport"]),
    tests("TrunkControlTests", ["TrunkControl", "BusContract", "TelephonyModel"]),
    tests("CallControlTests", ["CallControl", "BusContract", "TelephonyModel"]),
    tests("RTPTests", ["RTP", "TestSupport"]),
    tests("AudioKernelTests", ["AudioKernel", "Codecs", "TelephonyModel"]),
    tests("MediaControlTests", ["MediaControl", "BusContract", "TelephonyModel", "TestSupport"]),
    tests(
        "PresenceCoreTests",
        [
            "PresenceCore", "IdentityProfiles", "LocalHouse", "BusContract", "TelephonyModel", "rufbus-presence",
            "TestSupport",
        ]),
    tests("JournalCoreTests", ["JournalCore", "BusContract", "TelephonyModel", "TestSupport"]),
    tests(
        "CTIGatewayTests",
        [
            "CTIGateway", "BusContract", "TelephonyModel", hummingbird, httpTypes, nioCore, nioEmbedded, logging,
            lifecycle,
        ]),
    tests("LadderTests", ["Ladder", "BusContract", "TelephonyModel"]),
    tests("TidyTests", []),
    // Fuzzing of SIP and SDP: `make fuzz` drives it by libFuzzer, the integration tests in short.
    .target(name: "CFuzzDoor", dependencies: ["CSofiaSIP", "CSofiaLibrary"], path: "Tests/Fuzz/Door"),
    module(
        "FuzzTarget", "Tests/Fuzz/Target",
        ["CFuzzDoor", "CSofiaSIP", "SIPStack", "SDP", "TelephonyModel", "TestSupport", logging]),
    service("rufbus-fuzz", "Tests/Fuzz/Run", ["FuzzTarget", "CFuzzDoor"]),
    // Faults while events flow: rows for `make chaos` and for the integration tests, and the publishers that they kill.
    module(
        "ChaosHarness", "Tests/Chaos/Harness",
        ["LocalHouse", "BusClient", "BusContract", "TelephonyModel", "TestSupport", logging]),
    service("rufbus-chaos", "Tests/Chaos/Run", ["ChaosHarness", arguments]),
    // Models of phones, trunk, media, lines and journal around a seat; the benches replay what it was told.
    module(
        "Simulator", "Tests/Simulation/World",
        ["CallControl", "JournalCore", "BusContract", "TelephonyModel", "TestSupport"]),
    tests("Simulation", ["Simulator", "CallControl", "TelephonyModel"], exclude: ["World"]),
    tests(
        "Integration",
        [
            "LocalHouse", "BusContract", "BusClient", "Postgres", "TelephonyModel", "SIPStack", "MediaEngine", "Codecs",
            "SeatStore",
            "AudioKernel", "RTP", "ServiceKit", "PresenceCore", "rufbus-presence", "JournalCore",
            "rufbus-journal", "ChaosHarness", "rufbus-chaos",
            "TestSupport", "FuzzTarget", "CRabbitMQ", logging,
        ], exclude: ["scenarios"]),
    tests(
        "EndToEnd", ["LocalHouse", "BusContract", "BusClient", "TelephonyModel", "Codecs", "AudioKernel", logging]),
    // Bare loops over librabbitmq and libpq: what the same work costs without our clients.
    .target(name: "CBenchPeers", dependencies: ["CRabbitMQ", "CLibPQ"], path: "Tests/Benchmarks/Peers"),
    .executableTarget(
        name: "rufbus-bench",
        dependencies: [
            "LocalHouse", "BusContract", "BusClient", "TelephonyModel", "ChaosHarness", "CBenchPeers", "CMalloc",
            "CallControl", "Simulator", arguments, logging,
        ],
        path: "Tests/Benchmarks", exclude: ["scenarios", "Peers"], swiftSettings: strict),
]

let package = Package(
    name: "rufbus",
    platforms: [.macOS(.v26)],  // Names a floor for the toolchain's availability checks; Rufbus runs on Linux.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: shared + signaling + media + presence + journal + cti + tap + local + suites)
