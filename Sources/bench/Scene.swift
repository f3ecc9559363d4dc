import Alerting
import Model

/// Values that several benchmarks decide upon: probes with one rule each, told by a webhook that nobody calls.
enum Scene {
    static func configuration(probes count: Int) -> AlertingConfiguration {
        AlertingConfiguration(
            node: "bench",
            probes: (0..<count).map { number in
                ProbeSpec(
                    name: name(number), kind: "http", address: "http://127.0.0.1/\(number)", every: .seconds(10),
                    timeout: .seconds(5), labels: ["service": "bench", "environment": "test"])
            },
            channels: ["hook": Webhook(url: Secret("http://127.0.0.1/hook"))],
            policies: ["default": PolicySpec(name: "default", steps: [.init(after: .zero, notify: ["hook"])])],
            routes: [RouteSpec(policy: "default")])
    }

    static func name(_ number: Int) -> String { "probe-\(number)" }

    static func observation(_ number: Int, _ now: Moment, isBad: Bool) -> Event {
        let samples = [
            Sample(Sample.duration, 0.001_234), Sample("dns_duration", 0.000_01), Sample("connect_duration", 0.000_1),
            Sample("processing_duration", 0.001), Sample("transfer_duration", 0.000_02), Sample("body_bytes", 3),
            Sample("redirects", 0), Sample("http_version", 1.1), Sample("status_code", isBad ? 500 : 200),
        ]
        let failure = isBad ? Failure(.status, "status 500 Internal Server Error, expected 2xx") : nil
        return .observed(
            Observation(
                probe: name(number), planned: now.wall, started: now.wall, elapsed: .microseconds(1234),
                measured: Measured(samples: samples, failure: failure)))
    }
}
