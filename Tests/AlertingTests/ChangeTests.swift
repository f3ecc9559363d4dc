import Model
import Settings
import Testing

@testable import Alerting

@Suite("Changes made on purpose are told where they are shown beside incidents")
struct ChangeTests {
    private static func world() -> World {
        var changes = LineChannel.pager
        changes.refuses.remove(.change)
        var configuration = World.configuration(channels: ["pager": changes, "chat": LineChannel()])
        configuration.maintenance = [
            MaintenanceWindow(
                name: "backup", matchers: [Matcher("probe", equals: "api")],
                plan: .recurring(cron("0 9 * * *"), .seconds(600), zone: .utc))
        ]
        return World(configuration)
    }

    @Test(
        "a window begins and ends: each is told once, also where the daemon was down then; one that it slept through is no news"
    )
    func windows() {
        for downtime in [Duration.seconds(5), .seconds(500), .seconds(1000)] {
            var world = ChangeTests.world()
            world.crashAndRestart(after: downtime)
            world.pass(.seconds(1100))
            world.crashAndRestart()
            world.pass(.seconds(60))
            let told = world.received.map { $0.drop { $0 != " " } }
            let begins = " pager: change maintenance backup begins, until 2025-10-09T09:10:00Z warning page 1 firing 0"
            let ends = " pager: change maintenance backup is over warning page 1 firing 0"
            #expect(told == (downtime < .seconds(1000) ? [begins[...], ends[...]] : []), "down for \(downtime.short)")
        }
    }

    @Test("maintenance by hand, a deploy and a reload")
    func byHand() {
        var world = ChangeTests.world()
        let request = SilenceRequest(
            kind: .maintenance, matchers: [[Matcher("probe", equals: "api")]], end: .after(.seconds(100)), comment: "disk")
        _ = world.command(.addSilence(request), id: "a")
        world.pass(.seconds(200))
        _ = world.command(.deploy(DeployRequest(version: "4.2", labels: [:], comment: "hotfix")), id: "b")
        world.pass(.seconds(1))
        let (decision, _) = world.state.reconfigure(
            to: ChangeTests.world().state.configuration, note: "reloaded by ada: 1 probe added", now: world.now.wall)
        world.take(decision)
        world.pass(.seconds(1))
        #expect(
            world.received == [
                "0s pager: change maintenance of probe=\"api\" by ada begins, until 2025-10-09T08:55:00Z: disk warning page 1 firing 0",
                "100s pager: change maintenance of probe=\"api\" by ada is over warning page 1 firing 0",
                "200s pager: change deployed 4.2, by ada: hotfix warning page 1 firing 0",
                "201s pager: change configuration reloaded by ada: 1 probe added warning page 1 firing 0",
            ])
    }

    @Test("an incident of which a change tells nothing is paged as ever")
    func beside() {
        var world = ChangeTests.world()
        world.fail()
        #expect(world.received == ["0s chat: trigger api failing critical page 1 firing 1"])
    }
}
