import Alerting
import Config
import Model
import Settings
import Testing

@Suite("Probes that give no results") struct NoDataTests {
    private static func read(_ main: String, _ dependency: String) throws -> Set<String> {
        let probes = """
            probes:
              - {name: gateway, http: {url: 'http://gateway/'}}
              - {name: web, depends_on: [\(dependency)], http: {url: 'http://web/'}}

            """
        let files = MemoryFiles(files: ["monitord.yaml": goodMain + main, "probes.d/a.yaml": probes])
        return try #require(try files.read().get().alerting.probes.last).noDataBlocks
    }

    @Test("hold what depends on them where that is asked for, of one dependency or of all") func blocks() throws {
        #expect(try Self.read("", "gateway") == [])
        #expect(try Self.read("", "{probe: gateway, nodata_blocks: true}") == ["gateway"])
        #expect(try Self.read("nodata_blocks: true\n", "gateway") == ["gateway"])
        #expect(try Self.read("nodata_blocks: true\n", "{probe: gateway, nodata_blocks: false}") == [])
    }

    static let refused: [WrittenLine] = [
        WrittenLine(
            "a dependency that holds a text",
            "probes: [{name: a, http: {url: 'http://a/'}}, {name: b, depends_on: [{probe: a, nodata_blocks: always}], "
                + "http: {url: 'http://b/'}}]",
            #"1:96: nodata_blocks: expected true or false, got "always""#),
        WrittenLine(
            "a rule that has the name of the alert for missing results",
            "probes: [{name: a, rules: [{name: no-data, critical: failed}], http: {url: 'http://a/'}}]",
            "1:35: the name no-data is reserved: a probe that gives no results has an alert of it, without a rule"),
    ]

    @Test("with one mistake are refused with one exact line", arguments: refused)
    func refusal(_ row: WrittenLine) { #expect(row.refusalOfProbes() == ["probes.d/a.yaml:" + row.message]) }
}
