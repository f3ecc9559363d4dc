import Foundation
import Model
import Support
import Testing

@testable import Server

@Suite struct StatusPageTests {
    private func page(_ snapshot: Snapshot) -> String {
        String(decoding: StatusPage.html(snapshot, nonce: "n0"), as: UTF8.self)
    }

    @Test func deploysOfTheDayStandOnThePage() {
        func deploy(_ version: String, hours: Double, comment: String = "") -> Deploy {
            Deploy(
                id: version, at: Example.now - .seconds(Int64(hours * 3600)), labels: ["service": "api"], version: version,
                comment: comment, author: "ada")
        }
        let deploys = [deploy("4.2", hours: 0.2, comment: "<hot> fix"), deploy("4.1", hours: 25)]
        let page = String(decoding: StatusPage.html(Example.snapshot, deploys: deploys, nonce: "n0"), as: UTF8.self)
        #expect(page.contains("<h2>Deployed today</h2>\n<ul>\n<li>4.2 of api by ada, 12m ago: &lt;hot&gt; fix</li>\n</ul>\n"))
        #expect(!page.contains("4.1"))
    }

    @Test func thePageShowsWhatIsWrongFirst() throws {
        let text = page(Example.snapshot)
        #expect(text.contains("<title>1 critical – ops-1</title>"))
        let order = try ["api-health", "site-certificate", "retail-quality", "new-one", "warehouse"].map { name in
            try #require(text.range(of: "<th scope=\"row\">\(name)<")).lowerBound
        }
        #expect(order == order.sorted())
        #expect(text.contains("critical: api-health is failing"))
        #expect(text.contains("open for 4m12s; not acknowledged; told: slack-devops"))
        #expect(text.contains("2 messages not delivered yet, the oldest for 1m35s."))
        #expect(text.contains("Failed 4 times in a row: the status is 503, expected 200."))
        #expect(text.contains("132ms (n 120)"))
    }

    @Test func nothingOnThePageRunsOrComesFromElsewhere() {
        let text = page(Example.snapshot)
        for word in ["<script", "javascript:", "onclick", "http://", "https://", "<img", "@import", "url("] {
            #expect(!text.contains(word), "\(word)")
        }
    }

    @Test func hostileTextIsShownAndNotObeyed() {
        var probe = Example.api
        probe.name = Example.hostile
        probe.rules = [Example.rule("failing", .critical, reason: Example.hostile)]
        var incident = Example.incident
        incident.title = Example.hostile
        incident.told = [Example.hostile]
        incident.ackedBy = Example.hostile
        var daemon = Example.daemon
        daemon.storageOK = false
        daemon.storageProblem = Example.hostile
        let text = page(
            Snapshot(node: Example.hostile, time: Example.now, probes: [probe], incidents: [incident], daemon: daemon))
        #expect(!text.contains("<script"))
        #expect(!text.contains(Example.hostile))
        #expect(text.contains("a&quot;b\\c\nd&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;e"))
    }

    @Test func anEmptyDaemonHasAPageToo() {
        let text = page(
            Snapshot(
                node: "ops-1", time: Example.now, probes: [], incidents: [],
                daemon: Snapshot.Daemon(version: "0.1.0", startedAt: Example.now)))
        #expect(text.contains("No probes are configured"))
        #expect(text.contains("<p>None.</p>"))
    }

    @Test func thePageOfTheExampleIsAsRecorded() throws {
        #expect(
            try Golden.difference(
                String(decoding: StatusPage.html(Example.snapshot, nonce: "n0"), as: UTF8.self), "status.html") == nil)
    }
}
