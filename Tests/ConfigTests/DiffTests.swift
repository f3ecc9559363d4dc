import Config
import Model
import Testing

@Suite("A reload") struct DiffTests {
    private func configuration(_ probes: String, token: String = "one") throws -> DaemonConfiguration {
        var files = MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": probes])
        files.environment["TOKEN"] = token
        return try files.read().get()
    }

    private static let old = """
        probes:
          - {name: same, http: {url: "http://127.0.0.1/"}}
          - {name: slower, every: 30s, http: {url: "http://127.0.0.1/"}}
          - {name: moved, http: {url: "http://127.0.0.1/"}}
          - {name: stricter, http: {url: "http://127.0.0.1/", expect: {status: 200}}}
          - {name: gone, http: {url: "http://127.0.0.1/"}}
          - {name: secret, http: {url: "http://127.0.0.1/", headers: {X: {env: TOKEN}}}}
        """
    private static let new = """
        # A comment and another order are no change.
        probes:
          - {name: added, http: {url: "http://127.0.0.1/"}}
          - {name: slower, every: 40s, http: {url: "http://127.0.0.1/"}}
          - {name: moved, http: {url: "http://127.0.0.1/there"}}
          - {name: stricter, http: {url: "http://127.0.0.1/", expect: {status: 204}}}
          - {name: secret, http: {url: "http://127.0.0.1/", headers: {X: {env: TOKEN}}}}
          - name: same
            http: {url: 'http://127.0.0.1/'}
        """

    @Test("says which probes stay, come, change and go, and which begin anew") func diff() throws {
        let diff = ConfigurationDiff.between(try configuration(Self.old), try configuration(Self.new))
        #expect(diff.kept == ["secret", "same"])
        #expect(diff.added == ["added"])
        #expect(diff.changed == ["slower", "moved", "stricter"])
        #expect(diff.removed == ["gone"])
        #expect(diff.restarted == ["moved"])
        #expect(diff.summary == "1 added, 3 changed, 1 removed, 2 kept")
    }

    @Test("notices that a secret has another value") func secrets() throws {
        let diff = ConfigurationDiff.between(try configuration(Self.old), try configuration(Self.old, token: "two"))
        #expect(diff.changed == ["secret"])
        #expect(diff.restarted == [])
    }
}
