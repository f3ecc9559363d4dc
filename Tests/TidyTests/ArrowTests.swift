import Foundation
import Testing

/// The arrows between rooms as Package.swift draws them, read as text: `room("Name", ["Other", product])` and its kin.
struct Manifest {
    /// Per target, the names it may import: its own targets and the modules of the products it lists.
    var allowed: [String: Set<String>] = [:]
    var ours: Set<String> = []

    /// Modules that arrive with a product besides the one of its name.
    static let modulesOfProduct = [
        "Hummingbird": ["HummingbirdCore"], "NIOCore": [], "ServiceLifecycle": ["UnixSignals"],
    ]

    init(_ text: String) {
        var products: [Substring: String] = [:]
        for match in text.matches(of: /let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/) {
            products[match.1] = String(match.2)
        }
        for match in text.matches(of: /(?:room|suite|tool)\(\s*"(\w+)"(?:,\s*\[([^\]]*)\])?\s*\)/) {
            let name = String(match.1)
            var names: Set<String> = []
            for entry in (match.2 ?? "").split(separator: ",") {
                let word = entry.trimmingCharacters(in: .whitespacesAndNewlines)
                if word.hasPrefix("\"") {
                    names.insert(word.trimmingCharacters(in: CharacterSet(charactersIn: "\"")))
                } else if let product = products[Substring(word)] {
                    names.insert(product)
                    names.formUnion(Self.modulesOfProduct[product] ?? [])
                }
            }
            allowed[name] = names
        }
        for match in text.matches(of: /name: "(\w+)",\s*dependencies: \[([^\]]*)\],\s*path: "Tests\/Support"/) {
            let names = match.2.split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \n\"")) }
            allowed[String(match.1)] = Set(names)
        }
        ours = Set(allowed.keys)
    }
}

/// A module named by an import statement, with its line.
func importedModules(_ text: String) -> [(line: Int, module: String)] {
    let attributes = /^\s*(?:@\w+(?:\([^)]*\))?\s+)*/
    let statement =
        /(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var)\s+)?(\w+)/
    return codeLines(text).enumerated().compactMap { index, line in
        line.trimmingPrefix(attributes).prefixMatch(of: statement).map { (index + 1, String($0.1)) }
    }
}

@Suite("Imports follow the arrows of Package.swift")
struct ArrowTests {
    /// What the toolchain and the system bring.
    static let system: Set<String> = ["Swift", "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Dispatch"]
    static let systemOfTests: Set<String> = ["Testing"]

    let repository = Repository.here
    let manifest: Manifest

    init() throws { manifest = Manifest(try Repository.here.text("Package.swift")) }

    @Test("The manifest is understood: every folder below Sources is a target whose arrows are known")
    func everyFolderIsATarget() throws {
        let folders = Set(repository.sources.compactMap { $0.split(separator: "/").dropFirst().first.map(String.init) })
        #expect(folders.count >= 12)
        for folder in folders.sorted() where folder != "CLinux" {
            #expect(manifest.allowed[folder] != nil, "Sources/\(folder) has no room() or tool() line in Package.swift")
        }
        #expect(manifest.allowed["Model"] == ["CPCRE2"])
    }

    @Test("No file imports a module that its target does not list")
    func noOtherArrow() throws {
        for path in repository.sources + repository.tests {
            let parts = path.split(separator: "/").map(String.init)
            let (isTest, target) = (parts[0] == "Tests", parts[1])
            guard let allowed = manifest.allowed[target] else { continue }
            for (line, module) in importedModules(try repository.text(path)) {
                let isFine =
                    allowed.contains(module) || Self.system.contains(module)
                    || (isTest && Self.systemOfTests.contains(module))
                let advice =
                    manifest.ours.contains(module)
                    ? "\(target) may import only \(allowed.sorted()); pass the value or a closure in from a room that may"
                    : "add the product to \(target) in Package.swift if the room is where that library belongs"
                #expect(isFine, "\(path):\(line): imports \(module). Instead: \(advice)")
            }
        }
    }

    @Test("Nobody imports the keeper's room but the programs and tests")
    func engineIsImportedByMainOnly() throws {
        for (target, allowed) in manifest.allowed where allowed.contains("Engine") && !target.hasSuffix("Tests") {
            #expect(
                ["monitord", "monitordctl", "bench"].contains(target), "\(target) lists Engine; post through EventSink instead")
        }
    }

    @Test(
        "Import statements are read in every form",
        arguments: [
            ("import Model", ["Model"]),
            ("package import Settings  // why", ["Settings"]),
            ("@testable import Alerting", ["Alerting"]),
            ("@_spi(X) internal import struct Foundation.Date", ["Foundation"]),
            ("// import Ledger\nlet a = \"import Server\"", []),
            ("import A\nimport B", ["A", "B"]),
        ])
    func importForms(text: String, modules: [String]) {
        #expect(importedModules(text).map(\.module) == modules)
    }
}
