// swift-tools-version: 6.2

import PackageDescription

/// Strict everywhere: Swift 6 mode (implied by the tools version), no implicit existentials, every import named and internal,
/// and a warning is an error. The settings stand once; every target of ours uses them.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func suite(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func tool(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

// The rooms and who may import whom. No other arrow: TidyTests reads the imports and compares them with this list.
var targets: [Target] = [
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .target(name: "CLinux"),

    room("Model", ["CPCRE2"]),
    room("TimeSeries", ["Model"]),
    room("Settings", ["Model", yams]),
    room("Ledger", ["Model", "TimeSeries", grdb, sqlite]),
    room("Transfer", ["Model", "CCurl", "CLinux"]),
    room("Probes", ["Model", "Settings", "COpenSSL", "CPostgres", sqlite]),
    room("Alerting", ["Model", "Settings", "TimeSeries", "COpenSSL", heap, mustache]),
    room("Delivery", ["Model", "Alerting", "Transfer"]),
    room("Scheduler", ["Model", "Transfer", heap]),
    room("Config", ["Model", "Settings", "Probes", "Alerting", "Scheduler"]),
    room("Rehearsal", ["Model", "Settings", "Config", "Alerting"]),
    room(
        "Engine",
        ["Model", "Config", "Delivery", "Ledger", "Alerting", "Probes", "Scheduler", "Settings", "Transfer", "CLinux"]),
    room("Server", ["Model", "CLinux", hummingbird, hummingbirdCore, nioCore, nioHTTPTypes, httpTypes, lifecycle, log]),
    tool("monitord", ["Model", "Config", "Engine", "Server", "Transfer", "CLinux", arguments, lifecycle, signals]),
    tool("monitordctl", ["Model", "Config", "Engine", "Ledger", "Rehearsal", "Settings", "Transfer", arguments]),
    room("Simulation", ["Model", "Settings", "Alerting", "Ledger", heap]),
    tool("sim", ["Model", "Alerting", "Simulation"]),
    tool("bench", ["Model", "TimeSeries", "Alerting", "Ledger", "Transfer", "CCurl", "CLinux", sqlite]),

    .target(
        name: "Support", dependencies: ["Model"], path: "Tests/Support",
        exclude: ["receivers", "oncall_oracle.py", "alertmanager_oracle.py"],
        swiftSettings: strict),
    suite("ModelTests", ["Model", "Support"]),
    suite("TimeSeriesTests", ["Model", "TimeSeries"]),
    suite("SettingsTests", ["Model", "Settings"]),
    suite("LedgerTests", ["Model", "Ledger", "Support", sqlite]),
    suite("TransferTests", ["Model", "Transfer", "Support"]),
    suite("ProbesTests", ["Model", "Settings", "Transfer", "Probes", "Support"]),
    suite("AlertingTests", ["Model", "Settings", "TimeSeries", "Alerting", "Support"], exclude: ["Golden"]),
    suite("DeliveryTests", ["Model", "Settings", "Alerting", "Delivery", "Transfer", "Support"]),
    suite("SchedulerTests", ["Model", "Scheduler", "Support"]),
    suite("ConfigTests", ["Model", "Settings", "Config", "Alerting", "Probes", "Support"]),
    suite("RehearsalTests", ["Model", "Settings", "Config", "Rehearsal", "Support"]),
    suite("EngineTests", ["Model", "Alerting", "Config", "Engine", "Ledger", "Scheduler", "Settings", "Transfer", "Support"]),
    suite("ServerTests", ["Model", "Server", "Support"]),
    suite("monitordctlTests", ["Model", "Rehearsal", "Server", "Support", "monitordctl", arguments]),
    suite("SimulationTests", ["Model", "Alerting", "Simulation", "Support"]),
    suite("TidyTests"),
]

// While working inside one room, `ROOMS=TimeSeries,TimeSeriesTests swift build --build-tests` builds only that room, its tests and
// what they need, so that a change there does not wait for the web server's libraries.
if let only = Context.environment["ROOMS"], !only.isEmpty {
    var wanted = Set(only.split(separator: ",").map(String.init))
    var grew = true
    while grew {
        let needed = targets.filter { wanted.contains($0.name) }.flatMap { target in
            target.dependencies.compactMap { dependency -> String? in
                switch dependency {
                case .byNameItem(let name, _), .targetItem(let name, _): name
                default: nil
                }
            }
        }
        let before = wanted.count
        wanted.formUnion(needed)
        grew = wanted.count > before
    }
    targets = targets.filter { wanted.contains($0.name) }
}

let package = Package(
    name: "monitord",
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.20.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: targets
)
