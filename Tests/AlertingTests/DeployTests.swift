import Alerting
import Model
import Testing

@Suite("Deploys: marks of what was put into service")
struct DeployTests {
    private static func world() -> World {
        World(
            World.configuration(
                probes: ["api", "db"],
                labels: ["api": ["service": "api", "environment": "production"], "db": ["service": "db"]]))
    }

    @Test("a deploy is stored, recorded and answered with what it concerns")
    func done() throws {
        var world = Self.world()
        let asked = world.command(
            .deploy(DeployRequest(version: " 4.2\n", labels: ["service": "api"], comment: "hotfix")), id: "d1")
        let reply = try #require(asked)
        let deploy = try #require(world.deploys.first)
        #expect(reply.status == .done)
        #expect(reply.message == "deploy \(deploy.id): 4.2 of api")
        #expect(reply.details == ["concerns 1 probe: api"])
        #expect(reply.deploy == deploy)
        #expect((deploy.version, deploy.comment, deploy.author, deploy.at) == ("4.2", "hotfix", "ada", World.start))
        #expect(
            world.records.suffix(2) == [
                "deployed 4.2 of api, by ada: hotfix",
                "ada (uid 1000, pid 1): deploy  4.2? service=api: hotfix: done: \(reply.message)",
            ])
        #expect(
            world.command(.deploy(DeployRequest(version: " 4.2\n", labels: ["service": "api"], comment: "hotfix")), id: "d1")
                == reply)
        #expect(world.deploys.count == 1, "the same id is carried out once")
        world.crashAndRestart()
        #expect(world.state.shownDeploys() == [deploy])
        #expect(world.state.everything().deploys == [deploy])
    }

    @Test("the newest deploy is shown first, and those of a month ago are forgotten")
    func order() {
        var world = Self.world()
        _ = world.command(.deploy(DeployRequest(version: "1")))
        world.pass(Stored.deploysKept - .seconds(1))
        _ = world.command(.deploy(DeployRequest(version: "2")))
        #expect(world.state.shownDeploys().map(\.version) == ["2", "1"])
        world.pass(.seconds(2))
        _ = world.command(.deploy(DeployRequest(version: "3")))
        #expect(world.state.shownDeploys().map(\.version) == ["3", "2"])
    }

    @Test("a pipeline in a loop does not fill the memory")
    func many() {
        var world = Self.world()
        for number in 1...Deploy.maximum + 2 { _ = world.command(.deploy(DeployRequest(version: "\(number)"))) }
        #expect(world.state.shownDeploys().count == Deploy.maximum)
        #expect(world.state.shownDeploys().first?.version == "1002")
        #expect(world.state.shownDeploys().last?.version == "3")
    }

    static let refusals: [(why: String, request: DeployRequest, message: String)] = [
        (
            "no version", DeployRequest(version: " \t"),
            "a deploy needs a version: say what was put into service, such as 4.2 or a commit"
        ),
        (
            "a version without end", DeployRequest(version: String(repeating: "4", count: 201)),
            "the version of a deploy has at most 200 characters, and its comment 1000"
        ),
        (
            "a comment without end", DeployRequest(version: "4", comment: String(repeating: "4", count: 1001)),
            "the version of a deploy has at most 200 characters, and its comment 1000"
        ),
        (
            "a label without a value", DeployRequest(version: "4", labels: ["service": ""]),
            "a deploy has at most 32 labels, each with a value, such as service=api"
        ),
    ]

    @Test("what is no deploy is refused, and leaves no mark", arguments: refusals)
    func refused(row: (why: String, request: DeployRequest, message: String)) {
        var world = Self.world()
        let reply = world.command(.deploy(row.request))
        #expect(reply?.status == .refused, "\(row.why)")
        #expect(reply?.message == row.message)
        #expect(world.deploys.isEmpty && world.state.shownDeploys().isEmpty)
    }

    static let warnings: [(labels: Labels, details: [String])] = [
        (["service": "api", "environment": "production"], ["concerns 1 probe: api"]),
        ([:], ["concerns 2 probes: api, db"]),
        (["probe": "db"], ["concerns 1 probe: db"]),
        (
            ["service": "apy"],
            [#"warning: no message will name this deploy: no probe has service=apy; did you mean "api"?"#]
        ),
        (
            ["servce": "api"],
            [#"warning: no message will name this deploy: no probe has a label servce; did you mean "service"?"#]
        ),
        (["probe": "dbb"], [#"warning: no message will name this deploy: there is no probe dbb; did you mean "db"?"#]),
        (
            ["service": "db", "environment": "production"],
            ["warning: no message will name this deploy: no probe has all of these labels"]
        ),
    ]

    @Test("the answer says what a deploy concerns, and warns where that is nothing", arguments: warnings)
    func reach(row: (labels: Labels, details: [String])) {
        var world = Self.world()
        let reply = world.command(.deploy(DeployRequest(version: "4", labels: row.labels)))
        #expect(reply?.status == .done)
        #expect(reply?.details == row.details)
    }
}
