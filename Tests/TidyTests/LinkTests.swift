import Foundation
import Testing

@Suite("Documentation")
struct LinkTests {
    let repository = Repository.here

    var pages: [String] {
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"] + repository.files(under: "docs", suffixes: [".md"])
    }

    @Test("Every relative link leads to a file that exists")
    func relativeLinks() throws {
        for page in pages {
            let folder = page.split(separator: "/").dropLast().map(String.init)
            for (index, line) in try repository.lines(page).enumerated() {
                for match in line.matches(of: /\]\(([^)\s]+)\)/) {
                    let link = String(match.1)
                    if link.hasPrefix("http://") || link.hasPrefix("https://") || link.hasPrefix("mailto:") { continue }
                    let file = link.split(separator: "#", omittingEmptySubsequences: false)[0]
                    if file.isEmpty { continue }
                    var parts = folder
                    for part in file.split(separator: "/") {
                        if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(String(part)) }
                    }
                    let path = parts.joined(separator: "/")
                    #expect(
                        repository.exists(path), "\(page):\(index + 1): \(link) leads nowhere; mend the link or write \(path)")
                }
            }
        }
    }

    @Test("Every page of docs is reachable from its index")
    func indexIsComplete() throws {
        let index = try repository.text("docs/README.md")
        for page in repository.files(under: "docs", suffixes: [".md"]) where page != "docs/README.md" {
            let link = page.dropFirst("docs/".count)
            #expect(index.contains("](\(link))"), "docs/README.md: add a line for \(link)")
        }
    }

    @Test("The commands the README shows are targets of the Makefile")
    func readmeCommands() throws {
        let makefile = try repository.text("Makefile")
        for match in try repository.text("README.md").matches(of: /\bmake ([a-z]+)\b/) {
            #expect(makefile.contains("\n\(match.1):"), "README.md shows `make \(match.1)`, which the Makefile does not know")
        }
    }
}
