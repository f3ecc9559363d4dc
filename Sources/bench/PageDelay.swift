/// From a failing reply to the page about it: the daemon reads the reply, decides, commits, and POSTs.
enum PageDelay {
    static let transitions = 200
    /// So many channels that none of them holds its pages back: each has at most three, which its burst lets through at once and
    /// which are no storm.
    static let channels = 80
    static let allowed = 0.01

    static func run(_ site: Site) throws -> [Figure] {
        let receiver = try Receiver(site)
        let daemon = try RunningDaemon(
            site, "pages", main: routing(receiver.address), defaults: "defaults: {every: 10s, timeout: 5s}",
            probes: (0..<transitions).map { probe($0, receiver.address) })
        defer { daemon.child.end() }
        for _ in 0..<80 where receiver.delays.count < transitions { site.wait(0.25) }
        let delays = Times(receiver.delays)
        daemon.child.end()
        let web = try Web()
        let page = receiver.page
        let bare = site.times(transitions) { _ in _ = web.post(receiver.address + "/hook", page) }
        return [
            Figure(
                name: "failing reply to page received, \(delays.count) pages", ours: delays.text,
                baseline: "\(bare.text) bare POST", ratio: delays.p50 / bare.p50, goal: "p99 < 10 ms, all",
                isMet: delays.count == transitions && delays.p99 < allowed)
        ]
    }

    private static func routing(_ address: String) -> String {
        let all = 0..<channels
        return """
            channels:
            \(all.map { "  hook-\($0): {webhook: {url: \"\(address)/hook/\($0)\"}}" }.joined(separator: "\n"))
            policies:
            \(all.map { "  policy-\($0): {steps: [{after: 0s, notify: [hook-\($0)]}]}" }.joined(separator: "\n"))
            routes:
            \(all.dropFirst().map { "  - {match: {hook: \"\($0)\"}, policy: policy-\($0)}" }.joined(separator: "\n"))
              - {policy: policy-0}
            """
    }

    private static func probe(_ number: Int, _ address: String) -> String {
        #"{name: probe-\#(number), http: {url: "\#(address)/\#(number)"}, labels: {hook: "\#(number % channels)"}}"#
    }
}
